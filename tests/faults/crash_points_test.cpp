// A sample of the crash points, and proof that the model can lose data at all. The full set: crash_points_slow_test.cpp.
#include "tests/faults/crash_explorer.hpp"

#include <gtest/gtest.h>

namespace squall::faults::testing {
namespace {

exploration sample(const char* journal_mode, const char* synchronous, disk_options o = {}) {
  crash_explorer explorer({{journal_mode, synchronous}, o, 5});
  // A stride that no number of moments divides, so that each of them is met.
  return explorer.explore(0, 16, 4);
}

class CrashPoints : public ::testing::TestWithParam<const char*> {};

TEST_P(CrashPoints, LoseNothingUnderFullSync) {
  const exploration found = sample(GetParam(), "FULL");
  EXPECT_EQ(found.broken, 0u) << found.first_broken;
  EXPECT_GT(found.points, 200u);
  EXPECT_GT(found.in_doubt_gone, 0u);
  EXPECT_GT(found.in_doubt_kept, 0u);
  EXPECT_GT(found.crashed_again, 0u);
}

TEST_P(CrashPoints, LoseDataWithoutSync) { EXPECT_GT(sample(GetParam(), "OFF").broken, 0u); }

TEST_P(CrashPoints, LoseDataUnderALyingSync) { EXPECT_GT(sample(GetParam(), "FULL", {.lying_sync = true}).broken, 0u); }

INSTANTIATE_TEST_SUITE_P(Modes, CrashPoints, ::testing::Values("DELETE", "TRUNCATE", "WAL"),
                         [](const auto& mode) { return std::string(mode.param); });

TEST(CrashPointsOfUnlink, LoseCommitsWhereItIsNotDurable) {
  EXPECT_GT(sample("DELETE", "FULL", {.durable_unlink = false}).broken, 0u);
}

TEST(CrashPointsOfUnlink, LoseNothingWhereTheDirectoryIsSynced) {
  const exploration found = sample("DELETE", "EXTRA", {.durable_unlink = false});
  EXPECT_EQ(found.broken, 0u) << found.first_broken;
}

TEST(CrashPointsTwice, GiveTheSameResult) {
  const exploration one = sample("WAL", "OFF");
  const exploration two = sample("WAL", "OFF");
  EXPECT_EQ(one.points, two.points);
  EXPECT_EQ(one.broken, two.broken);
  EXPECT_EQ(one.first_broken, two.first_broken);
  EXPECT_EQ(one.crashed_again, two.crashed_again);
}

} // namespace
} // namespace squall::faults::testing
