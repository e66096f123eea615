// A harness earns its passes by failing: bugs of every kind are switched on, one at a time, in a scenario that was made for
// none of them. docs/sabotage.md has the whole table.
#include "campaigns/run_plan.hpp"
#include "engine/telemetry/counters.hpp"
#include "scenarios/planner/planner.hpp"
#include "tests/campaigns/plans.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>

namespace squall::campaigns {
namespace {

/// Each of these is caught by one seed in two or better; a change of the scenario must not make them hard to find.
constexpr std::uint64_t seeds = 12;

reports::Run ran(const scenarios::Plan& plan) {
  auto outcome = run_plan(plan, {});
  EXPECT_TRUE(outcome.ok());
  return outcome ? std::move(outcome->run) : reports::Run{};
}

const scenarios::Scenario& adversity() {
  static const auto scenario = scenario_of("generic/adversity.yaml", {});
  return scenario;
}

std::set<std::string> invariants_broken(const reports::Run& run) {
  std::set<std::string> out;
  for (const auto& i : run.invariants())
    if (i.verdict() == reports::FAIL)
      out.insert(i.name());
  return out;
}

std::uint64_t hits_of(const reports::Run& run, const std::string& name) {
  const auto at = std::find_if(run.sabotages().begin(), run.sabotages().end(),
                               [&](const auto& count) { return count.name() == name; });
  return at == run.sabotages().end() ? 0 : at->value();
}

class Sabotage : public testing::TestWithParam<const char*> {};

TEST_P(Sabotage, IsCaughtByTheInvariantItNamesAndTheSameSeedPassesWithoutIt) {
  const std::string name = GetParam();
  const auto known = telemetry::find_sabotage(name);
  ASSERT_TRUE(known);
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    auto plan = scenarios::plan(adversity(), seed);
    plan.add_sabotages(name);
    const auto sabotaged = ran(plan);
    if (!invariants_broken(sabotaged).contains(std::string(telemetry::info(*known).invariant)))
      continue;
    EXPECT_EQ(sabotaged.verdict(), reports::FAIL);
    EXPECT_GT(hits_of(sabotaged, name), 0U);
    plan.clear_sabotages();
    const auto clean = ran(plan);
    EXPECT_EQ(clean.verdict(), reports::PASS) << "seed " << seed;
    EXPECT_TRUE(clean.sabotages().empty());
    return;
  }
  FAIL() << "not caught by seeds 1 to " << seeds;
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(FeedAndCursor, Sabotage, testing::Values(
  "cursor_before_page", "snapshot_upserts_only", "early_sequence", "page_edge_tie", "tail_below_floor"));
INSTANTIATE_TEST_SUITE_P(QueueAndPush, Sabotage, testing::Values(
  "retry_as_new_intent", "dequeue_on_send", "batch_taken_as_acked", "push_not_retried_after_5xx", "no_dedupe"));
INSTANTIATE_TEST_SUITE_P(ClocksAndMerge, Sabotage, testing::Values(
  "row_version_compared", "increment_twice", "counter_set", "lower_version_stands"));
// clang-format on

} // namespace
} // namespace squall::campaigns
