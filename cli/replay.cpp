// squall replay FAILURE
#include "campaigns/failure.hpp"
#include "campaigns/run_plan.hpp"
#include "campaigns/workers.hpp"
#include "cli/command.hpp"
#include "cli/prompt.hpp"
#include "reports/first_violation.hpp"
#include "reports/writers/writer.hpp"

#include <fmt/core.h>

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

struct replay_arguments {
  std::string failure;
  std::string format = "text";
  std::string until;
  std::string device;
  std::string record;
  std::string diff;
  bool interactive = false;

  bool stops_on_the_way() const {
    return interactive || !until.empty() || !device.empty() || !record.empty() || !diff.empty();
  }
};

int look(const replay_arguments& args, const scenarios::Plan& plan) {
  look_arguments how{args.until, {}, args.interactive, std::nullopt};
  if (!args.device.empty())
    how.views.push_back("device " + args.device);
  if (!args.record.empty())
    how.views.push_back("record " + args.record);
  if (!args.diff.empty()) {
    auto pair = args.diff;
    std::replace(pair.begin(), pair.end(), ',', ' ');
    how.views.push_back("diff " + pair);
  }
  if (args.interactive || args.until == "violation") {
    const auto run = run_in_worker(plan);
    if (const auto first = reports::first_violation_of(run).of)
      how.violation_at = first->at_ns();
    if (args.until == "violation" && !how.violation_at) {
      complain("this run breaks no invariant");
      return exit_usage;
    }
  }
  return look_around(plan, how);
}

int replay(const replay_arguments& args) {
  const auto failure = campaigns::read_failure(args.failure);
  if (!failure)
    return refuse(failure.err());
  if (args.stops_on_the_way())
    return look(args, failure->plan);
  reports::Batch batch;
  batch.set_version(campaigns::program_version());
  *batch.add_runs() = run_in_worker(failure->plan);
  const auto& run = batch.runs(0);
  std::fputs((args.format == "json" ? reports::to_json(batch)
                                    : reports::to_console(batch, {.color = color_wanted(), .program = program_name()}))
                 .c_str(),
             stdout);
  if (!run.crash().empty() && run.signature() == failure->signature) {
    fmt::print(stderr, "it dies as recorded: {}\n", failure->signature);
  } else if (run.digest() == failure->digest) {
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
  auto args = std::make_shared<replay_arguments>();
  auto* command = app.add_subcommand("replay", "Run a recorded failure again, to the same digest, or part of the way");
  command->add_option("failure", args->failure, "A directory that `run` wrote")->required()->type_name("FAILURE");
  command->add_option("--format", args->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  command
      ->add_option("--until", args->until,
                   "Stop there and show the state: 31m12s, #812 (a history entry), @5321 (an event), d3:7, violation")
      ->type_name("WHERE");
  command->add_option("--device", args->device, "Show this device there: queue, cursor, token, clock, rows")
      ->type_name("dN|server");
  command->add_option("--record", args->record, "Show this record there, as everybody has it")->type_name("ID");
  command->add_option("--diff", args->diff, "Show there where two replicas differ, as in d1,d2 or d1,server")
      ->type_name("A,B");
  command->add_flag("--interactive,-i", args->interactive, "A prompt that steps forward and back");
  command->callback([args, &code] { code = replay(*args); });
}

} // namespace squall::cli
