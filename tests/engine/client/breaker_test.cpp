// The circuit breaker by itself, and against a model of it that only keeps lists of what happened.
#include "engine/client/breaker.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

namespace squall::client {
namespace {

TEST(Breaker, OpensAfterSoManyFailuresInARow) {
  breaker b({3, 30});
  EXPECT_FALSE(b.failed(1));
  EXPECT_FALSE(b.failed(2));
  EXPECT_EQ(b.closed_for(2), 0);
  EXPECT_TRUE(b.failed(5));
  EXPECT_TRUE(b.open());
  EXPECT_EQ(b.closed_for(5), 30);
  EXPECT_EQ(b.closed_for(34), 1);
  EXPECT_EQ(b.closed_for(35), 0);
}

TEST(Breaker, AnAnswerInBetweenBeginsTheCountAnew) {
  breaker b({2, 30});
  b.failed(1);
  EXPECT_FALSE(b.answered()) << "it was not open";
  EXPECT_FALSE(b.failed(2));
  EXPECT_TRUE(b.failed(3));
}

TEST(Breaker, LetsOneRequestThroughInEachPeriodUntilOneIsAnswered) {
  breaker b({1, 30});
  b.failed(0);
  b.sent(40);
  EXPECT_EQ(b.closed_for(41), 29);
  EXPECT_FALSE(b.failed(50)) << "it was open already";
  EXPECT_EQ(b.closed_for(50), 20) << "counted from the request, not from its failure";
  b.sent(70);
  EXPECT_TRUE(b.answered());
  EXPECT_EQ(b.closed_for(70), 0);
}

TEST(Breaker, WithoutAThresholdNeverOpens) {
  breaker b({0, 30});
  for (time_ns t = 0; t < 1000; ++t)
    EXPECT_FALSE(b.failed(t));
  EXPECT_EQ(b.closed_for(1000), 0);
}

/// What its promise says, worked out from everything that happened.
struct lists {
  std::uint32_t after;
  duration_ns period;
  std::uint32_t in_a_row = 0;
  std::vector<time_ns> quiet_from; ///< since it is open: its opening, and each request

  bool may_send(time_ns now) const {
    for (const time_ns t : quiet_from)
      if (now < t + period)
        return false;
    return true;
  }
  void fail(time_ns now) {
    if (++in_a_row == after)
      quiet_from.push_back(now);
  }
  void send(time_ns now) {
    if (!quiet_from.empty())
      quiet_from.push_back(now);
  }
  void answer() {
    in_a_row = 0;
    quiet_from.clear();
  }
};

RC_GTEST_PROP(Breaker, KeepsItsPromiseWhateverHappens, ()) {
  lists expected{*rc::gen::inRange<std::uint32_t>(1, 5), *rc::gen::inRange<duration_ns>(1, 50)};
  breaker b({expected.after, expected.period});
  time_ns now = *rc::gen::inRange<time_ns>(0, 1000);
  for (int i = 0; i < 200; ++i) {
    now += *rc::gen::inRange<duration_ns>(0, 20);
    RC_ASSERT((b.closed_for(now) == 0) == expected.may_send(now));
    // Waiting for as long as it says always helps, and never sooner.
    const duration_ns wait = b.closed_for(now);
    RC_ASSERT(expected.may_send(now + wait));
    RC_ASSERT(wait == 0 || !expected.may_send(now + wait - 1));
    switch (*rc::gen::weightedElement<int>({{4, 0}, {3, 1}, {1, 2}})) {
      case 0:
        if (expected.may_send(now)) {
          b.sent(now);
          expected.send(now);
        }
        break;
      case 1:
        b.failed(now);
        expected.fail(now);
        break;
      default: b.answered(); expected.answer();
    }
  }
}

} // namespace
} // namespace squall::client
