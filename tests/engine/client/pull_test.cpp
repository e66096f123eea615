#include "tests/engine/client/bench.hpp"

#include <gtest/gtest.h>

namespace squall::client {
namespace {

using telemetry::fact_kind;
using telemetry::probe;

TEST(Pull, AppliesEntriesWithTheirCursor) {
  bench b;
  b.settle_in();
  auto e = entry(12, 10, other);
  put_row(e, theirs, orders, {{order_note, text("hello")}, {order_count, number(4)}});
  b.answer_pull({e}, 12);
  EXPECT_EQ(b.cursor(), (io::cursor{generation, 12, 0}));
  EXPECT_EQ(b.field(theirs, order_note), text("hello"));
  EXPECT_EQ(b.field(theirs, order_total), number(0));
  ASSERT_EQ(b.facts_of(fact_kind::group_applied).size(), 1u);
  ASSERT_EQ(b.facts_of(fact_kind::cursor_moved).size(), 1u);
  EXPECT_EQ(b.facts_of(fact_kind::cursor_moved)[0].from_sequence, 10u);
  b.restart();
  EXPECT_EQ(b.cursor().sequence, 12u);
  EXPECT_EQ(b.field(theirs, order_count, io::view_kind::confirmed), number(4));
}

TEST(Pull, GoesOnUntilThereIsNoMoreThenPolls) {
  bench b;
  b.settle_in();
  b.answer_pull({entry(11, 0, other)}, 11, true);
  ASSERT_TRUE(b.asked(io::message_class::pull));
  b.answer_pull({entry(12, 11, {2, 1, 2})}, 12);
  EXPECT_FALSE(b.asked(io::message_class::pull));
  b.pass(b.settings.sync.poll_every - 1);
  EXPECT_FALSE(b.asked(io::message_class::pull));
  b.pass(1);
  EXPECT_TRUE(b.asked(io::message_class::pull));
  EXPECT_TRUE(b.status().shown_as_synced);
}

TEST(Pull, ThatBringsNothingReportsAndChangesNothing) {
  bench b;
  b.settle_in();
  for (int i = 0; i < 3; ++i)
    b.answer_pull({}, 10);
  EXPECT_TRUE(b.facts.empty());
  EXPECT_EQ(b.cursor().sequence, 10u);
}

TEST(Pull, AsksForLessAfterATimeoutUntilAPageComesInTime) {
  bench b({.change = [](options& o) { o.sync.page_limit = 4; }});
  b.settle_in();
  for (const std::uint32_t expected : {4u, 2u}) {
    b.wait_for(io::message_class::pull);
    EXPECT_EQ(b.pull_request().limit(), expected);
    b.pass(b.settings.sync.request_timeout);
  }
  b.wait_for(io::message_class::pull);
  EXPECT_EQ(b.pull_request().limit(), 1u);
  auto e = entry(12, 10, {2, 1, 1});
  put_row(e, record_id::derive({2, 1, 1}, 0), memos, {});
  b.reply(page(b.cursor(), {e}, 12, true));
  EXPECT_EQ(b.pull_request().limit(), 2u) << "and grows again";
}

TEST(Pull, RefusesAPageOfAnotherCursor) {
  bench b;
  b.settle_in();
  b.pass(b.settings.sync.poll_every);
  b.pull_request();
  b.reply(page({generation, 9, 0}, {entry(11, 0, other)}, 11));
  EXPECT_EQ(b.cursor().sequence, 10u);
  EXPECT_EQ(b.hits(probe::page_of_another_cursor), 1u);
  b.pass(b.settings.sync.backoff_base);
  EXPECT_TRUE(b.asked(io::message_class::pull)) << "and asks again";
}

TEST(Pull, RefusesAPageWhoseChainIsBroken) {
  const auto refused = [](std::vector<wire::ChangeEntry> entries, std::uint64_t next) {
    bench b;
    b.settle_in();
    b.answer_pull({entry(12, 10, other)}, 12);
    b.facts.clear();
    b.answer_pull(std::move(entries), next);
    return b.hits(probe::page_chain_broken) == 1 && b.cursor().sequence == 12 && b.facts.empty();
  };
  EXPECT_TRUE(refused({entry(15, 13, {2, 1, 2})}, 15)) << "13 is missing";
  EXPECT_TRUE(refused({entry(15, 12, {2, 1, 2}), entry(17, 16, {2, 1, 3})}, 17)) << "16 is missing";
  EXPECT_TRUE(refused({entry(12, 10, other)}, 12)) << "applied before";
  EXPECT_TRUE(refused({entry(15, 12, {2, 1, 2}), entry(14, 15, {2, 1, 3})}, 15)) << "out of order";
  EXPECT_TRUE(refused({entry(15, 12, {2, 1, 2})}, 14)) << "ends before its entries";
}

TEST(Pull, PagesThatNeverFitLeadToASnapshot) {
  bench b;
  b.settle_in();
  b.answer_pull({entry(12, 10, other)}, 12);
  for (int i = 0; i < 3; ++i)
    b.answer_pull({entry(15, 14, {2, 1, 3})}, 15);
  EXPECT_EQ(b.hits(probe::page_chain_given_up), 1u);
  EXPECT_TRUE(b.asked(io::message_class::snapshot));
}

TEST(Pull, RefusesRowsThatTheSchemaDoesNotKnow) {
  bench b;
  b.settle_in();
  auto e = entry(12, 10, other);
  put_row(e, theirs, orders, {{99, number(1)}});
  b.answer_pull({e}, 12);
  EXPECT_EQ(b.hits(probe::page_unreadable), 1u);
  EXPECT_EQ(b.cursor().sequence, 10u);
  EXPECT_EQ(b.rows(), 0u);
}

TEST(Pull, ADeletedRecordIsShownAsDeletedAndOneThatLeftIsNot) {
  bench b;
  b.settle_in();
  const record_id second = record_id::derive({2, 1, 2}, 0);
  auto e = entry(12, 10, other);
  put_row(e, theirs, memos, {{memo_text, text("a")}});
  put_row(e, second, memos, {{memo_text, text("b")}});
  b.answer_pull({e}, 12);
  auto gone = entry(13, 12, {2, 1, 3});
  put_deleted(gone, theirs, memos);
  put_row(gone, second, memos, {});
  gone.mutable_rows(1)->set_change(static_cast<std::uint32_t>(telemetry::row_change::exit));
  b.answer_pull({gone}, 13);
  ASSERT_TRUE(b.row(theirs));
  EXPECT_TRUE(b.row(theirs)->deleted);
  EXPECT_FALSE(b.row(second));
}

TEST(Pull, RecomputesDerivedFieldsFromTheRows) {
  bench b;
  b.settle_in();
  const record_id line = record_id::derive(other, 1);
  auto e = entry(12, 10, other);
  put_row(e, line, lines, {{line_order, theirs}, {line_quantity, number(3)}, {line_price, number(7)}});
  b.answer_pull({e}, 12);
  auto parent = entry(13, 12, {2, 1, 2});
  put_row(parent, theirs, orders, {});
  b.answer_pull({parent}, 13);
  EXPECT_EQ(b.field(theirs, order_total, io::view_kind::confirmed), number(21))
      << "a parent that comes after its child";
  auto change = entry(14, 13, {2, 1, 3});
  put_row(change, line, lines, {{line_price, number(10)}});
  b.answer_pull({change}, 14);
  EXPECT_EQ(b.field(theirs, order_total, io::view_kind::confirmed), number(30));
  b.accept({update(lines, line, {add(line_quantity, 1)})});
  EXPECT_EQ(b.field(theirs, order_total), number(40));
  EXPECT_EQ(b.field(theirs, order_total, io::view_kind::confirmed), number(30));
  auto move = entry(15, 14, {2, 1, 4});
  put_row(move, line, lines, {{line_order, record_id{2, 1, 99}}});
  b.answer_pull({move}, 15);
  EXPECT_EQ(b.field(theirs, order_total), number(0));
}

// -- the overlay -------------------------------------------------------------------------------------------------------

TEST(Overlay, PendingChangesStayVisibleOverWhatThePageBrings) {
  bench b;
  b.settle_in();
  auto e = entry(12, 10, other);
  put_row(e, theirs, orders, {{order_note, text("theirs")}, {order_count, number(1)}});
  b.answer_pull({e}, 12);
  b.accept({update(orders, theirs, {set(order_note, text("mine")), add(order_count, 10)})});
  auto later = entry(13, 12, {2, 1, 2});
  put_row(later, theirs, orders, {{order_note, text("theirs again")}, {order_count, number(2)}});
  b.answer_pull({later}, 13);
  EXPECT_EQ(b.field(theirs, order_note), text("mine"));
  EXPECT_EQ(b.field(theirs, order_count), number(12));
  EXPECT_EQ(b.field(theirs, order_count, io::view_kind::confirmed), number(2));
}

TEST(Overlay, PrecedenceDecidesWhatIsShownAsItWillDecideWhatCommits) {
  bench b;
  b.settle_in();
  auto e = entry(12, 10, other);
  put_row(e, theirs, orders, {{order_status, text("draft")}});
  b.answer_pull({e}, 12);
  b.accept({update(orders, theirs, {set(order_status, text("approved"))})});
  auto later = entry(13, 12, {2, 1, 2});
  put_row(later, theirs, orders, {{order_status, text("cancelled")}});
  b.answer_pull({later}, 13);
  EXPECT_EQ(b.field(theirs, order_status), text("cancelled"));
}

TEST(Overlay, VerdictKeepsTheChangeInViewUntilTheCursorReachesIt) {
  bench b;
  b.settle_in();
  const auto done = b.accept({create(orders, {add(order_count, 5)})});
  const record_id id = done.created[0];
  b.answer_push({applied(12)}, 12);
  EXPECT_EQ(b.status().queue_depth, 0u);
  EXPECT_EQ(b.field(id, order_count), number(5));
  EXPECT_TRUE(b.facts_of(fact_kind::overlay_dropped).empty());
  EXPECT_EQ(b.status().pending, io::pending_reason::cursor_behind);
  auto e = entry(12, 10, done.id);
  put_row(e, id, orders, {{order_count, number(5)}});
  b.answer_pull({e}, 12);
  EXPECT_EQ(b.field(id, order_count), number(5));
  EXPECT_EQ(b.field(id, order_count, io::view_kind::confirmed), number(5));
  ASSERT_EQ(b.facts_of(fact_kind::overlay_dropped).size(), 1u);
  EXPECT_EQ(b.facts_of(fact_kind::overlay_dropped)[0].sequence, 12u);
  EXPECT_EQ(b.status().pending, io::pending_reason::none);
}

TEST(Overlay, FeedThatComesBeforeTheVerdictCountsAnAdditionOnce) {
  bench b;
  b.settle_in();
  const auto done = b.accept({create(orders, {add(order_count, 5)})});
  const record_id id = done.created[0];
  auto e = entry(12, 10, done.id);
  put_row(e, id, orders, {{order_count, number(5)}});
  b.answer_pull({e}, 12);
  EXPECT_EQ(b.field(id, order_count), number(5));
  EXPECT_EQ(b.status().queue_depth, 1u) << "no verdict, no leaving";
  b.forget_requests();
  b.wait_for(io::message_class::push);
  b.answer_push({applied(12)}, 12, 12);
  EXPECT_EQ(b.hits(probe::verdict_after_feed), 1u);
  EXPECT_EQ(b.field(id, order_count), number(5));
  EXPECT_EQ(b.status().queue_depth, 0u);
  EXPECT_EQ(b.status().kept, 0u);
}

TEST(Overlay, ChangeMadeWhileAPushIsUnderWaySurvivesItsVerdict) {
  bench b;
  b.settle_in();
  const auto done = b.accept({create(orders, {set(order_note, text("first"))})});
  const record_id id = done.created[0];
  b.push_request();
  b.accept({update(orders, id, {set(order_note, text("second"))})});
  wire::PushResponse r;
  r.set_status(200);
  r.set_generation(generation);
  wire::IntentVerdict& v = *r.add_verdicts();
  v.set_seq(1);
  wire::to_wire(applied(12), *v.mutable_verdict());
  b.reply(r);
  auto e = entry(12, 10, done.id);
  put_row(e, id, orders, {{order_note, text("first")}});
  b.answer_pull({e}, 12);
  EXPECT_EQ(b.field(id, order_note), text("second"));
  EXPECT_EQ(b.field(id, order_note, io::view_kind::confirmed), text("first"));
  EXPECT_EQ(b.status().queue_depth, 1u);
}

TEST(Overlay, SurvivesARestart) {
  bench b;
  b.settle_in();
  const auto done = b.accept({create(orders, {add(order_count, 1)})});
  b.answer_push({applied(12)}, 12);
  b.accept({update(orders, done.created[0], {add(order_count, 2)})});
  b.restart();
  auto e = entry(12, 10, done.id);
  put_row(e, done.created[0], orders, {{order_count, number(1)}});
  b.answer_pull({e}, 12);
  EXPECT_EQ(b.field(done.created[0], order_count), number(3));
  b.client->release_memory();
  b.accept({update(orders, done.created[0], {add(order_count, 4)})});
  EXPECT_EQ(b.field(done.created[0], order_count), number(7));
}

TEST(Overlay, GuardThatWouldFailKeepsTheWholeChangeOutOfSight) {
  bench b;
  b.settle_in();
  auto e = entry(12, 10, other);
  put_row(e, theirs, orders, {{order_status, text("draft")}});
  b.answer_pull({e}, 12);
  b.accept({update(orders, theirs, {set(order_note, text("ok"))})},
           {{theirs, orders, order_status, guard_kind::equal, text("draft")}});
  EXPECT_EQ(b.field(theirs, order_note), text("ok"));
  auto later = entry(13, 12, {2, 1, 2});
  put_row(later, theirs, orders, {{order_status, text("shipped")}});
  b.answer_pull({later}, 13);
  EXPECT_EQ(b.field(theirs, order_note), value{});
}

} // namespace
} // namespace squall::client
