// A run that ends soon after its first violation has the signature of the whole run: shrinking rests on that.
#include "campaigns/run_plan.hpp"
#include "scenarios/planner/planner.hpp"
#include "tests/campaigns/plans.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace squall::campaigns {
namespace {

reports::Run ran(const scenarios::Plan& plan, bool to_first_violation) {
  auto outcome = run_plan(plan, {.sinks = {}, .to_first_violation = to_first_violation});
  EXPECT_TRUE(outcome.ok());
  return outcome ? std::move(outcome->run) : reports::Run{};
}

TEST(RunToFirstViolation, HasTheSignatureOfTheWholeRun) {
  int failing = 0, shorter = 0;
  for (const std::string name : {"no_dedupe", "snapshot_upserts_only", "rotation_forgets_previous", "counter_set",
                                 "cascade_forgets", "tail_below_fence"}) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      auto plan = scenarios::plan(name[0] == 'c' || name[0] == 't' ? small_enterprise() : small_adversity(), seed);
      plan.add_sabotages(name);
      const auto whole = ran(plan, false);
      const auto part = ran(plan, true);
      EXPECT_EQ(part.signature(), whole.signature()) << name << " with seed " << seed;
      EXPECT_LE(part.events(), whole.events());
      failing += whole.verdict() == reports::FAIL;
      shorter += part.events() < whole.events();
    }
  }
  EXPECT_GE(failing, 12);
  EXPECT_GE(shorter, 8) << "what comes after the first violation is run nevertheless";
}

TEST(RunToFirstViolation, OfAPlanThatDoesNotFailIsTheWholeRun) {
  const auto plan = scenarios::plan(small_enterprise(), 2);
  const auto whole = ran(plan, false);
  ASSERT_NE(whole.verdict(), reports::FAIL);
  const auto part = ran(plan, true);
  EXPECT_EQ(part.digest(), whole.digest());
  EXPECT_EQ(part.events(), whole.events());
  EXPECT_EQ(part.verdict(), whole.verdict());
}

} // namespace
} // namespace squall::campaigns
