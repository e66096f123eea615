#include "tests/engine/client/bench.hpp"

#include <gtest/gtest.h>

namespace squall::client {
namespace {

using telemetry::fact_kind;
using telemetry::probe;

wire::PushResponse status(std::uint32_t code, std::uint64_t retry_after_ms = 0) {
  wire::PushResponse r;
  r.set_status(code);
  r.set_retry_after_ms(retry_after_ms);
  return r;
}

void say(wire::PushResponse& r, std::uint64_t seq, const verdict& v) {
  wire::IntentVerdict& one = *r.add_verdicts();
  one.set_seq(seq);
  wire::to_wire(v, *one.mutable_verdict());
}

wire::PushResponse ok() {
  wire::PushResponse r = status(200);
  r.set_generation(generation);
  return r;
}

TEST(Push, SendsInSeqOrderOneBatchAtATime) {
  bench b({.change = [](options& o) { o.sync.push_batch_max = 2; }});
  b.settle_in();
  for (int i = 0; i < 5; ++i)
    b.accept({create(memos, {})});
  EXPECT_EQ(b.count(io::message_class::push), 1u);
  b.answer_push({applied(11)});
  auto request = b.push_request();
  ASSERT_EQ(request.intents_size(), 2);
  EXPECT_EQ(request.intents(0).seq(), 2u);
  EXPECT_EQ(request.intents(1).seq(), 3u);
  EXPECT_EQ(request.verdicts_through(), 1u);
  EXPECT_FALSE(b.asked(io::message_class::push));
}

TEST(Push, EachIntentLeavesByItsOwnVerdictOnly) {
  bench b;
  b.settle_in();
  b.accept({create(memos, {})});
  b.push_request();
  const auto second = b.accept({create(memos, {})});
  b.accept({create(memos, {})});
  b.reply(status(503));
  b.pass(b.settings.sync.backoff_base);
  b.push_request();
  auto r = ok();
  say(r, 1, applied(11));
  say(r, 3, applied(12));
  say(r, 9, applied(13)); // nobody's
  b.facts.clear();
  b.reply(r);
  EXPECT_EQ(b.status().queue_depth, 1u);
  EXPECT_EQ(b.hits(probe::verdict_unknown), 1u);
  EXPECT_EQ(b.facts_of(fact_kind::queue_exit).size(), 2u);
  const auto again = b.push_request();
  ASSERT_EQ(again.intents_size(), 1);
  EXPECT_EQ(again.intents(0).seq(), second.id.seq);
}

TEST(Push, UnknownVerdictKindLeavesTheIntentQueued) {
  bench b;
  b.settle_in();
  b.accept({create(memos, {})});
  b.push_request();
  auto r = ok();
  say(r, 1, {});
  r.mutable_verdicts(0)->mutable_verdict()->set_kind(77);
  b.reply(r);
  EXPECT_EQ(b.status().queue_depth, 1u);
  EXPECT_FALSE(b.asked(io::message_class::push)) << "no hot loop over an answer that says nothing";
  b.pass(b.settings.sync.backoff_base);
  EXPECT_TRUE(b.asked(io::message_class::push));
}

TEST(Push, VerdictIsDurableBeforeItIsReported) {
  bench b;
  b.settle_in();
  const auto one = b.accept({create(memos, {})});
  b.answer_push({applied(11)});
  ASSERT_EQ(b.facts_of(fact_kind::verdict_received).size(), 1u);
  EXPECT_EQ(b.facts_of(fact_kind::verdict_received)[0].intent, one.id);
  EXPECT_EQ(b.facts_of(fact_kind::verdict_received)[0].sequence, 11u);
  b.restart();
  EXPECT_EQ(b.status().queue_depth, 0u);
  EXPECT_EQ(b.status().kept, 1u);
  EXPECT_FALSE(b.asked(io::message_class::push));
}

TEST(Push, ReplyThatComesTwiceOrTooLateChangesNothing) {
  bench b;
  b.settle_in();
  b.accept({create(memos, {})});
  b.push_request();
  const auto first = b.correlation;
  b.pass(b.settings.sync.request_timeout);
  EXPECT_EQ(b.hits(probe::client_request_timed_out), 1u);
  b.pass(b.settings.sync.backoff_base);
  b.push_request();
  auto r = ok();
  say(r, 1, applied(11));
  b.deliver(b.sealed(r, wire::message_kind::push_response, first));
  EXPECT_EQ(b.status().queue_depth, 1u) << "a reply to a request that was given up";
  b.reply(r);
  EXPECT_EQ(b.status().queue_depth, 0u);
  b.reply(r);
  EXPECT_EQ(b.hits(probe::client_stale_reply), 2u);
}

TEST(Push, ReplyToAnEarlierRunIsStale) {
  bench b;
  b.settle_in();
  b.accept({create(memos, {})});
  b.push_request();
  const auto before = b.correlation;
  b.restart();
  b.push_request();
  auto r = ok();
  say(r, 1, applied(11));
  b.deliver(b.sealed(r, wire::message_kind::push_response, before));
  EXPECT_EQ(b.status().queue_depth, 1u);
}

TEST(Push, WaitsAsLongAsTheServerAsks) {
  bench b;
  b.settle_in();
  b.accept({create(memos, {})});
  b.push_request();
  b.reply(status(429, 45'000));
  b.forget_requests();
  b.pass(44 * second_ns);
  EXPECT_FALSE(b.asked(io::message_class::push));
  b.pass(second_ns);
  EXPECT_TRUE(b.asked(io::message_class::push));
}

TEST(Push, BacksOffFartherAndNeverBeyondTheCap) {
  bench b;
  b.settle_in();
  b.accept({create(memos, {})});
  b.push_request();
  for (int failure = 1; failure < 14; ++failure) {
    b.reply(status(503));
    const duration_ns delay = b.timers.at(1).due - b.now.mono;
    const duration_ns ceiling =
        std::min(b.settings.sync.backoff_base << std::min(failure - 1, 20), b.settings.sync.backoff_cap);
    EXPECT_LE(delay, ceiling);
    EXPECT_GE(delay, ceiling / 2);
    b.pass(delay);
    b.push_request();
  }
}

// A batch that takes the server longer than the timeout would be sent again for ever.
TEST(Push, SendsLessAfterATimeoutUntilAnAnswerComesInTime) {
  bench b({.change = [](options& o) { o.sync.push_batch_max = 8; }});
  b.settle_in();
  for (int i = 0; i < 9; ++i)
    b.accept({create(memos, {})});
  b.answer_push({applied(11)}); // the first went out alone
  for (const int expected : {8, 4, 2}) {
    b.wait_for(io::message_class::push);
    EXPECT_EQ(b.push_request().intents_size(), expected);
    b.pass(b.settings.sync.request_timeout);
  }
  b.wait_for(io::message_class::push);
  b.answer_push({applied(12)});
  EXPECT_EQ(b.push_request().intents_size(), 2) << "and grows again";
  EXPECT_EQ(b.hits(probe::request_made_smaller), 3u);
}

TEST(Push, EndsAWaitWhenTheNetworkComesBack) {
  bench b({.change = [](options& o) { o.sync.backoff_base = o.sync.backoff_cap = 50 * second_ns; }});
  b.settle_in();
  b.accept({create(memos, {})});
  b.push_request();
  b.reply(status(503));
  b.tell(io::connectivity{true});
  const duration_ns first = b.timers.at(1).due - b.now.mono;
  EXPECT_LT(first, 50 * second_ns);
  b.pass(first);
  EXPECT_TRUE(b.asked(io::message_class::push));
}

TEST(Push, SurfacesWhatHasNoEffect) {
  bench b;
  b.settle_in();
  const auto done = b.accept({create(memos, {set(memo_text, text("x"))})});
  b.answer_push({ended(verdict_kind::rejected, verdict_rule::denied)});
  EXPECT_FALSE(b.row(done.created[0])) << "it is not shown any more";
  EXPECT_EQ(b.status().surfaced, 1u);
  ASSERT_EQ(b.facts_of(fact_kind::surfaced).size(), 1u);
  EXPECT_EQ(b.facts_of(fact_kind::surfaced)[0].rule, verdict_rule::denied);
  EXPECT_EQ(b.facts_of(fact_kind::overlay_dropped).size(), 1u);
  b.restart();
  EXPECT_EQ(b.status().surfaced, 1u);
  EXPECT_EQ(b.rows(), 0u);
}

TEST(Push, RejectedCreateTakesWhatBuildsOnItOutOfSight) {
  bench b;
  b.settle_in();
  const auto made = b.accept({create(orders, {})});
  b.push_request();
  b.accept({update(orders, made.created[0], {set(order_note, text("on it"))})});
  auto r = ok();
  say(r, 1, ended(verdict_kind::rejected, verdict_rule::guard));
  b.reply(r);
  EXPECT_FALSE(b.row(made.created[0]));
  EXPECT_EQ(b.status().queue_depth, 1u) << "the server has the say about the second";
}

TEST(Push, AuthExpiredInTheMiddleKeepsTheRestAndRefreshes) {
  bench b;
  b.settle_in();
  b.accept({create(memos, {})});
  b.push_request();
  b.accept({create(memos, {})});
  b.reply(status(503));
  b.pass(b.settings.sync.backoff_base);
  EXPECT_EQ(b.push_request().intents_size(), 2);
  auto r = ok();
  say(r, 1, applied(11));
  r.set_auth_expired_from(2);
  b.reply(r);
  EXPECT_EQ(b.status().queue_depth, 1u);
  EXPECT_EQ(b.status().pending, io::pending_reason::token_invalid);
  EXPECT_FALSE(b.asked(io::message_class::push)) << "it waits for the new token";
  b.refresh_request();
  b.answer_token();
  const auto request = b.push_request();
  EXPECT_EQ(request.token(), "access 2");
  ASSERT_EQ(request.intents_size(), 1);
  EXPECT_EQ(request.intents(0).seq(), 2u);
}

TEST(Push, KeepsAcknowledgedIntentsUntilTheServerHasABackup) {
  bench b;
  b.settle_in();
  const auto done = b.accept({create(memos, {})});
  b.answer_push({applied(11)}, 11, 0);
  auto e = entry(11, 0, done.id);
  put_row(e, done.created[0], memos, {});
  b.answer_pull({e}, 11);
  EXPECT_EQ(b.status().kept, 1u);
  b.pass(b.settings.sync.poll_every);
  b.pull_request();
  auto nothing_new = page(b.cursor(), {}, 11);
  nothing_new.set_backed_up_through(11);
  b.reply(nothing_new);
  EXPECT_EQ(b.status().kept, 0u);
  b.restart();
  EXPECT_EQ(b.status().kept, 0u);
}

// -- gaps and forks ----------------------------------------------------------------------------------------------------

verdict gap(std::uint64_t high_water) { return {.kind = verdict_kind::gap, .sequence = high_water}; }

TEST(Push, GapIsFilledFromWhatIsKept) {
  bench b;
  b.settle_in();
  b.accept({create(memos, {})});
  b.answer_push({applied(11)});
  b.accept({create(memos, {})});
  b.push_request();
  auto r = ok();
  say(r, 2, gap(0));
  b.reply(r);
  EXPECT_EQ(b.hits(probe::gap_resent), 1u);
  b.pass(b.settings.sync.backoff_base);
  const auto again = b.push_request();
  ASSERT_EQ(again.intents_size(), 2);
  EXPECT_EQ(again.intents(0).seq(), 1u);
  EXPECT_EQ(again.verdicts_through(), 0u);
}

TEST(Push, GapThatCannotBeFilledBeginsANewIncarnation) {
  bench b;
  b.settle_in();
  b.accept({create(memos, {})});
  b.answer_push({ended(verdict_kind::rejected, verdict_rule::denied)});
  const auto second = b.accept({create(memos, {set(memo_text, text("kept"))})});
  b.push_request();
  auto r = ok();
  say(r, 2, gap(0));
  b.reply(r);
  EXPECT_EQ(b.hits(probe::gap_unfillable), 1u);
  const auto again = b.push_request();
  ASSERT_EQ(again.intents_size(), 1);
  EXPECT_NE(again.incarnation(), second.id.incarnation);
  EXPECT_EQ(again.intents(0).seq(), 1u);
  EXPECT_EQ(b.rows(), 1u);
}

TEST(Push, ForkBeginsANewIncarnationAndRelabelsWhatIsProvenUncommitted) {
  bench b;
  b.settle_in();
  const auto made = b.accept({create(orders, {set(order_note, text("mine"))})});
  b.push_request();
  b.accept({create(lines, {set(line_order, made.created[0]), add(line_quantity, 2), set(line_price, number(5))})});
  auto r = ok();
  say(r, 1, ended(verdict_kind::fork));
  r.set_high_water(1);
  b.facts.clear();
  b.reply(r);
  EXPECT_EQ(b.facts_of(fact_kind::incarnation_begun).size(), 1u);
  const auto request = b.push_request();
  ASSERT_EQ(request.intents_size(), 2);
  const std::uint32_t incarnation = request.incarnation();
  EXPECT_NE(incarnation, 1u);
  const auto first = wire::decode_intent(request.intents(0).body());
  const auto second = wire::decode_intent(request.intents(1).body());
  ASSERT_TRUE(first.ok() && second.ok());
  const record_id order = record_id::derive({1, incarnation, 1}, 0);
  EXPECT_EQ(first->id, (intent_id{1, incarnation, 1}));
  EXPECT_EQ(first->operations[0].record, order);
  EXPECT_EQ(second->operations[0].writes[0].to, value{order}) << "references follow the record";
  EXPECT_FALSE(b.row(made.created[0]));
  EXPECT_EQ(b.field(order, order_note), text("mine"));
  EXPECT_EQ(b.field(order, order_total), number(10));
  EXPECT_EQ(b.status().queue_depth, 2u);
  b.restart();
  EXPECT_EQ(b.push_request().incarnation(), incarnation);
  EXPECT_EQ(b.field(order, order_total), number(10));
}

TEST(Push, ForkQuarantinesWhatCannotBeProven) {
  bench b;
  b.settle_in();
  for (int i = 0; i < 3; ++i)
    b.accept({create(memos, {})});
  b.push_request();
  b.reply(status(503));
  b.pass(b.settings.sync.backoff_base);
  b.push_request();
  auto r = ok();
  say(r, 1, ended(verdict_kind::fork));
  r.set_high_water(2); // seq 2 was judged too: ours or the other's, nobody says
  b.reply(r);
  EXPECT_EQ(b.status().quarantined, 1u);
  EXPECT_EQ(b.status().queue_depth, 2u);
  EXPECT_EQ(b.rows(), 2u);
  b.restart();
  EXPECT_EQ(b.status().quarantined, 1u);
  EXPECT_EQ(b.push_request().intents_size(), 2) << "what is quarantined is not sent";
}

TEST(Push, VerdictThatTheServerForgotProvesNothing) {
  bench b;
  b.settle_in();
  b.accept({create(memos, {})});
  b.push_request();
  auto r = ok();
  say(r, 1, {.kind = verdict_kind::duplicate, .was_duplicate = true});
  r.set_high_water(4);
  b.reply(r);
  EXPECT_EQ(b.status().quarantined, 1u);
  EXPECT_EQ(b.status().queue_depth, 0u);
}

} // namespace
} // namespace squall::client
