// Where two runs of one plan part: shown from both sides, and found only where they do.
#include "campaigns/run_plan.hpp"
#include "campaigns/verify.hpp"
#include "tests/actors/plan_builder.hpp"
#include "tests/campaigns/inspect/restless.hpp"

#include <gmock/gmock.h>

namespace squall::campaigns {
namespace {

using testing::HasSubstr;

scenarios::Plan three_devices() {
  actors::plan_builder b;
  b.devices(3);
  const auto note = b.create(1, second_ns, {{"title", "a"}});
  for (std::uint32_t k = 0; k < 10; ++k)
    b.set(1 + k % 3, (20 + k) * second_ns, note, {{"text", "v" + std::to_string(k)}});
  return b.plan;
}

TEST(FirstDifference, ShowsBothSidesOfASystemThatLooksAtTheMachinesClock) {
  restless::restless_system system;
  std::string error;
  const auto parted = first_difference(three_devices(), error, &system);
  ASSERT_TRUE(parted) << error;
  EXPECT_GT(parted->index, 0U);
  EXPECT_FALSE(parted->before.empty());
  EXPECT_NE(parted->first, parted->second);
  EXPECT_THAT(parted->in, HasSubstr("time"));
  EXPECT_GT(parted->at_ns, 0);
}

TEST(FirstDifference, IsNoneOfASystemThatDoesNot) {
  naive::naive_system system;
  std::string error;
  EXPECT_FALSE(first_difference(three_devices(), error, &system));
  EXPECT_EQ(error, "");
}

TEST(Determinism, IsBrokenByASystemThatLooksAtTheMachinesClockAndTheStoryHasBothSides) {
  restless::restless_system system;
  const auto plan = three_devices();
  auto first = run_plan(plan, {.system = &system});
  auto second = run_plan(plan, {.system = &system});
  ASSERT_TRUE(first.ok() && second.ok());
  ASSERT_NE(first->run.digest(), second->run.digest());
  judge_determinism(plan, second->run.digest(), first->run, &system);
  const auto& found = *first->run.invariants().rbegin();
  EXPECT_EQ(found.verdict(), reports::FAIL);
  EXPECT_EQ(first->run.verdict(), reports::FAIL);
  EXPECT_THAT(found.violations(0).message(), HasSubstr("two more runs part at history entry"));
  std::set<std::string> sides;
  for (const auto& line : first->run.story().lines())
    sides.insert(line.who());
  EXPECT_EQ(sides, (std::set<std::string>{"both", "first", "second"}));
}

} // namespace
} // namespace squall::campaigns
