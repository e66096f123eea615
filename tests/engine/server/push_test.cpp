#include "engine/base/hash.hpp"
#include "engine/wire/codec.hpp"
#include "tests/engine/server/workbench.hpp"

#include <gtest/gtest.h>

namespace squall::server {
namespace {

using telemetry::probe;

verdict verdict_at(const wire::PushResponse& r, int index) {
  EXPECT_LT(index, r.verdicts_size());
  return index < r.verdicts_size() ? wire::from_wire(r.verdicts(index).verdict()) : verdict{};
}

TEST(ServerPush, CommitsABatchInOrderAndAnswersOnceWithEveryVerdict) {
  bench b;
  device d;
  std::vector<intent> batch;
  for (int i = 0; i < 3; ++i)
    batch.push_back(d.act({create(orders, {set(order_note, text("x"))})}));
  const auto sent = b.send(b.push_request(d, batch));
  ASSERT_EQ(b.runnable.size(), 1u);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(b.answered(sent)) << "one intent a step, and the reply after the last";
    const auto job = b.runnable.front();
    b.runnable.pop_front();
    b.resume(job);
  }
  EXPECT_TRUE(b.runnable.empty());
  const auto reply = b.push_reply(sent);
  EXPECT_EQ(reply.status(), 200u);
  ASSERT_EQ(reply.verdicts_size(), 3);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(reply.verdicts(i).seq(), static_cast<std::uint64_t>(i + 1));
    EXPECT_EQ(verdict_at(reply, i).kind, verdict_kind::applied);
    EXPECT_EQ(verdict_at(reply, i).sequence, static_cast<std::uint64_t>(i + 1));
  }
  EXPECT_EQ(reply.high_water(), 3u);
  EXPECT_EQ(reply.head(), 3u);
  EXPECT_EQ(reply.backed_up_through(), 3u);
  EXPECT_EQ(reply.generation(), 1u);
  EXPECT_EQ(b.rows({1}).size(), 3u);
}

TEST(ServerPush, AnswersAnIntentThatComesAgainWithItsVerdictAndNoSecondEffect) {
  bench b;
  device d;
  const auto made = d.act({create(orders, {add(order_count, 5)})});
  const auto first = b.push(d, {made});
  const auto again = b.push(d, {made});
  EXPECT_EQ(verdict_at(again, 0).kind, verdict_kind::applied);
  EXPECT_EQ(verdict_at(again, 0).sequence, verdict_at(first, 0).sequence);
  EXPECT_FALSE(verdict_at(first, 0).was_duplicate);
  EXPECT_TRUE(verdict_at(again, 0).was_duplicate);
  EXPECT_EQ(field_of(b.rows({1}).begin()->second, order_count), value{std::int64_t{5}});
  EXPECT_EQ(b.server->head({1})->sequence, 1u);
  EXPECT_EQ(b.hits(probe::push_duplicate), 1u);
}

TEST(ServerPush, CallsOtherContentUnderAKnownIdAForkAndStopsThere) {
  bench b;
  device original;
  b.commit(original, {create(orders, {})});
  device clone;
  const auto forked = clone.act({create(notes, {set(note_text, text("clone"))})});
  const auto next = clone.act({create(notes, {set(note_text, text("builds on it"))})});
  const auto reply = b.push(clone, {forked, next});
  ASSERT_EQ(reply.verdicts_size(), 1);
  EXPECT_EQ(verdict_at(reply, 0).kind, verdict_kind::fork);
  EXPECT_EQ(b.server->head({1})->sequence, 1u);
}

TEST(ServerPush, CallsASkippedSeqAGapWithTheHighWaterMark) {
  bench b;
  device d;
  b.commit(d, {create(orders, {})});
  (void)d.act({create(orders, {})});
  const auto third = d.act({create(orders, {})});
  const auto fourth = d.act({create(orders, {})});
  const auto reply = b.push(d, {third, fourth});
  ASSERT_EQ(reply.verdicts_size(), 1) << "what follows a gap is not looked at";
  EXPECT_EQ(verdict_at(reply, 0).kind, verdict_kind::gap);
  EXPECT_EQ(verdict_at(reply, 0).sequence, 1u);
  EXPECT_EQ(reply.high_water(), 1u);
}

TEST(ServerPush, RejectsAPoisonedIntentByIdAndGoesOnWithTheRest) {
  bench b;
  device d;
  const auto good = d.act({create(orders, {})});
  const auto poison = d.act({create(orders, {})});
  const auto after = d.act({create(orders, {})});
  auto request = b.push_request(d, {good, poison, after});
  request.mutable_intents(1)->set_body("\xff\xff not an intent");
  request.mutable_intents(1)->set_hash(content_hash(request.intents(1).body()));
  const auto sent = b.send(request);
  b.drain();
  const auto reply = b.push_reply(sent);
  ASSERT_EQ(reply.verdicts_size(), 3);
  EXPECT_EQ(verdict_at(reply, 1).kind, verdict_kind::rejected);
  EXPECT_EQ(verdict_at(reply, 1).rule, verdict_rule::malformed);
  EXPECT_EQ(verdict_at(reply, 2).kind, verdict_kind::applied);
  EXPECT_EQ(verdict_at(reply, 2).sequence, 2u) << "only what commits has a sequence";
}

TEST(ServerPush, RejectsABodyThatIsNotWhatItsFrameSays) {
  bench b;
  device d, other;
  other.id = 9;
  const auto stolen = other.act({create(orders, {})});
  const auto second = d.act({create(orders, {})});
  auto request = b.push_request(d, {stolen, d.act({create(orders, {})})});
  request.mutable_intents(1)->set_hash(1);
  (void)second;
  const auto sent = b.send(request);
  b.drain();
  const auto reply = b.push_reply(sent);
  ASSERT_EQ(reply.verdicts_size(), 2);
  EXPECT_EQ(verdict_at(reply, 0).rule, verdict_rule::malformed) << "another's id";
  EXPECT_EQ(verdict_at(reply, 1).rule, verdict_rule::malformed) << "another hash";
  EXPECT_TRUE(b.rows({1}).empty());
}

TEST(ServerPush, DeniesScopesWithoutAGrantAndRecordsOfOtherScopes) {
  bench b;
  device mine, both;
  b.commit(mine, {create(orders, {})});
  const record_id record = record_id::derive({1, 1, 1}, 0);

  both.id = 4, both.user = 4, both.scope = {2};
  const auto across = b.push(both, {both.act({update(orders, record, {add(order_count, 1)})})});
  EXPECT_EQ(verdict_at(across, 0).rule, verdict_rule::denied) << "a record of scope 1 in an intent of scope 2";

  device outsider;
  outsider.id = 3, outsider.user = 3;
  const auto reply = b.push(outsider, {outsider.act({create(orders, {})})});
  EXPECT_EQ(verdict_at(reply, 0).rule, verdict_rule::denied);

  device forger;
  forger.id = 5, forger.user = 2;
  auto forged = forger.act({create(orders, {})});
  forged.user = 1;
  EXPECT_EQ(verdict_at(b.push(forger, {forged}), 0).rule, verdict_rule::denied) << "in another user's name";
  EXPECT_EQ(b.rows({1}).size(), 1u);
  EXPECT_EQ(b.hits(probe::push_denied), 3u);
}

TEST(ServerPush, CallsMalformedWhatIsBothMalformedAndDenied) {
  bench b;
  device outsider;
  outsider.id = 3, outsider.user = 3;
  const auto reply = b.push(outsider, {outsider.act({create(orders, {set(order_total, std::int64_t{1})})})});
  EXPECT_EQ(verdict_at(reply, 0).rule, verdict_rule::malformed);
}

TEST(ServerPush, TellsARecordWhoseCreateWasRejectedFromOneThatNeverWas) {
  bench b;
  device d;
  const auto refused = d.act({create(orders, {set(order_total, std::int64_t{1})})});
  const auto depends = d.act({update(orders, refused.operations[0].record, {add(order_count, 1)})});
  const auto unknown = d.act({update(orders, record_id::derive({77, 1, 1}, 0), {add(order_count, 1)})});
  const auto reply = b.push(d, {refused, depends, unknown});
  EXPECT_EQ(verdict_at(reply, 0).rule, verdict_rule::malformed);
  EXPECT_EQ(verdict_at(reply, 1).rule, verdict_rule::dependency);
  EXPECT_EQ(verdict_at(reply, 2).rule, verdict_rule::gone);
}

TEST(ServerPush, KnowsARejectedCreateAfterItsVerdictWasPrunedAndAfterARestart) {
  bench b;
  device d;
  const auto refused = d.act({create(orders, {set(order_total, std::int64_t{1})})});
  b.push(d, {refused});
  b.push(d, {d.act({create(orders, {})})}, {.verdicts_through = 1});
  b.restart();
  const auto depends = d.act({update(orders, refused.operations[0].record, {add(order_count, 1)})});
  EXPECT_EQ(verdict_at(b.push(d, {depends}), 0).rule, verdict_rule::dependency);
}

TEST(ServerPush, NeverAppliesAnIntentAgainWhoseVerdictWasForgotten) {
  bench b;
  device d;
  const auto first = d.act({create(orders, {add(order_count, 5)})});
  b.push(d, {first});
  b.push(d, {d.act({create(orders, {})})}, {.verdicts_through = 1});
  const auto reply = b.push(d, {first});
  EXPECT_EQ(verdict_at(reply, 0).kind, verdict_kind::duplicate);
  EXPECT_TRUE(verdict_at(reply, 0).was_duplicate);
  EXPECT_EQ(reply.high_water(), 2u);
  EXPECT_EQ(b.rows({1}).size(), 2u);
  EXPECT_EQ(b.hits(probe::push_forgotten), 1u);
}

TEST(ServerPush, DoesNotBelieveAClientThatHoldsVerdictsItCannotHave) {
  bench b;
  device d;
  const auto first = d.act({create(orders, {})});
  b.push(d, {first}, {.verdicts_through = 1000});
  EXPECT_EQ(verdict_at(b.push(d, {first}), 0).kind, verdict_kind::applied);
}

TEST(ServerPush, KeepsAConflictedIntentAsATask) {
  bench b;
  device a, z;
  z.id = 2;
  b.commit(a, {create(orders, {set(order_note, text("first"))})});
  const record_id record = record_id::derive({1, 1, 1}, 0);
  a.seen.sequence = z.seen.sequence = 1;
  const auto written = a.act({update(orders, record, {set(order_note, text("mine"))})});
  b.push(a, {written});
  const auto reply = b.push(z, {z.act({remove(orders, record)})});
  const auto v = verdict_at(reply, 0);
  EXPECT_EQ(v.kind, verdict_kind::conflicted);
  EXPECT_EQ(v.task, 1u);
  EXPECT_EQ(v.winner, written.id);
  EXPECT_FALSE(b.rows({1}).at(record).deleted);
  EXPECT_EQ(b.server->head({1})->sequence, 2u) << "a conflicted intent has no sequence";
  const auto again = b.push(z, {z.act({remove(orders, record)})});
  EXPECT_EQ(verdict_at(again, 0).task, 1u) << "one open task a subject";
}

// -- several pushes at once --------------------------------------------------------------------------------------------

TEST(ServerPush, RunsPushesOfOneIncarnationInOrderOfArrival) {
  bench b;
  device d;
  const auto first = d.act({create(orders, {})});
  const auto second = d.act({create(orders, {})});
  const auto third = d.act({create(orders, {})});
  const auto a = b.send(b.push_request(d, {first, second}));
  const auto z = b.send(b.push_request(d, {first, second, third}));
  ASSERT_EQ(b.runnable.size(), 1u) << "the second waits";
  EXPECT_EQ(b.hits(probe::push_queued_behind), 1u);
  b.resume(2);
  EXPECT_TRUE(b.facts.empty()) << "a job that waits does nothing when it is resumed";
  b.drain();
  EXPECT_EQ(b.push_reply(a).verdicts_size(), 2);
  const auto reply = b.push_reply(z);
  EXPECT_TRUE(verdict_at(reply, 0).was_duplicate);
  EXPECT_TRUE(verdict_at(reply, 1).was_duplicate);
  EXPECT_FALSE(verdict_at(reply, 2).was_duplicate);
  EXPECT_EQ(b.rows({1}).size(), 3u);
}

TEST(ServerPush, InterleavesPushesOfDifferentDevicesAsTheHostResumesThem) {
  bench b;
  device a, z;
  z.id = 2;
  const auto x = b.send(b.push_request(a, {a.act({create(orders, {})}), a.act({create(orders, {})})}));
  const auto y = b.send(b.push_request(z, {z.act({create(orders, {})}), z.act({create(orders, {})})}));
  for (const io::job_id job : {2, 1, 1, 2})
    b.resume(job);
  EXPECT_EQ(verdict_at(b.push_reply(y), 0).sequence, 1u);
  EXPECT_EQ(verdict_at(b.push_reply(x), 0).sequence, 2u);
  EXPECT_EQ(verdict_at(b.push_reply(x), 1).sequence, 3u);
  EXPECT_EQ(verdict_at(b.push_reply(y), 1).sequence, 4u);
}

} // namespace
} // namespace squall::server
