#include "cli/worker.hpp"

#include "campaigns/run_plan.hpp"
#include "campaigns/workers.hpp"

#include <utility>

namespace squall::cli {

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

} // namespace squall::cli
