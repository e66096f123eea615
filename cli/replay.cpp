// squall replay FAILURE, squall shrink FAILURE
#include "campaigns/failure.hpp"
#include "campaigns/run_plan.hpp"
#include "campaigns/shrink.hpp"
#include "campaigns/workers.hpp"
#include "cli/command.hpp"
#include "cli/progress.hpp"
#include "reports/writers/writer.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>

namespace squall::cli {

namespace {

/// Exit code for a failure directory that cannot be used.
int refuse(const error& e) {
  complain(e.message);
  return e.code == errc::not_found ? exit_usage : exit_bad_scenario;
}

reports::Run run_in_worker(const scenarios::Plan& plan) {
  const auto work = [&](std::size_t) {
    auto outcome = campaigns::run_plan(plan, {.sinks = {}, .remember_texts = true});
    if (outcome)
      return std::move(outcome->run);
    reports::Run refused;
    refused.set_crash("not run: " + outcome.err().message);
    refused.set_verdict(reports::FAIL);
    return refused;
  };
  const auto describe = [&](std::size_t, reports::Run& run) {
    run.set_scenario(plan.scenario());
    run.set_seed(plan.seed());
  };
  return campaigns::run_in_workers(1, work, describe, {}).runs[0];
}

int replay(const std::string& directory, const std::string& format) {
  const auto failure = campaigns::read_failure(directory);
  if (!failure)
    return refuse(failure.err());
  reports::Batch batch;
  batch.set_version(campaigns::program_version());
  *batch.add_runs() = run_in_worker(failure->plan);
  const auto& run = batch.runs(0);
  std::fputs((format == "json" ? reports::to_json(batch)
                               : reports::to_console(batch, {.color = color_wanted(), .program = program_name()}))
                 .c_str(),
             stdout);
  if (run.digest() == failure->digest) {
    fmt::print(stderr, "same digest as recorded: {}\n", failure->digest);
  } else {
    const bool same_version = failure->version == campaigns::program_version();
    complain(fmt::format(
        "the digest is {}, recorded was {}{}", run.digest(), failure->digest,
        same_version ? "" : fmt::format(" by version {}; this is {}", failure->version, campaigns::program_version())));
  }
  return exit_code_of(batch);
}

int shrink(const std::string& directory, std::string out, int jobs, int seconds) {
  const auto failure = campaigns::read_failure(directory);
  if (!failure)
    return refuse(failure.err());
  const auto before = run_in_worker(failure->plan);
  if (before.signature().empty() || !before.crash().empty()) {
    complain(directory + " does not fail with an invariant any more: nothing to shrink by");
    return exit_usage;
  }
  if (out.empty())
    out = directory + "-shrunk";
  catch_interrupts();
  campaigns::shrink_options options;
  options.signature = before.signature();
  options.jobs = jobs > 0 ? jobs : static_cast<int>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  options.real_time_ns_max = std::int64_t{seconds} * 1'000'000'000;
  options.stop = interrupted();
  auto show = std::make_unique<progress>(true);
  options.progress = [&](const campaigns::shrink_progress& p) {
    show->say(fmt::format("{} entries left, {} runs", p.entries, p.tried));
  };
  const auto shrunk = campaigns::shrink(failure->plan, options);
  show.reset();
  reports::Run run = run_in_worker(shrunk.plan);
  if (auto written = campaigns::write_failure(shrunk.plan, out, run); !written) {
    complain(written.err().message);
    return exit_internal;
  }
  reports::Batch batch;
  *batch.add_runs() = run;
  std::fputs(reports::to_console(batch, {.color = color_wanted(), .program = program_name()}).c_str(), stdout);
  fmt::print("shrunk from {} entries to {} on {} in {} runs{}; same signature: {}\n", shrunk.entries_before,
             shrunk.entries_after,
             shrunk.devices_after == 1 ? "1 device" : fmt::format("{} devices", shrunk.devices_after), shrunk.tried,
             shrunk.minimal ? ", no single one can go" : ", stopped before it was minimal", before.signature());
  return exit_pass;
}

} // namespace

void add_replay(CLI::App& app, int& code) {
  auto directory = std::make_shared<std::string>();
  auto format = std::make_shared<std::string>("text");
  auto* command = app.add_subcommand("replay", "Run a recorded failure again, to the same digest");
  command->add_option("failure", *directory, "A directory that `run` wrote")->required()->type_name("FAILURE");
  command->add_option("--format", *format, "text or json")->check(CLI::IsMember({"text", "json"}));
  command->callback([directory, format, &code] { code = replay(*directory, *format); });
}

void add_shrink(CLI::App& app, int& code) {
  auto directory = std::make_shared<std::string>();
  auto out = std::make_shared<std::string>();
  auto jobs = std::make_shared<int>(0);
  auto seconds = std::make_shared<int>(60);
  auto* command = app.add_subcommand("shrink", "Drop what a failure does not need, keeping its signature");
  command->add_option("failure", *directory, "A directory that `run` wrote")->required()->type_name("FAILURE");
  command->add_option("--out,-o", *out, "Where the smaller failure goes (FAILURE-shrunk)")->type_name("DIR");
  command->add_option("--jobs", *jobs, "Worker processes (one a core)")->check(CLI::Range(1, 1024));
  command->add_option("--seconds", *seconds, "Stop trying after so long (60)")->check(CLI::Range(1, 86'400));
  command->callback([directory, out, jobs, seconds, &code] { code = shrink(*directory, *out, *jobs, *seconds); });
}

} // namespace squall::cli
