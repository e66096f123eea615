#include "faults/identity.hpp"

#include <gtest/gtest.h>

namespace squall::faults {
namespace {

constexpr endpoint_id device{3};
constexpr duration_ns life = hour_ns;
constexpr duration_ns leeway = 5 * second_ns;

/// True time at which the server first refuses a token that the device gets at `now`.
time_ns refused_from(const token_timeline& t, time_ns now) { return now - t.issuer_lag(device, now) + life + leeway; }

TEST(TokenTimeline, LeavesTokensAloneWithoutAFault) {
  token_timeline t(life, leeway);
  t.add({4}, {.at_ns = 2 * hour_ns});
  EXPECT_EQ(t.issuer_lag(device, 90 * minute_ns), 0);
}

TEST(TokenTimeline, EndsWhateverTheDeviceHoldsAtThatTime) {
  token_timeline t(life, leeway);
  t.add(device, {.at_ns = 2 * hour_ns, .spare_ns = minute_ns});
  for (const time_ns now : {61 * minute_ns, 90 * minute_ns, 119 * minute_ns})
    EXPECT_EQ(refused_from(t, now), 2 * hour_ns) << now;
}

TEST(TokenTimeline, DoesNotTouchTokensThatEndBeforeOrBeginAfter) {
  token_timeline t(life, leeway);
  t.add(device, {.at_ns = 2 * hour_ns});
  EXPECT_EQ(t.issuer_lag(device, 10 * minute_ns), 0);
  EXPECT_EQ(t.issuer_lag(device, 2 * hour_ns + 1), 0);
}

TEST(TokenTimeline, SparesATokenThatIsTooYoung) {
  token_timeline t(life, leeway);
  t.add(device, {.at_ns = 2 * hour_ns, .spare_ns = minute_ns});
  EXPECT_EQ(t.issuer_lag(device, 2 * hour_ns - minute_ns + 1), 0);
}

TEST(TokenTimeline, ShortensLivesWhileTheFaultLasts) {
  token_timeline t(life, leeway);
  t.add(device, {.at_ns = hour_ns, .for_ns = hour_ns, .lifetime_ns = 5 * minute_ns});
  EXPECT_EQ(refused_from(t, 80 * minute_ns), 85 * minute_ns + leeway);
  EXPECT_EQ(t.issuer_lag(device, 2 * hour_ns), 0);
}

TEST(TokenTimeline, TheEarliestEndOfSeveralCounts) {
  token_timeline t(life, leeway);
  t.add(device, {.at_ns = hour_ns, .for_ns = hour_ns, .lifetime_ns = 30 * minute_ns});
  t.add(device, {.at_ns = 90 * minute_ns});
  EXPECT_EQ(refused_from(t, 80 * minute_ns), 90 * minute_ns);
}

TEST(TokenTimeline, NeverTakesAWholeLife) {
  token_timeline t(life, leeway);
  t.add(device, {.at_ns = 2 * hour_ns});
  const duration_ns lag = t.issuer_lag(device, 2 * hour_ns - 1);
  EXPECT_GT(lag, 0);
  EXPECT_LT(lag, life);
}

} // namespace
} // namespace squall::faults
