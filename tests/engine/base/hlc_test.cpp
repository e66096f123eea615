#include "engine/base/hlc.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

namespace squall {
namespace {

constexpr duration_ns bound = 10 * second_ns;

hybrid_clock clock_at(hlc_stamp last = {}) { return hybrid_clock({.future_bound = bound, .last = last}); }

TEST(HybridClock, FollowsTheWallClock) {
  auto c = clock_at();
  EXPECT_EQ(c.now(100), (hlc_stamp{100, 0}));
  EXPECT_EQ(c.now(250), (hlc_stamp{250, 0}));
}

TEST(HybridClock, CountsWithinOneWallReading) {
  auto c = clock_at();
  EXPECT_EQ(c.now(100), (hlc_stamp{100, 0}));
  EXPECT_EQ(c.now(100), (hlc_stamp{100, 1}));
  EXPECT_EQ(c.now(100), (hlc_stamp{100, 2}));
}

TEST(HybridClock, KeepsRisingWhenTheWallStepsBack) {
  auto c = clock_at();
  c.now(1'000);
  EXPECT_EQ(c.now(400), (hlc_stamp{1'000, 1}));
  EXPECT_EQ(c.now(-5), (hlc_stamp{1'000, 2}));
  EXPECT_EQ(c.now(1'001), (hlc_stamp{1'001, 0}));
}

TEST(HybridClock, IsAheadOfWhatItObserved) {
  auto c = clock_at();
  EXPECT_EQ(c.observe({500, 7}, 100), (hlc_stamp{500, 7}));
  EXPECT_EQ(c.now(100), (hlc_stamp{500, 8}));
  EXPECT_EQ(c.clamped(), 0u);
}

TEST(HybridClock, IgnoresWhatIsBehindIt) {
  auto c = clock_at({900, 3});
  EXPECT_EQ(c.observe({500, 7}, 100), (hlc_stamp{500, 7}));
  EXPECT_EQ(c.last(), (hlc_stamp{900, 3}));
}

TEST(HybridClock, ClampsAStampFromTheFarFuture) {
  auto c = clock_at();
  EXPECT_EQ(c.observe({100 + bound, 9}, 100), (hlc_stamp{100 + bound, 9})) << "at the bound is not beyond it";
  EXPECT_EQ(c.clamped(), 0u);
  EXPECT_EQ(c.observe({101 + bound, 0}, 100), (hlc_stamp{100 + bound, 0}));
  EXPECT_EQ(c.clamped(), 1u);
  EXPECT_EQ(c.last(), (hlc_stamp{100 + bound, 9}));
}

TEST(HybridClock, SurvivesAMaximalStamp) {
  auto c = clock_at();
  c.observe({std::numeric_limits<time_ns>::max(), std::numeric_limits<std::uint32_t>::max()}, 100);
  EXPECT_EQ(c.now(100), (hlc_stamp{100 + bound, 1}));
  c.observe({std::numeric_limits<time_ns>::max(), 0}, std::numeric_limits<time_ns>::max());
  EXPECT_EQ(c.clamped(), 2u);
  const auto before = c.last();
  EXPECT_GT(c.now(0), before);
}

TEST(HybridClock, CarriesIntoTheWallWhenTheCounterIsFull) {
  auto c = clock_at({100, std::numeric_limits<std::uint32_t>::max()});
  EXPECT_EQ(c.now(50), (hlc_stamp{101, 0}));
}

TEST(HybridClock, GoesOnFromItsLastStamp) {
  auto first = clock_at();
  first.now(2'000);
  auto second = clock_at(first.last());
  EXPECT_EQ(second.now(10), first.now(10));
}

RC_GTEST_PROP(HybridClock, StampsStrictlyIncreaseAndStayWithinTheBoundOfTheHighestWall, ()) {
  auto c = clock_at();
  hlc_stamp last;
  time_ns highest = 0;
  const auto steps = *rc::gen::inRange(1, 200);
  for (int i = 0; i < steps; ++i) {
    const time_ns wall = *rc::gen::inRange<time_ns>(0, 100 * second_ns);
    highest = std::max(highest, wall);
    if (*rc::gen::arbitrary<bool>()) {
      c.observe({*rc::gen::inRange<time_ns>(0, 1'000 * second_ns), *rc::gen::arbitrary<std::uint32_t>()}, wall);
    } else {
      const auto stamp = c.now(wall);
      RC_ASSERT(stamp > last);
      last = stamp;
    }
    RC_ASSERT(c.last().wall <= highest + bound + 1);
  }
}

} // namespace
} // namespace squall
