#include "cli/exhaustive.hpp"

#include "campaigns/exhaustive/exhaustive.hpp"
#include "campaigns/failure.hpp"
#include "campaigns/signatures.hpp"
#include "campaigns/workers.hpp"
#include "cli/command.hpp"
#include "scenarios/planner/planner.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <unistd.h>

namespace squall::cli {

namespace {

scenarios::Plan plan_of(const campaigns::loaded_scenario& loaded, const exhaustive_arguments& args) {
  auto plan = scenarios::plan(loaded.scenario, args.seed);
  for (const auto& name : args.sabotages)
    plan.add_sabotages(name);
  return plan;
}

std::string directory_of(const scenarios::Plan& plan, const exhaustive_arguments& args) {
  std::string name = fmt::format("{}/{}-{}-exhaustive", args.out, plan.scenario(), plan.seed());
  for (const auto& sabotage : args.sabotages)
    name += "-" + sabotage;
  return name;
}

reports::Run explore(const campaigns::loaded_scenario& loaded, const exhaustive_arguments& args, int jobs) {
  const auto plan = plan_of(loaded, args);
  campaigns::exhaustive_options how;
  how.search.lose = args.lose;
  how.schedules_max = args.limit;
  how.seconds_max = args.seconds;
  how.all_failures = args.all_failures;
  how.failure = directory_of(plan, args);
  how.jobs = jobs;
  how.stop = interrupted();
  if (!args.quiet && ::isatty(STDERR_FILENO) == 1)
    how.progress = [&](const campaigns::search_counts& counts) {
      fmt::print(stderr, "\r{}: {} states, {} schedules judged, {} pruned \033[K", plan.scenario(), counts.states,
                 counts.ends, counts.pruned);
    };
  auto outcome = campaigns::explore(plan, how);
  if (how.progress)
    fmt::print(stderr, "\r\033[K");
  if (outcome)
    return std::move(*outcome);
  reports::Run refused;
  refused.set_verdict(reports::FAIL);
  refused.set_crash("not run: " + outcome.err().message);
  return refused;
}

} // namespace

reports::Batch run_exhaustively(const std::vector<campaigns::loaded_scenario>& scenarios,
                                const exhaustive_arguments& args) {
  // Where there are fewer scenarios than jobs, each gets more than one.
  const auto files = static_cast<int>(std::max<std::size_t>(1, scenarios.size()));
  const int jobs_each = std::max(1, args.jobs / files);
  const auto describe = [&](std::size_t i, reports::Run& run) {
    run.set_scenario(scenarios[i].scenario.name());
    run.set_scenario_file(scenarios[i].file);
    run.set_seed(args.seed);
    run.set_variant("exhaustive");
  };
  const auto work = [&](std::size_t i) {
    auto run = explore(scenarios[i], args, jobs_each);
    describe(i, run);
    return run;
  };
  auto outcome = campaigns::run_in_workers(scenarios.size(), work, describe, {.jobs = args.jobs});
  reports::Batch batch;
  batch.set_version(campaigns::program_version());
  batch.set_interrupted(outcome.interrupted || *interrupted());
  for (auto& run : outcome.runs)
    if (run.verdict() != reports::VERDICT_NONE)
      *batch.add_runs() = std::move(run);
  campaigns::tell_groups(batch);
  return batch;
}

} // namespace squall::cli
