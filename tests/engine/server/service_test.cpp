// Tokens, bounds, times out of service, and what is no request at all.
#include "engine/wire/codec.hpp"
#include "tests/engine/server/workbench.hpp"

#include <gtest/gtest.h>

namespace squall::server {
namespace {

using telemetry::probe;

TEST(ServerService, RefusesForgedForeignAndExpiredTokensAtOnce) {
  bench b;
  device d;
  auto request = b.push_request(d, {d.act({create(orders, {})})});
  auto forged = request, foreign = request, expired = request;
  forged.mutable_token()->back() ^= 1;
  foreign.set_token(b.token(2, 1));
  expired.set_token(b.token(1, 1, 0));
  for (const auto& r : {forged, foreign, expired}) {
    const auto sent = b.send(r);
    EXPECT_TRUE(b.runnable.empty());
    EXPECT_EQ(b.push_reply(sent).status(), 401u);
  }
  EXPECT_TRUE(b.rows({1}).empty());
}

TEST(ServerService, JudgesATokenThatItHasSeenByTheClockOfEachRequest) {
  bench b({.change = [](options& o) { o.token_leeway = 10; }});
  device d;
  EXPECT_EQ(b.push(d, {d.act({create(orders, {})})}, {.expires_wall = 100}).status(), 200u);
  b.now.wall = 109;
  EXPECT_EQ(b.push(d, {d.act({create(orders, {})})}, {.expires_wall = 100}).status(), 200u) << "within the leeway";
  b.now.wall = 110;
  EXPECT_EQ(b.push(d, {d.act({create(orders, {})})}, {.expires_wall = 100}).status(), 401u);
}

TEST(ServerService, StopsWhereATokenExpiresInTheMiddleOfABatch) {
  bench b;
  device d;
  std::vector<intent> batch{d.act({create(orders, {})}), d.act({create(orders, {})}), d.act({create(orders, {})})};
  const auto sent = b.send(b.push_request(d, batch, {.expires_wall = 100}));
  b.resume(1);
  b.now.wall = 100;
  b.resume(1);
  const auto reply = b.push_reply(sent);
  EXPECT_EQ(reply.status(), 200u);
  EXPECT_EQ(reply.verdicts_size(), 1);
  EXPECT_EQ(reply.auth_expired_from(), 2u);
  EXPECT_EQ(reply.high_water(), 1u);
  EXPECT_EQ(b.rows({1}).size(), 1u);
  const auto later = b.push(d, batch);
  ASSERT_EQ(later.verdicts_size(), 3);
  EXPECT_TRUE(later.verdicts(0).verdict().was_duplicate());
  EXPECT_FALSE(later.verdicts(1).verdict().was_duplicate());
}

TEST(ServerService, Answers401WhereATokenExpiresBeforeTheFirstIntent) {
  bench b;
  device d;
  const auto sent = b.send(b.push_request(d, {d.act({create(orders, {})})}, {.expires_wall = 100}));
  b.now.wall = 100;
  b.drain();
  EXPECT_EQ(b.push_reply(sent).status(), 401u);
  EXPECT_EQ(b.push_reply(sent).auth_expired_from(), 0u);
}

TEST(ServerService, OutOfServiceProcessesNothingNewAndFinishesWhatItBegan) {
  bench b;
  device d, other;
  other.id = 2;
  const auto begun = b.send(b.push_request(d, {d.act({create(orders, {})}), d.act({create(orders, {})})}));
  b.resume(1);
  b.tell(io::availability{false, 3 * second_ns, false});
  const auto refused = b.send(b.push_request(other, {other.act({create(orders, {})})}));
  EXPECT_EQ(b.push_reply(refused).status(), 503u);
  EXPECT_EQ(b.push_reply(refused).retry_after_ms(), 3000u);
  EXPECT_EQ(b.pull(d, {}).status(), 503u);
  EXPECT_EQ(b.snapshot(d).status(), 503u);
  b.drain();
  EXPECT_EQ(b.push_reply(begun).verdicts_size(), 2);
  EXPECT_EQ(b.rows({1}).size(), 2u);
  b.tell(io::availability{true, 0, false});
  EXPECT_EQ(b.pull(d, {}).status(), 200u);
}

TEST(ServerService, RefusesWhatExceedsItsBoundOnPendingJobs) {
  bench b({.change = [](options& o) { o.jobs_max = 1; }});
  device d, other;
  other.id = 2;
  b.send(b.push_request(d, {d.act({create(orders, {})})}));
  const auto refused = b.send(b.push_request(other, {other.act({create(orders, {})})}));
  EXPECT_EQ(b.push_reply(refused).status(), 503u);
  EXPECT_GT(b.push_reply(refused).retry_after_ms(), 0u);
  b.drain();
  EXPECT_EQ(b.rows({1}).size(), 1u);
}

TEST(ServerService, IgnoresBytesThatAreNoRequest) {
  bench b;
  device d;
  auto bytes = wire::seal(b.push_request(d, {d.act({create(orders, {})})}), {wire::message_kind::push_request, 1});
  bytes[bytes.size() / 2] ^= 4;
  b.deliver(1, bytes);
  b.deliver(1, "");
  b.deliver(1, wire::seal(wire::TokenResponse{}, {wire::message_kind::token_response, 2}));
  EXPECT_TRUE(b.replies.empty());
  EXPECT_TRUE(b.runnable.empty());
  EXPECT_EQ(b.hits(probe::server_request_unreadable), 3u);
}

TEST(ServerService, AnswersAnEmptyBatchWithTheHighWaterMark) {
  bench b;
  device d;
  b.commit(d, {create(orders, {})});
  const auto reply = b.push(d, {});
  EXPECT_EQ(reply.status(), 200u);
  EXPECT_EQ(reply.high_water(), 1u);
}

TEST(ServerService, CannotDoALocalChange) {
  bench b;
  io::effects out;
  b.server->handle(io::local_change{}, b.now, out);
  ASSERT_TRUE(out.change);
  EXPECT_EQ(out.change->err().code, errc::unsupported);
}

TEST(ServerOptions, OutOfRangeAreRefused) {
  bench b;
  for (const std::function<void(options&)>& spoil : std::vector<std::function<void(options&)>>{
           [](options& o) { o.model = nullptr; }, [](options& o) { o.first_sequence = 0; },
           [](options& o) { o.page_limit_max = 0; }, [](options& o) { o.snapshots_kept = 0; },
           [](options& o) { o.token_leeway = -1; }}) {
    options o = b.settings;
    spoil(o);
    auto opened = replica::open(std::move(o));
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.err().code, errc::invalid_argument);
  }
}

TEST(ServerService, ADeviceThatHadItsShareOfTheMinuteWaits) {
  bench b({.change = [](options& o) {
    o.requests_per_minute = 3;
    o.overload_retry_after = 7 * second_ns;
  }});
  device d, other;
  other.id = 2;
  EXPECT_EQ(b.push(d, {d.act({create(orders, {})})}).status(), 200u);
  b.now.mono += 20 * second_ns;
  EXPECT_EQ(b.pull(d, {}).status(), 200u);
  EXPECT_EQ(b.snapshot(d).status(), 200u);
  const auto refused = b.pull(d, {});
  EXPECT_EQ(refused.status(), 429u);
  EXPECT_EQ(refused.retry_after_ms(), 7000u);
  EXPECT_EQ(b.pull(other, {}).status(), 200u) << "others have their own";
  EXPECT_EQ(b.hits(probe::server_asked_too_often), 1u);
  b.now.mono += 40 * second_ns;
  EXPECT_EQ(b.pull(d, {}).status(), 200u) << "the push is a minute ago; what was refused does not count";
  EXPECT_EQ(b.pull(d, {}).status(), 429u);
}

TEST(ServerService, TellsHowLongItAsksToWaitAndInWhichMessage) {
  bench b({.change = [](options& o) { o.requests_per_minute = 1; }});
  device d;
  b.pull(d, {});
  b.facts.clear();
  b.pull(d, {});
  ASSERT_EQ(b.facts.size(), 1u);
  EXPECT_EQ(b.facts[0].kind, telemetry::fact_kind::request_refused);
  EXPECT_EQ(b.facts[0].code, 29);
  EXPECT_EQ(b.facts[0].wall, b.settings.overload_retry_after);
  EXPECT_EQ(b.facts[0].aux, 0u);
}

} // namespace
} // namespace squall::server
