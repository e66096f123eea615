#include "tests/engine/client/bench.hpp"

#include <gtest/gtest.h>

namespace squall::client {
namespace {

using telemetry::fact_kind;

TEST(LocalChange, IsVisibleAtOnceAndNotConfirmed) {
  bench b;
  b.settle_in();
  const auto done = b.accept({create(orders, {set(order_status, text("draft")), add(order_count, 3)})});
  ASSERT_EQ(done.created.size(), 1u);
  const record_id id = done.created[0];
  EXPECT_EQ(id, record_id::derive(done.id, 0));
  EXPECT_EQ(b.field(id, order_status), text("draft"));
  EXPECT_EQ(b.field(id, order_count), number(3));
  EXPECT_EQ(b.field(id, order_total), number(0));
  EXPECT_FALSE(b.row(id, io::view_kind::confirmed));
  EXPECT_EQ(b.status().queue_depth, 1u);
}

TEST(LocalChange, SurvivesACrashWithItsIntent) {
  bench b;
  b.settle_in();
  const record_id id = b.accept({create(memos, {set(memo_text, text("milk"))})}).created[0];
  const std::string first = b.push_request().intents(0).body();
  b.restart();
  EXPECT_EQ(b.field(id, memo_text), text("milk"));
  EXPECT_EQ(b.status().queue_depth, 1u);
  EXPECT_EQ(b.push_request().intents(0).body(), first) << "an intent's bytes never change";
}

TEST(LocalChange, FillsInWhatTheAuthorSaw) {
  bench b;
  b.settle_in();
  const auto made = b.accept({create(orders, {set(order_note, text("a")), add(order_count, 2)})});
  b.accept({update(orders, made.created[0], {add(order_count, 5), set(order_note, text("b"))})});
  const auto request = b.push_request();
  b.reply([&] {
    wire::PushResponse r;
    r.set_status(503);
    return r;
  }());
  b.pass(b.settings.sync.backoff_base);
  const auto again = b.push_request();
  ASSERT_EQ(again.intents_size(), 2);
  const auto second = wire::decode_intent(again.intents(1).body());
  ASSERT_TRUE(second.ok());
  ASSERT_EQ(second->operations.size(), 1u);
  const auto& writes = second->operations[0].writes;
  ASSERT_EQ(writes.size(), 2u);
  EXPECT_EQ(writes[0].field, order_note);
  EXPECT_EQ(writes[0].before, text("a"));
  EXPECT_EQ(writes[1].before, number(2));
  EXPECT_EQ(second->context.generation, generation);
  EXPECT_EQ(second->context.sequence, 10u);
  EXPECT_EQ(second->scope, b.settings.scope);
  EXPECT_EQ(second->user, b.settings.user);
}

TEST(LocalChange, OfADeletedRecordItsAuthorSawNothing) {
  bench b;
  b.settle_in();
  const auto id = b.accept({create(orders, {set(order_note, text("a"))})}).created[0];
  b.accept({remove(orders, id)});
  b.accept({{operation_kind::restore, orders, id, {}}, update(orders, id, {set(order_note, text("b"))})});
  b.answer_push({applied(11)});
  const auto rest = b.push_request();
  ASSERT_EQ(rest.intents_size(), 2);
  const auto last = wire::decode_intent(rest.intents(1).body());
  ASSERT_TRUE(last.ok());
  EXPECT_EQ(last->operations[1].writes[0].before, value{});
}

TEST(LocalChange, StampsIncreaseThoughTheWallClockStepsBackOverARestart) {
  bench b;
  b.settle_in();
  b.accept({create(memos, {})});
  b.crash();
  b.now.wall -= 5 * hour_ns;
  b.start();
  b.accept({create(memos, {})});
  const auto accepted = b.facts_of(fact_kind::intent_accepted);
  ASSERT_EQ(accepted.size(), 2u);
  EXPECT_LT((hlc_stamp{accepted[0].wall, accepted[0].logical}), (hlc_stamp{accepted[1].wall, accepted[1].logical}));
  EXPECT_EQ(accepted[1].intent.seq, 2u);
}

TEST(LocalChange, SeqsAreNotUsedAgainAfterTheQueueDrainedAndACrash) {
  bench b;
  b.settle_in();
  b.accept({create(memos, {})});
  b.answer_push({ended(verdict_kind::rejected, verdict_rule::denied)});
  EXPECT_EQ(b.status().queue_depth, 0u);
  b.restart();
  EXPECT_EQ(b.accept({create(memos, {})}).id.seq, 2u);
}

TEST(LocalChange, RefersToWhatItCreates) {
  bench b;
  b.settle_in();
  const auto done = b.accept({create(orders, {}), create(lines, {set(line_order, io::record_in_change(0)),
                                                                 add(line_quantity, 4), set(line_price, number(25))})});
  ASSERT_EQ(done.created.size(), 2u);
  EXPECT_EQ(b.field(done.created[1], line_order), value{done.created[0]});
  EXPECT_EQ(b.field(done.created[0], order_total), number(100));
  b.accept({update(lines, done.created[1], {add(line_quantity, -1)})});
  EXPECT_EQ(b.field(done.created[0], order_total), number(75));
  b.accept({remove(lines, done.created[1])});
  EXPECT_EQ(b.field(done.created[0], order_total), number(0));
}

TEST(LocalChange, TakesTheFirstCountOfACounterAsAnAddition) {
  bench b;
  b.settle_in();
  const auto done = b.accept({create(orders, {set(order_count, number(9))})});
  EXPECT_EQ(b.field(done.created[0], order_count), number(9));
  const auto in = wire::decode_intent(b.push_request().intents(0).body());
  EXPECT_EQ(in->operations[0].writes[0].kind, write_kind::add);
}

TEST(LocalChange, ThatIsMalformedLeavesNothing) {
  bench b;
  b.settle_in();
  const auto id = b.accept({create(orders, {})}).created[0];
  b.facts.clear();
  const record_id unknown{9, 1, 256};
  EXPECT_EQ(b.refuse({}).code, errc::invalid_argument);
  EXPECT_EQ(b.refuse({update(orders, id, {set(order_total, number(1))})}).code, errc::invalid_argument);
  EXPECT_EQ(b.refuse({update(orders, id, {set(order_note, number(1))})}).code, errc::invalid_argument);
  EXPECT_EQ(b.refuse({update(orders, id, {set(77, number(1))})}).code, errc::invalid_argument);
  EXPECT_EQ(b.refuse({update(orders, io::record_in_change(0), {})}).code, errc::invalid_argument);
  EXPECT_EQ(b.refuse({update(orders, unknown, {set(order_note, text("x"))})}).code, errc::not_found);
  EXPECT_TRUE(b.facts.empty());
  EXPECT_EQ(b.status().queue_depth, 1u);
  EXPECT_EQ(b.accept({create(memos, {})}).id.seq, 2u);
  EXPECT_EQ(b.rows(), 2u);
}

TEST(LocalChange, IsTakenInBeforeTheDeviceIsEnrolled) {
  bench b;
  b.start();
  b.accept({create(memos, {set(memo_text, text("early"))})});
  EXPECT_FALSE(b.asked(io::message_class::push));
  b.enrol_request();
  b.answer_token();
  EXPECT_EQ(b.push_request().intents_size(), 1);
}

TEST(LocalChange, IsReportedWithTheMessageThatCarriesIt) {
  bench b;
  b.settle_in();
  const auto done = b.accept({create(memos, {})});
  const auto carried = b.facts_of(fact_kind::intent_carried);
  ASSERT_EQ(carried.size(), 1u);
  EXPECT_EQ(carried[0].intent, done.id);
  EXPECT_EQ(b.out.sends[carried[0].aux].cls, io::message_class::push);
}

} // namespace
} // namespace squall::client
