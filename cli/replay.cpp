// squall replay FAILURE
#include "campaigns/failure.hpp"
#include "campaigns/run_plan.hpp"
#include "campaigns/workers.hpp"
#include "cli/command.hpp"
#include "reports/writers/writer.hpp"

#include <fmt/core.h>

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

} // namespace

void add_replay(CLI::App& app, int& code) {
  auto directory = std::make_shared<std::string>();
  auto format = std::make_shared<std::string>("text");
  auto* command = app.add_subcommand("replay", "Run a recorded failure again, to the same digest");
  command->add_option("failure", *directory, "A directory that `run` wrote")->required()->type_name("FAILURE");
  command->add_option("--format", *format, "text or json")->check(CLI::IsMember({"text", "json"}));
  command->callback([directory, format, &code] { code = replay(*directory, *format); });
}

} // namespace squall::cli
