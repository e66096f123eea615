#include "tests/engine/client/bench.hpp"

#include "engine/security/token.hpp"

#include <gtest/gtest.h>

namespace squall::client {
namespace {

using telemetry::fact_kind;
using telemetry::probe;

wire::TokenResponse refusal(std::uint32_t status, std::uint64_t retry_after_ms = 0) {
  wire::TokenResponse r;
  r.set_status(status);
  r.set_retry_after_ms(retry_after_ms);
  return r;
}

TEST(Credentials, EnrolOnceAndLast) {
  bench b;
  b.start();
  EXPECT_EQ(b.status().pending, io::pending_reason::not_enrolled);
  const auto request = b.enrol_request();
  EXPECT_EQ(request.device(), 1u);
  EXPECT_EQ(request.code(), "open sesame");
  EXPECT_EQ(request.device_key().size(), 32u);
  EXPECT_FALSE(b.asked(io::message_class::pull)) << "requests wait for a token";
  b.answer_token();
  EXPECT_EQ(b.facts_of(fact_kind::token_obtained).size(), 1u);
  EXPECT_EQ(b.pull_request().token(), "access 1");
  b.restart();
  EXPECT_FALSE(b.asked(io::message_class::enrol));
  EXPECT_EQ(b.pull_request().token(), "access 1");
}

TEST(Credentials, KeyIsTheSameWhenAnEnrolmentIsRepeated) {
  bench b;
  b.start();
  const std::string key = b.enrol_request().device_key();
  b.pass(b.settings.sync.request_timeout);
  b.pass(b.settings.sync.backoff_base);
  EXPECT_EQ(b.enrol_request().device_key(), key);
  b.restart();
  EXPECT_EQ(b.enrol_request().device_key(), key);
}

TEST(Credentials, RefreshAheadOfExpiryWhileTheOldTokenIsInUse) {
  bench b;
  b.settle_in();
  b.pass(hour_ns - b.settings.sync.refresh_ahead - 1);
  EXPECT_FALSE(b.asked(io::message_class::refresh));
  b.pass(1);
  EXPECT_EQ(b.refresh_request().refresh_token(), "refresh 1");
  EXPECT_EQ(b.hits(probe::token_refreshed_ahead), 1u);
  b.forget_requests();
  b.accept({create(memos, {})});
  EXPECT_EQ(b.push_request().token(), "access 1");
}

TEST(Credentials, ProofIsMadeByTheEnrolledKey) {
  bench b;
  b.start();
  const std::string key = b.enrol_request().device_key();
  b.answer_token();
  b.pass(hour_ns);
  const auto request = b.refresh_request();
  EXPECT_TRUE(security::verify(security::refresh_proof_message(1, request.refresh_token(), request.nonce()),
                               request.proof(), key));
}

TEST(Credentials, OneRefreshAtATimeAndRequestsWait) {
  bench b;
  b.settle_in();
  b.accept({create(memos, {})});
  b.pass(b.settings.sync.request_timeout / 2); // the push is under way; a poll too
  b.tell(io::connectivity{true});
  b.pass(b.settings.sync.backoff_base);
  b.push_request();
  wire::PushResponse push;
  push.set_status(401);
  b.reply(push);
  b.pull_request();
  wire::PullResponse pull;
  pull.set_status(401);
  b.reply(pull);
  EXPECT_EQ(b.count(io::message_class::refresh), 1u);
  EXPECT_FALSE(b.asked(io::message_class::push));
  EXPECT_FALSE(b.asked(io::message_class::pull));
  EXPECT_EQ(b.status().pending, io::pending_reason::token_invalid);
  EXPECT_EQ(b.status().queue_depth, 1u);
  b.refresh_request();
  b.answer_token();
  EXPECT_EQ(b.push_request().token(), "access 2");
  EXPECT_EQ(b.pull_request().token(), "access 2");
}

TEST(Credentials, ManyUnauthorizedRepliesCostNoIntent) {
  bench b;
  b.settle_in();
  b.accept({create(memos, {})});
  for (int i = 0; i < 12; ++i) {
    b.push_request();
    wire::PushResponse push;
    push.set_status(401);
    b.reply(push);
    for (int wait = 0; wait < 200 && !b.asked(io::message_class::refresh); ++wait)
      b.pass(second_ns);
    b.refresh_request();
    b.answer_token();
    b.sent.erase(
        std::remove_if(b.sent.begin(), b.sent.end(), [](const auto& s) { return s.cls == io::message_class::pull; }),
        b.sent.end());
  }
  EXPECT_EQ(b.status().queue_depth, 1u);
  EXPECT_TRUE(b.asked(io::message_class::push));
}

TEST(Credentials, TokenThatIsNeverTakenIsNotRefreshedEverFaster) {
  bench b;
  b.settle_in();
  b.accept({create(memos, {})});
  int refreshes = 0;
  const time_ns until = b.now.mono + 10 * minute_ns;
  while (b.now.mono < until) {
    if (b.asked(io::message_class::push)) {
      b.push_request();
      wire::PushResponse push;
      push.set_status(401);
      b.reply(push);
    } else if (b.asked(io::message_class::refresh)) {
      ++refreshes;
      b.refresh_request();
      b.answer_token();
    } else {
      b.forget_requests();
      b.pass(100 * millisecond_ns);
    }
  }
  EXPECT_GT(refreshes, 5);
  EXPECT_LT(refreshes, 40) << "backoff, though each refresh succeeds";
}

TEST(Credentials, RefusedRefreshLocksTheQueueAndKeepsIt) {
  bench b;
  b.settle_in();
  b.accept({create(memos, {})});
  b.pass(hour_ns - 2 * b.settings.sync.poll_every);
  b.wait_for(io::message_class::refresh);
  b.refresh_request();
  b.reply(refusal(401));
  EXPECT_EQ(b.status().pending, io::pending_reason::queue_locked);
  ASSERT_EQ(b.facts_of(fact_kind::queue_locked).size(), 1u);
  EXPECT_EQ(b.facts_of(fact_kind::queue_locked)[0].code, 1);
  EXPECT_EQ(b.status().queue_depth, 1u);
  b.accept({create(memos, {})});
  b.restart();
  EXPECT_EQ(b.status().pending, io::pending_reason::queue_locked);
  EXPECT_FALSE(b.asked(io::message_class::push));
  b.refresh_request();
  b.answer_token();
  ASSERT_EQ(b.facts_of(fact_kind::queue_locked).size(), 2u);
  EXPECT_EQ(b.facts_of(fact_kind::queue_locked)[1].code, 0);
  EXPECT_EQ(b.push_request().intents_size(), 2);
}

TEST(Credentials, IssuerThatIsOutIsAskedAgainAfterItsTime) {
  bench b;
  b.start();
  b.enrol_request();
  b.reply(refusal(503, 90'000));
  b.pass(89 * second_ns);
  EXPECT_FALSE(b.asked(io::message_class::enrol));
  b.pass(second_ns);
  EXPECT_TRUE(b.asked(io::message_class::enrol));
}

TEST(Credentials, ReplyWithAnotherNonceIsNotOurs) {
  bench b;
  b.settle_in();
  b.pass(hour_ns - b.settings.sync.refresh_ahead);
  b.refresh_request();
  wire::TokenResponse r;
  r.set_status(200);
  r.set_access_token("forged");
  r.set_refresh_token("forged");
  r.set_nonce(12345);
  b.reply(r);
  EXPECT_EQ(b.facts_of(fact_kind::token_obtained).size(), 0u);
  b.answer_token();
  EXPECT_EQ(b.facts_of(fact_kind::token_obtained).size(), 1u);
}

TEST(Credentials, WallClockJumpsNeitherHurryNorStopARefresh) {
  for (const duration_ns jump : {-400 * hour_ns, 400 * hour_ns}) {
    bench b;
    b.settle_in();
    b.now.wall += jump;
    b.pass(hour_ns / 2);
    EXPECT_FALSE(b.asked(io::message_class::refresh));
    b.pass(hour_ns / 2);
    EXPECT_TRUE(b.asked(io::message_class::refresh));
    b.restart();
    b.pass(hour_ns);
    EXPECT_TRUE(b.asked(io::message_class::refresh)) << "after a restart it is at most a lifetime away";
  }
}

TEST(Credentials, BytesOfAStrangerAreIgnored) {
  bench b;
  b.start();
  b.enrol_request();
  wire::TokenResponse r;
  r.set_status(200);
  r.set_access_token("forged");
  r.set_refresh_token("forged");
  b.deliver(b.sealed(r, wire::message_kind::token_response, b.correlation), endpoint_id{55});
  b.deliver("rubbish");
  b.deliver({});
  EXPECT_EQ(b.status().pending, io::pending_reason::not_enrolled);
  EXPECT_EQ(b.hits(probe::client_bytes_unreadable), 3u);
}

TEST(Credentials, ReusedRefreshTokenLeadsToANewKeyAndKeepsTheQueue) {
  bench b;
  b.start();
  const std::string key = b.enrol_request().device_key();
  b.answer_token();
  b.accept({create(memos, {})});
  b.pass(hour_ns);
  auto reused = refusal(401);
  reused.set_reason(wire::REFUSED_REUSED);
  const std::uint64_t nonce = b.refresh_request().nonce();
  reused.set_nonce(nonce + 1);
  b.reply(reused);
  EXPECT_NE(b.status().pending, io::pending_reason::not_enrolled) << "that was said of another request";
  reused.set_nonce(nonce);
  b.reply(reused);
  EXPECT_EQ(b.status().pending, io::pending_reason::not_enrolled);
  EXPECT_TRUE(b.facts_of(fact_kind::queue_locked).empty());
  EXPECT_FALSE(b.asked(io::message_class::enrol)) << "after a backoff, not at once";
  b.wait_for(io::message_class::enrol);
  const std::string fresh = b.enrol_request().device_key();
  EXPECT_NE(fresh, key);
  b.restart();
  EXPECT_EQ(b.enrol_request().device_key(), fresh);
  EXPECT_EQ(b.status().queue_depth, 1u);
  b.answer_token();
  EXPECT_EQ(b.push_request().intents_size(), 1);
}

} // namespace
} // namespace squall::client
