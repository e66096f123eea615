// sim/small: one whole run of scenarios/generic/small.yaml, simulated and judged in process. The plans are made beforehand;
// items are runs, and the seeds take turns so that no single one is measured.
#include "campaigns/run_plan.hpp"
#include "scenarios/loader.hpp"
#include "scenarios/planner/planner.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

namespace squall::bench {
namespace {

std::vector<scenarios::Plan> plans_of(const char* file, std::uint64_t seeds) {
  const auto loaded = scenarios::load_file(file);
  std::vector<scenarios::Plan> plans;
  if (loaded.ok())
    for (std::uint64_t seed = 1; seed <= seeds; ++seed)
      plans.push_back(scenarios::plan(*loaded.scenario, seed));
  return plans;
}

void small(benchmark::State& state) {
  const auto plans = plans_of(SQUALL_SOURCE_DIR "/scenarios/generic/small.yaml", 8);
  if (plans.empty())
    return state.SkipWithError("scenarios/generic/small.yaml does not load");
  std::uint64_t runs = 0, intents = 0, events = 0;
  for (auto _ : state) {
    const auto outcome = campaigns::run_plan(plans[runs++ % plans.size()], {});
    if (!outcome || outcome->run.verdict() == reports::FAIL)
      return state.SkipWithError("the run failed");
    intents += outcome->run.operations();
    events += outcome->run.events();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(runs));
  state.counters["intents/run"] = static_cast<double>(intents) / static_cast<double>(runs);
  state.counters["events/run"] = static_cast<double>(events) / static_cast<double>(runs);
}
BENCHMARK(small)->Name("sim/small")->Unit(benchmark::kMillisecond);

} // namespace
} // namespace squall::bench
