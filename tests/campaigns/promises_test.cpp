// Promises at sends: clean runs keep them, an engine that loses its queue does not, and looking changes nothing.
#include "actors/simulation.hpp"
#include "actors/system/squall_system.hpp"
#include "campaigns/run_plan.hpp"
#include "tests/campaigns/plans.hpp"

#include <gtest/gtest.h>

namespace squall::campaigns {
namespace {

actors::simulation_outcome simulated(const scenarios::Plan& plan, std::uint32_t every) {
  actors::squall_system system;
  auto outcome = actors::simulate(plan, {.system = &system, .check_promises_every = every});
  EXPECT_TRUE(outcome.ok());
  return outcome ? std::move(*outcome) : actors::simulation_outcome{};
}

scenarios::Plan sabotaged(std::uint64_t seed, const char* name) {
  auto plan = scenarios::plan(small_adversity(), seed);
  plan.add_sabotages(name);
  return plan;
}

TEST(PromisesAtSends, HoldAtEverySendOfACleanRun) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const auto found = simulated(scenarios::plan(small_adversity(), seed), 1).promises;
    EXPECT_EQ(found.broken, 0U) << "seed " << seed << ": " << to_string(found.first.front().intent);
    EXPECT_GT(found.sends, 100U);
    EXPECT_GT(found.promises, 100U);
  }
}

TEST(PromisesAtSends, LookingAtThemChangesNothingInTheRun) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const auto plan = scenarios::plan(small_adversity(), seed);
    const auto never = simulated(plan, 0), rarely = simulated(plan, 7), always = simulated(plan, 1);
    EXPECT_EQ(never.promises.sends, 0U);
    EXPECT_EQ((always.promises.sends + 6) / 7, rarely.promises.sends);
    for (const auto* other : {&rarely, &always}) {
      EXPECT_EQ(never.digest, other->digest);
      EXPECT_EQ(never.events, other->events);
      EXPECT_EQ(never.probes, other->probes);
    }
  }
}

class BrokenPromises : public testing::TestWithParam<const char*> {};

TEST_P(BrokenPromises, AreSeenWithoutAnyCrash) {
  auto plan = sabotaged(1, GetParam());
  plan.clear_faults();
  const auto run = run_plan(plan, {.check_promises_every = 1});
  ASSERT_TRUE(run.ok());
  EXPECT_EQ(run->run.verdict(), reports::FAIL);
  const auto& all = run->run.invariants();
  const auto found = std::find_if(all.begin(), all.end(), [](const auto& i) { return i.name() == "promises_durable"; });
  ASSERT_NE(found, all.end());
  EXPECT_EQ(found->verdict(), reports::FAIL);
  ASSERT_GT(found->violations_size(), 0);
  EXPECT_FALSE(found->violations(0).intent().empty());
}

INSTANTIATE_TEST_SUITE_P(Sabotages, BrokenPromises, testing::Values("enqueue_in_memory_only", "dequeue_on_send"));

} // namespace
} // namespace squall::campaigns
