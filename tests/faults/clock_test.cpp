#include "faults/clock.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

namespace squall::faults {
namespace {

constexpr time_ns year_ns = 365 * 24 * hour_ns;

TEST(ParticipantClock, ShowsTrueTimeWhereNothingIsWrong) {
  const participant_clock clock({.wall_epoch_ns = 1'700'000'000 * second_ns});
  EXPECT_EQ(clock.read(5 * second_ns).wall, 1'700'000'005 * second_ns);
  EXPECT_EQ(clock.read(5 * second_ns).mono, 5 * second_ns);
}

TEST(ParticipantClock, GainsItsDriftExactlyOverYears) {
  const participant_clock clock({.drift_ppb = 100});
  EXPECT_EQ(clock.read(100 * year_ns).mono, 100 * year_ns + 100 * year_ns / 10'000'000);
}

TEST(ParticipantClock, StepsOnlyTheWallClock) {
  participant_clock clock({.mono_start_ns = 9});
  clock.step(second_ns, hour_ns);
  EXPECT_EQ(clock.read(second_ns).wall, second_ns + hour_ns);
  EXPECT_EQ(clock.read(second_ns).mono, second_ns + 9);
}

TEST(ParticipantClock, IsRightAgainWhenOverlappingStepsHaveEnded) {
  participant_clock clock;
  clock.step(1, hour_ns);
  clock.step(2, -minute_ns);
  clock.step(3, -hour_ns);
  clock.step(4, minute_ns);
  EXPECT_EQ(clock.read(10).wall, 10);
}

TEST(ParticipantClock, NeverStopsHoweverManyDriftsAddUp) {
  participant_clock clock;
  for (int i = 0; i < 20; ++i)
    clock.gain(i, -200'000'000);
  EXPECT_EQ(clock.rate_ppb(), participant_clock::drift_ppb_min);
  EXPECT_GT(clock.read(1000).mono, clock.read(100).mono);
  for (int i = 0; i < 20; ++i)
    clock.gain(2000, 200'000'000);
  EXPECT_EQ(clock.rate_ppb(), 0);
}

TEST(ParticipantClock, SaysNeverForADelayBeyondTheEndOfTime) {
  const participant_clock slow({.drift_ppb = -500'000'000});
  constexpr auto forever = std::numeric_limits<duration_ns>::max();
  EXPECT_EQ(slow.true_delay(hour_ns, forever), forever - hour_ns);
}

/// A clock with a past, and the last moment of it.
struct lived {
  participant_clock clock;
  time_ns now = 0;
};

lived any_clock() {
  const auto range = [](std::int64_t low, std::int64_t high) { return *rc::gen::inRange<std::int64_t>(low, high); };
  lived l{participant_clock({.wall_epoch_ns = range(0, 60 * year_ns),
                             .offset_ns = range(-year_ns, year_ns),
                             .drift_ppb = range(-200'000'000, 200'000'000),
                             .mono_start_ns = range(0, year_ns)})};
  for (int i = *rc::gen::inRange(0, 6); i > 0; --i) {
    l.now += range(0, hour_ns);
    if (*rc::gen::arbitrary<bool>())
      l.clock.step(l.now, range(-year_ns, year_ns));
    else
      l.clock.gain(l.now, range(-200'000'000, 200'000'000));
  }
  return l;
}

RC_GTEST_PROP(ParticipantClockProperty, MonotonicNeverGoesBackThroughChanges, ()) {
  lived l = any_clock();
  time_ns last = l.clock.read(l.now).mono;
  for (int i = 0; i < 10; ++i) {
    l.now += *rc::gen::inRange<time_ns>(0, minute_ns);
    const time_ns before = l.clock.read(l.now).mono;
    RC_ASSERT(before >= last);
    l.clock.gain(l.now, *rc::gen::inRange<std::int64_t>(-200'000'000, 200'000'000));
    l.clock.step(l.now, *rc::gen::inRange<std::int64_t>(-year_ns, year_ns));
    last = l.clock.read(l.now).mono;
    RC_ASSERT(last == before);
  }
}

RC_GTEST_PROP(ParticipantClockProperty, TrueDelayIsTheSmallestThatSuffices, ()) {
  const lived l = any_clock();
  const time_ns now = l.now + *rc::gen::inRange<time_ns>(0, hour_ns);
  const duration_ns local =
      *rc::gen::oneOf(rc::gen::inRange<duration_ns>(1, 100), rc::gen::inRange<duration_ns>(1, year_ns));
  const duration_ns delay = l.clock.true_delay(now, local);
  const time_ns start = l.clock.read(now).mono;
  RC_ASSERT(delay > 0);
  RC_ASSERT(l.clock.read(now + delay).mono - start >= local);
  RC_ASSERT(l.clock.read(now + delay - 1).mono - start < local);
}

RC_GTEST_PROP(ParticipantClockProperty, NothingIsNoDelay, ()) {
  const lived l = any_clock();
  RC_ASSERT(l.clock.true_delay(l.now, *rc::gen::inRange<duration_ns>(-hour_ns, 1)) == 0);
}

RC_GTEST_PROP(ParticipantClockProperty, WallAndMonotonicAdvanceTogether, ()) {
  const lived l = any_clock();
  const time_ns a = l.now + *rc::gen::inRange<time_ns>(0, year_ns);
  const time_ns b = l.now + *rc::gen::inRange<time_ns>(0, year_ns);
  RC_ASSERT(l.clock.read(a).wall - l.clock.read(b).wall == l.clock.read(a).mono - l.clock.read(b).mono);
}

} // namespace
} // namespace squall::faults
