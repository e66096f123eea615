// squall run FILE|DIR...
#include "campaigns/sweep.hpp"
#include "cli/command.hpp"
#include "cli/exhaustive.hpp"
#include "cli/progress.hpp"
#include "engine/telemetry/counters.hpp"
#include "reports/invariants/judge.hpp"
#include "reports/writers/writer.hpp"
#include "scenarios/loader.hpp"

#include <cstdio>
#include <memory>
#include <optional>
#include <unistd.h>

namespace squall::cli {

namespace {

struct run_arguments {
  std::vector<std::string> files;
  std::uint64_t seed = 1;
  std::string seeds;
  int jobs = 0;
  std::vector<std::string> sets;
  std::vector<std::string> sabotages;
  std::string variant;
  bool verify = false;
  bool lost_acks_everywhere = false;
  bool exhaustive = false;
  exhaustive_arguments search;
  bool quiet = false;
  std::string out = "squall-out";
  std::string format = "text";
};

/// "A..B" with A <= B. Nothing if it is not that.
std::optional<std::pair<std::uint64_t, std::uint64_t>> parse_seeds(const std::string& text) {
  const auto dots = text.find("..");
  if (dots == std::string::npos)
    return std::nullopt;
  const auto number = [](const std::string& digits) -> std::optional<std::uint64_t> {
    if (digits.empty() || digits.size() > 18 || digits.find_first_not_of("0123456789") != std::string::npos)
      return std::nullopt;
    return std::stoull(digits);
  };
  const auto from = number(text.substr(0, dots)), to = number(text.substr(dots + 2));
  if (!from || !to || *from > *to)
    return std::nullopt;
  return std::pair{*from, *to};
}

/// What `expect.reached` may name beside faults: probes and the judge's metrics.
std::vector<std::string> reachable_names() {
  std::vector<std::string> names;
  for (const auto& metric : invariants::metric_names())
    names.emplace_back(metric.name);
  for (std::size_t i = 0; i < telemetry::probe_count; ++i)
    names.emplace_back(telemetry::info(static_cast<telemetry::probe>(i)).name);
  return names;
}

bool sabotages_known(const std::vector<std::string>& names) {
  std::vector<std::string_view> known;
  for (std::size_t i = 0; i < telemetry::sabotage_count; ++i)
    known.push_back(telemetry::info(static_cast<telemetry::sabotage>(i)).name);
  for (const auto& name : names)
    if (!telemetry::find_sabotage(name)) {
      complain("unknown sabotage `" + name + "`" + scenarios::instead(name, known));
      return false;
    }
  return true;
}

/// Loads every file; all that is wrong in any of them is printed.
std::optional<std::vector<campaigns::loaded_scenario>> load(const run_arguments& args,
                                                            const std::vector<std::string>& files) {
  std::vector<campaigns::loaded_scenario> loaded;
  bool ok = true;
  for (const auto& file : files) {
    auto outcome =
        scenarios::load_file(file, {.sets = args.sets, .variant = args.variant, .probes = reachable_names()});
    if (!outcome.ok()) {
      std::fputs(scenarios::to_string(outcome.diagnostics).c_str(), stderr);
      ok = false;
      continue;
    }
    loaded.push_back({file, std::move(*outcome.scenario)});
  }
  return ok ? std::optional(std::move(loaded)) : std::nullopt;
}

std::string render(const reports::Batch& batch, const run_arguments& args) {
  if (args.format == "json")
    return reports::to_json(batch);
  if (args.format == "junit")
    return reports::to_junit(batch);
  return reports::to_console(batch, {.color = color_wanted(), .quiet = args.quiet, .program = program_name()});
}

int explore(const run_arguments& args, const std::vector<campaigns::loaded_scenario>& loaded, int jobs) {
  auto how = args.search;
  how.seed = args.seed;
  how.jobs = jobs;
  how.sabotages = args.sabotages;
  how.out = args.out;
  how.quiet = args.quiet;
  catch_interrupts();
  const auto batch = run_exhaustively(loaded, how);
  for (const auto& run : batch.runs())
    if (run.crash().rfind("not run: ", 0) == 0) {
      complain(run.scenario_file() + ": " + run.crash().substr(9));
      return exit_bad_scenario;
    }
  std::fputs(render(batch, args).c_str(), stdout);
  return exit_code_of(batch);
}

int run(const run_arguments& args) {
  campaigns::sweep_options options;
  options.seed_first = options.seed_last = args.seed;
  if (!args.seeds.empty()) {
    const auto range = parse_seeds(args.seeds);
    if (!range) {
      complain("--seeds takes A..B with A <= B, such as 1..200; got `" + args.seeds + "`");
      return exit_usage;
    }
    std::tie(options.seed_first, options.seed_last) = *range;
  }
  if (!sabotages_known(args.sabotages))
    return exit_usage;
  const auto files = scenario_files(args.files);
  if (files.empty())
    return exit_usage;
  const auto loaded = load(args, files);
  if (!loaded)
    return exit_bad_scenario;

  options.jobs = args.jobs > 0 ? args.jobs : static_cast<int>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  if (args.exhaustive)
    return explore(args, *loaded, options.jobs);
  options.sabotages = args.sabotages;
  options.verify = args.verify;
  options.lost_acks_everywhere = args.lost_acks_everywhere;
  options.out = args.out;
  options.stop = interrupted();
  catch_interrupts();
  std::optional<progress> show;
  show.emplace(!args.quiet);
  options.progress = [&](const reports::Run& finished, std::size_t done, std::size_t all) {
    show->finished(finished, done, all);
  };
  auto batch = campaigns::sweep(*loaded, options);
  show.reset();
  if (!batch) {
    complain(batch.err().message);
    return batch.err().code == errc::invalid_argument ? exit_bad_scenario : exit_internal;
  }
  std::fputs(render(*batch, args).c_str(), stdout);
  return exit_code_of(*batch);
}

} // namespace

void add_run(CLI::App& app, int& code) {
  auto args = std::make_shared<run_arguments>();
  auto* command = app.add_subcommand("run", "Run scenarios and judge them");
  command->add_option("files", args->files, "Scenario files, or folders of them")->required()->type_name("FILE|DIR");
  auto* seed = command->add_option("--seed", args->seed, "The seed of the run (1)");
  command->add_option("--seeds", args->seeds, "One run for each seed from A to B")->type_name("A..B")->excludes(seed);
  command->add_option("--jobs", args->jobs, "Worker processes (one a core)")->check(CLI::Range(1, 1024));
  command->add_option("--set", args->sets, "Override a key of the scenario, as in devices.count=20")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command->add_option("--variant", args->variant, "A variant that the scenario names");
  command->add_option("--sabotage", args->sabotages, "Switch on a known bug; see `squall list sabotage`")
      ->allow_extra_args(false);
  command->add_flag("--verify", args->verify, "Run everything twice, in fresh processes, and compare the digests");
  command->add_flag("--lost-acks-everywhere", args->lost_acks_everywhere,
                    "One run for each acknowledgement that a seed's run sends, with that one lost");
  auto* exhaustive = command
                         ->add_flag("--exhaustive", args->exhaustive,
                                    "Every schedule of a small scenario, equivalent ones once (docs/exhaustive.md)")
                         ->excludes("--seeds")
                         ->excludes("--verify")
                         ->excludes("--lost-acks-everywhere");
  command->add_option("--lose", args->search.lose, "With --exhaustive: messages lost in one schedule, at most (2)")
      ->check(CLI::Range(0, 4))
      ->needs(exhaustive);
  command->add_option("--limit", args->search.limit, "With --exhaustive: schedules to judge, at most (1000000)")
      ->check(CLI::PositiveNumber)
      ->needs(exhaustive);
  command->add_option("--seconds", args->search.seconds, "With --exhaustive: real time, at most (no limit)")
      ->check(CLI::PositiveNumber)
      ->needs(exhaustive);
  command->add_flag("--all-failures", args->search.all_failures, "With --exhaustive: go on after the first failure")
      ->needs(exhaustive);
  command->add_option("--out", args->out, "Where failure directories go (squall-out)")->type_name("DIR");
  command->add_option("--format", args->format, "text, json or junit")->check(CLI::IsMember({"text", "json", "junit"}));
  command->add_flag("--quiet,-q", args->quiet, "Only the verdicts");
  command->callback([args, &code] { code = run(*args); });
}

} // namespace squall::cli
