// A server that has too much to do or is gone, and a queue that is full: what a device does then.
#include "tests/engine/client/bench.hpp"

#include <gtest/gtest.h>

namespace squall::client {
namespace {

using telemetry::probe;

wire::PushResponse push_status(std::uint32_t code, std::uint64_t retry_after_ms = 0) {
  wire::PushResponse r;
  r.set_status(code);
  r.set_retry_after_ms(retry_after_ms);
  return r;
}

wire::PullResponse pull_status(std::uint32_t code, std::uint64_t retry_after_ms = 0) {
  wire::PullResponse r;
  r.set_status(code);
  r.set_retry_after_ms(retry_after_ms);
  return r;
}

// -- asked to wait -----------------------------------------------------------------------------------------------------

TEST(Overload, ARefusedPullMakesPushesWaitToo) {
  bench b;
  b.settle_in();
  b.wait_for(io::message_class::pull);
  b.pull_request();
  b.reply(pull_status(429, 45'000));
  b.accept({create(memos, {})});
  b.pass(45 * second_ns - 1);
  EXPECT_FALSE(b.asked(io::message_class::push));
  EXPECT_FALSE(b.asked(io::message_class::pull));
  b.pass(1);
  EXPECT_TRUE(b.asked(io::message_class::push));
  EXPECT_GT(b.hits(probe::client_held_back), 0u);
}

TEST(Overload, ARefusedPushMakesPullsWaitToo) {
  bench b;
  b.settle_in();
  b.accept({create(memos, {})});
  b.push_request();
  b.reply(push_status(503, 200'000));
  b.pass(199 * second_ns); // more than a poll interval
  EXPECT_FALSE(b.asked(io::message_class::pull));
  b.pass(second_ns + b.settings.sync.backoff_cap);
  EXPECT_TRUE(b.asked(io::message_class::pull));
  EXPECT_TRUE(b.asked(io::message_class::push));
}

TEST(Overload, TheNetworkComingBackDoesNotShortenWhatTheServerAsked) {
  bench b;
  b.settle_in();
  b.accept({create(memos, {})});
  b.push_request();
  b.reply(push_status(503, 30'000));
  b.tell(io::connectivity{true});
  b.pass(30 * second_ns - 1);
  EXPECT_FALSE(b.asked(io::message_class::push));
  b.pass(1);
  EXPECT_TRUE(b.asked(io::message_class::push));
}

TEST(Overload, ALateRefusalCountsAsOneThatCameInTime) {
  bench b;
  b.settle_in();
  b.accept({create(memos, {})});
  b.push_request();
  b.pass(b.settings.sync.request_timeout);
  b.reply(push_status(503, 60'000));
  b.pass(60 * second_ns - 1);
  EXPECT_FALSE(b.asked(io::message_class::push));
  b.pass(1);
  EXPECT_TRUE(b.asked(io::message_class::push));
}

TEST(Overload, ARestartForgetsWhatTheServerAsked) {
  bench b;
  b.settle_in();
  b.accept({create(memos, {})});
  b.push_request();
  b.reply(push_status(503, 60'000));
  b.restart();
  EXPECT_TRUE(b.asked(io::message_class::push));
}

TEST(Overload, TheIssuerIsAskedMeanwhile) {
  bench b;
  b.settle_in();
  b.accept({create(memos, {})});
  b.push_request();
  b.reply(push_status(503, 3'600'000 * 2));
  b.wait_for(io::message_class::refresh);
}

// -- the circuit breaker -----------------------------------------------------------------------------------------------

bench_options breaking(std::uint32_t after, duration_ns period) {
  return {.change = [=](options& o) {
    o.sync.breaker_after = after;
    o.sync.breaker_for = period;
    o.sync.poll_every = 20 * second_ns;
  }};
}

std::size_t requests(bench& b) {
  const std::size_t n = b.count(io::message_class::push) + b.count(io::message_class::pull);
  b.forget_requests();
  return n;
}

TEST(Overload, TheBreakerCountsFailuresOfAllLinesAndLetsOneRequestThrough) {
  bench b(breaking(3, 5 * minute_ns));
  b.settle_in();
  b.wait_for(io::message_class::pull);
  b.pull_request();
  b.reply(pull_status(500));
  b.accept({create(memos, {})});
  b.push_request();
  b.reply(push_status(503));
  EXPECT_EQ(b.hits(probe::breaker_opened), 0u);
  b.wait_for(io::message_class::push);
  b.push_request();
  b.reply(push_status(503));
  EXPECT_EQ(b.hits(probe::breaker_opened), 1u);
  b.forget_requests();
  b.pass(5 * minute_ns - 1);
  EXPECT_EQ(requests(b), 0u);
  for (int period = 0; period < 4; ++period) {
    b.pass(5 * minute_ns); // no answer comes
    EXPECT_EQ(requests(b), 1u);
  }
}

TEST(Overload, AnAnswerClosesTheBreaker) {
  bench b(breaking(1, 5 * minute_ns));
  b.settle_in();
  b.accept({create(memos, {})});
  b.push_request();
  b.reply(push_status(503));
  b.forget_requests();
  b.pass(5 * minute_ns);
  if (b.asked(io::message_class::push))
    b.answer_push({applied(11)});
  else
    b.answer_pull({}, 10);
  EXPECT_EQ(b.hits(probe::breaker_closed), 1u);
  EXPECT_EQ(requests(b), 1u) << "the other line has waited for that, and goes on at once";
}

TEST(Overload, RefusalsThatAreNoFailuresDoNotOpenTheBreaker) {
  bench b(breaking(1, 5 * minute_ns));
  b.settle_in();
  b.accept({create(memos, {})});
  for (const std::uint32_t code : {429u, 403u, 401u}) {
    b.wait_for(io::message_class::push);
    b.push_request();
    b.reply(push_status(code));
  }
  EXPECT_EQ(b.hits(probe::breaker_opened), 0u);
}

// -- the bound of the queue --------------------------------------------------------------------------------------------

TEST(Overload, AFullQueueRefusesWhatIsNewAndKeepsWhatIsOld) {
  bench b({.change = [](options& o) { o.sync.queue_max = 2; }});
  b.settle_in();
  const auto first = b.accept({create(memos, {})});
  b.accept({create(memos, {})});
  EXPECT_EQ(b.refuse({create(memos, {})}).code, errc::queue_full);
  EXPECT_EQ(b.rows(), 2u);
  b.restart();
  EXPECT_EQ(b.refuse({create(memos, {})}).code, errc::queue_full) << "also after a restart";
  EXPECT_EQ(b.status().queue_depth, 2u);
  b.answer_push({applied(11), applied(12)}, 12);
  EXPECT_EQ(b.status().kept, 2u) << "acknowledged ones are kept, and do not count";
  const auto third = b.accept({create(memos, {})});
  EXPECT_EQ(third.id.seq, 3u) << "what was refused left no trace";
  EXPECT_EQ(first.id.seq, 1u);
}

} // namespace
} // namespace squall::client
