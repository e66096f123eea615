// Ten thousand distinct crash points in each journal mode: transaction shape x disk operation x moment.
#include "tests/faults/crash_explorer.hpp"

#include <gtest/gtest.h>

#include <iostream>

namespace squall::faults::testing {
namespace {

void lose_nothing(const database_settings& settings, std::uint64_t points) {
  exploration all;
  crash_explorer explorer({settings, {}, 11});
  for (std::uint32_t shape = 0; all.points < points && all.broken == 0; shape += 10) {
    const exploration some = explorer.explore(shape, 10);
    all.points += some.points;
    all.broken += some.broken;
    all.in_doubt_kept += some.in_doubt_kept;
    all.in_doubt_gone += some.in_doubt_gone;
    all.crashed_again += some.crashed_again;
    all.first_broken = some.first_broken;
  }
  std::cout << settings.journal_mode << ", pages of " << settings.page_size << ": " << all.points
            << " distinct crash points, " << all.broken << " broken; in doubt: " << all.in_doubt_kept << " kept, "
            << all.in_doubt_gone << " gone; " << all.crashed_again << " crashed again during recovery\n";
  EXPECT_EQ(all.broken, 0u) << all.first_broken;
  EXPECT_GE(all.points, points);
}

class ManyCrashPoints : public ::testing::TestWithParam<const char*> {};

TEST_P(ManyCrashPoints, TenThousandLoseNothingUnderFullSync) { lose_nothing({GetParam(), "FULL"}, 10'000); }

TEST_P(ManyCrashPoints, LoseNothingWithPagesOfASector) { lose_nothing({GetParam(), "FULL", 512}, 2'000); }

TEST_P(ManyCrashPoints, LoseNothingWithLargePagesAndATinyCache) { lose_nothing({GetParam(), "FULL", 4096, 2}, 2'000); }

INSTANTIATE_TEST_SUITE_P(Modes, ManyCrashPoints, ::testing::Values("DELETE", "TRUNCATE", "WAL"),
                         [](const auto& mode) { return std::string(mode.param); });

} // namespace
} // namespace squall::faults::testing
