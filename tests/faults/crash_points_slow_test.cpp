// Ten thousand distinct crash points in each journal mode: transaction shape x disk operation x moment.
#include "tests/faults/crash_explorer.hpp"

#include <gtest/gtest.h>

#include <iostream>

namespace squall::faults::testing {
namespace {

class TenThousandCrashPoints : public ::testing::TestWithParam<const char*> {};

TEST_P(TenThousandCrashPoints, LoseNothingUnderFullSync) {
  exploration all;
  crash_explorer explorer({{GetParam(), "FULL"}, {}, 11});
  for (std::uint32_t shape = 0; all.points < 10'000 && all.broken == 0; shape += 10) {
    const exploration some = explorer.explore(shape, 10);
    all.points += some.points;
    all.broken += some.broken;
    all.in_doubt_kept += some.in_doubt_kept;
    all.in_doubt_gone += some.in_doubt_gone;
    all.crashed_again += some.crashed_again;
    all.first_broken = some.first_broken;
  }
  std::cout << GetParam() << ": " << all.points << " distinct crash points, " << all.broken
            << " broken; in doubt: " << all.in_doubt_kept << " kept, " << all.in_doubt_gone << " gone; "
            << all.crashed_again << " crashed again during recovery\n";
  RecordProperty("points", std::to_string(all.points));
  EXPECT_EQ(all.broken, 0u) << all.first_broken;
  EXPECT_GE(all.points, 10'000u);
}

INSTANTIATE_TEST_SUITE_P(Modes, TenThousandCrashPoints, ::testing::Values("DELETE", "TRUNCATE", "WAL"),
                         [](const auto& mode) { return std::string(mode.param); });

} // namespace
} // namespace squall::faults::testing
