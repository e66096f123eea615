// squall explain FAILURE
#include "campaigns/inspect/explain.hpp"
#include "cli/command.hpp"
#include "cli/progress.hpp"
#include "engine/telemetry/counters.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>

namespace squall::cli {

namespace {

namespace inspect = campaigns::inspect;

struct explain_arguments {
  std::string failure;
  std::string invariant;
  bool counterfactual = false;
  int jobs = 0;
  int seconds = 60;
};

int explain(const explain_arguments& args) {
  const auto told = inspect::explain(args.failure, args.invariant);
  if (!told) {
    complain(told.err().message);
    return told.err().code == errc::not_found ? exit_usage : exit_bad_scenario;
  }
  const auto& plan = told->of.plan;
  inspect::text_options text{program_name(), args.failure, {}};
  for (const auto& name : plan.sabotages())
    if (const auto known = telemetry::find_sabotage(name))
      text.sabotage_meanings.emplace_back(telemetry::info(*known).meaning);
  inspect::counterfactual_options options;
  options.signature = inspect::signature_of(*told);
  options.about = &told->violation;
  options.jobs = args.jobs > 0 ? args.jobs : static_cast<int>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  options.real_time_ns_max = std::int64_t{args.seconds} * 1'000'000'000;
  options.stop = interrupted();
  // The suspects first: their outcome is the one that the story asks for.
  auto entries = inspect::suspects_of(*told);
  auto show = std::make_unique<progress>(args.counterfactual);
  if (args.counterfactual) {
    catch_interrupts();
    for (const auto& entry : inspect::entries_of(plan))
      if (std::find(entries.begin(), entries.end(), entry) == entries.end())
        entries.push_back(entry);
    options.progress = [&](std::size_t done, std::size_t all) {
      show->say(fmt::format("{} of {} entries left out, one at a time", done, all));
    };
  }
  const auto tried = inspect::run_without(plan, entries, options);
  show.reset();
  text.all_tried = args.counterfactual;
  std::fputs(inspect::to_text(*told, tried, text).c_str(), stdout);
  return exit_pass;
}

} // namespace

void add_explain(CLI::App& app, int& code) {
  auto args = std::make_shared<explain_arguments>();
  auto* command = app.add_subcommand("explain", "Tell the story of a failure in plain words");
  command->add_option("failure", args->failure, "A directory that `run` wrote")->required()->type_name("FAILURE");
  command->add_flag("--counterfactual", args->counterfactual,
                    "Run again without each operation and each fault, one at a time: which are necessary");
  command->add_option("--invariant", args->invariant, "Tell of this one, not of what broke first")->type_name("NAME");
  command->add_option("--jobs", args->jobs, "Worker processes (one a core)")->check(CLI::Range(1, 1024));
  command->add_option("--seconds", args->seconds, "Stop trying after so long (60)")->check(CLI::Range(1, 86'400));
  command->callback([args, &code] { code = explain(*args); });
}

} // namespace squall::cli
