#include "tests/engine/client/bench.hpp"

#include <gtest/gtest.h>

namespace squall::client {
namespace {

using telemetry::fact_kind;
using telemetry::probe;

record_id record(std::uint64_t seq) { return record_id::derive({2, 1, seq}, 0); }

wire::RowState row_state(const record_id& id, collection_number collection,
                         std::vector<std::pair<field_number, value>> fields, std::uint64_t sequence) {
  auto e = entry(sequence, 0, id.creator());
  put_row(e, id, collection, std::move(fields));
  return e.rows(0);
}

struct page_of {
  std::uint32_t page = 0;
  bool last = true;
  std::uint64_t at = 30;
  std::uint64_t of_generation = generation;
};

wire::SnapshotResponse snapshot_page(page_of p, std::vector<wire::RowState> rows) {
  wire::SnapshotResponse out;
  out.set_status(200);
  out.set_snapshot(900);
  out.mutable_at()->set_generation(p.of_generation);
  out.mutable_at()->set_sequence(p.at);
  out.set_page(p.page);
  out.set_last(p.last);
  out.set_head(p.at);
  for (auto& r : rows)
    *out.add_rows() = std::move(r);
  return out;
}

void ask_resync(bench& b, wire::ResyncReason why = wire::RESYNC_BELOW_FLOOR) {
  if (!b.asked(io::message_class::pull))
    b.pass(b.settings.sync.poll_every);
  b.pull_request();
  auto r = page(b.cursor(), {}, b.cursor().sequence);
  r.set_resync(why);
  b.reply(r);
}

void bring(bench& b, std::uint64_t sequence, std::uint64_t previous, const record_id& id, const char* memo) {
  auto e = entry(sequence, previous, id.creator());
  put_row(e, id, memos, {{memo_text, text(memo)}});
  b.answer_pull({e}, sequence);
}

TEST(Snapshot, ReplacesWhatTheServerDoesNotHaveAnyMore) {
  bench b;
  b.settle_in();
  bring(b, 12, 10, record(1), "ghost");
  bring(b, 13, 12, record(2), "old");
  ask_resync(b);
  EXPECT_EQ(b.status().pending, io::pending_reason::resync_running);
  b.snapshot_request();
  b.facts.clear();
  b.reply(snapshot_page({}, {row_state(record(2), memos, {{memo_text, text("new")}}, 20)}));
  EXPECT_EQ(b.cursor().sequence, 30u);
  EXPECT_FALSE(b.row(record(1)));
  EXPECT_EQ(b.field(record(2), memo_text), text("new"));
  EXPECT_EQ(b.hits(probe::snapshot_removed_ghost), 1u);
  ASSERT_EQ(b.facts_of(fact_kind::cursor_moved).size(), 1u);
  EXPECT_EQ(b.facts_of(fact_kind::cursor_moved)[0].code, static_cast<int>(telemetry::cursor_cause::snapshot));
  EXPECT_TRUE(b.asked(io::message_class::pull)) << "it goes on from there";
}

TEST(Snapshot, IsNotSeenBeforeItsLastPage) {
  bench b;
  b.settle_in();
  bring(b, 12, 10, record(1), "before");
  ask_resync(b);
  b.snapshot_request();
  b.reply(snapshot_page({.page = 0, .last = false}, {row_state(record(2), memos, {}, 20)}));
  EXPECT_FALSE(b.row(record(2)));
  EXPECT_TRUE(b.row(record(1)));
  EXPECT_EQ(b.cursor().sequence, 12u);
  const auto next = b.snapshot_request();
  EXPECT_EQ(next.snapshot(), 900u);
  EXPECT_EQ(next.page(), 1u);
  b.reply(snapshot_page({.page = 1, .last = true}, {row_state(record(3), memos, {}, 21)}));
  EXPECT_EQ(b.rows(), 2u);
  EXPECT_FALSE(b.row(record(1)));
}

TEST(Snapshot, HalfFetchedBeforeACrashLeavesNoTrace) {
  bench b;
  b.settle_in();
  bring(b, 12, 10, record(1), "before");
  ask_resync(b);
  b.snapshot_request();
  b.reply(snapshot_page({.page = 0, .last = false}, {row_state(record(2), memos, {}, 20)}));
  b.restart();
  EXPECT_EQ(b.cursor().sequence, 12u);
  ask_resync(b);
  EXPECT_EQ(b.snapshot_request().page(), 0u);
  b.reply(snapshot_page({}, {row_state(record(3), memos, {}, 21)}));
  EXPECT_EQ(b.rows(), 1u);
}

TEST(Snapshot, ThatIsGoneIsBegunAgain) {
  bench b;
  b.settle_in();
  ask_resync(b);
  b.snapshot_request();
  b.reply(snapshot_page({.page = 0, .last = false}, {row_state(record(2), memos, {}, 20)}));
  b.snapshot_request();
  wire::SnapshotResponse gone;
  gone.set_status(410);
  b.reply(gone);
  EXPECT_EQ(b.hits(probe::snapshot_restarted), 1u);
  b.pass(b.settings.sync.backoff_base);
  const auto again = b.snapshot_request();
  EXPECT_EQ(again.snapshot(), 0u);
  EXPECT_EQ(again.page(), 0u);
}

TEST(Snapshot, PageThatDoesNotFitIsNotStaged) {
  bench b;
  b.settle_in();
  ask_resync(b);
  b.snapshot_request();
  b.reply(snapshot_page({.page = 0, .last = false}, {}));
  b.snapshot_request();
  auto other_snapshot = snapshot_page({.page = 1, .last = true}, {row_state(record(2), memos, {}, 20)});
  other_snapshot.set_snapshot(901);
  b.reply(other_snapshot);
  EXPECT_EQ(b.rows(), 0u);
  EXPECT_EQ(b.cursor().sequence, 10u);
  b.pass(b.settings.sync.backoff_base);
  EXPECT_EQ(b.snapshot_request().page(), 0u);
}

TEST(Snapshot, KeepsTheQueueAndShowsItOnTop) {
  bench b;
  b.settle_in();
  bring(b, 12, 10, record(1), "before");
  const auto made = b.accept({create(orders, {add(order_count, 2)})});
  b.accept({update(memos, record(1), {set(memo_text, text("mine"))})});
  ask_resync(b);
  b.snapshot_request();
  b.reply(snapshot_page({}, {row_state(record(1), memos, {{memo_text, text("theirs")}}, 20)}));
  EXPECT_EQ(b.status().queue_depth, 2u);
  EXPECT_EQ(b.field(record(1), memo_text), text("mine"));
  EXPECT_EQ(b.field(record(1), memo_text, io::view_kind::confirmed), text("theirs"));
  EXPECT_EQ(b.field(made.created[0], order_count), number(2));
  b.restart();
  EXPECT_EQ(b.field(record(1), memo_text), text("mine"));
}

void hold_own(wire::SnapshotResponse& page, const intent_id& id, std::uint64_t sequence) {
  wire::CommittedIntent& own = *page.add_own();
  own.set_incarnation(id.incarnation);
  own.set_seq(id.seq);
  own.set_sequence(sequence);
}

TEST(Snapshot, ThatHoldsAnOwnIntentDoesNotCountItTwice) {
  bench b;
  b.settle_in();
  const auto made = b.accept({create(orders, {add(order_count, 2)})});
  const record_id id = made.created[0];
  ask_resync(b);
  b.snapshot_request();
  auto page = snapshot_page({}, {row_state(id, orders, {{order_count, number(2)}}, 20)});
  hold_own(page, made.id, 20);
  b.reply(page);
  EXPECT_EQ(b.field(id, order_count), number(2));
  EXPECT_EQ(b.status().queue_depth, 1u) << "its verdict has not come";
}

// The rows name only the last writer of each cell: of an own intent that others wrote over, they show nothing but its effect.
TEST(Snapshot, ThatHoldsOwnIntentsWhichOthersWroteOverShowsNoneOfThemAgain) {
  bench b;
  b.settle_in();
  bring(b, 12, 10, record(2), "before");
  const auto made = b.accept({create(orders, {add(order_count, 2)})});
  const record_id id = made.created[0];
  const auto counted = b.accept({update(orders, id, {add(order_count, 3)})});
  const auto noted = b.accept({update(memos, record(2), {set(memo_text, text("mine"))})});
  const auto unsent = b.accept({update(orders, id, {add(order_count, 100)})});
  ask_resync(b);
  b.snapshot_request();
  auto count = entry(23, 0, {3, 1, 8}), memo = entry(24, 0, {3, 1, 9});
  put_row(count, id, orders, {{order_count, number(12)}}); // 2 + 3 + 7 of another device
  put_row(memo, record(2), memos, {{memo_text, text("theirs")}});
  auto page = snapshot_page({}, {count.rows(0), memo.rows(0)});
  hold_own(page, made.id, 20);
  hold_own(page, counted.id, 21);
  hold_own(page, noted.id, 22);
  b.reply(page);
  EXPECT_EQ(b.field(id, order_count, io::view_kind::confirmed), number(12));
  EXPECT_EQ(b.field(id, order_count), number(112)) << "only what the snapshot does not hold comes on top";
  EXPECT_EQ(b.field(record(2), memo_text), text("theirs"));
  b.restart();
  EXPECT_EQ(b.field(id, order_count), number(112));
  EXPECT_EQ(b.status().queue_depth, 4u);
  b.wait_for(io::message_class::push);
  b.answer_push({applied(20), applied(21), applied(22), applied(31)});
  EXPECT_EQ(b.field(id, order_count), number(112));
  EXPECT_EQ(b.status().queue_depth, 0u);
  EXPECT_NE(unsent.id, counted.id);
}

TEST(Snapshot, RecomputesDerivedFields) {
  bench b;
  b.settle_in();
  const record_id order = record(1), line = record(2);
  const auto order_row = row_state(order, orders, {}, 20);
  const auto line_row =
      row_state(line, lines, {{line_order, order}, {line_quantity, number(6)}, {line_price, number(7)}}, 21);
  ask_resync(b);
  b.snapshot_request();
  b.reply(snapshot_page({}, {order_row, line_row}));
  EXPECT_EQ(b.field(order, order_total), number(42));
  b.accept({update(lines, line, {add(line_quantity, 1)})});
  EXPECT_EQ(b.field(order, order_total), number(49));
}

TEST(Snapshot, OfANewGenerationOffersAcknowledgedIntentsAgain) {
  bench b;
  b.settle_in();
  const auto made = b.accept({create(memos, {set(memo_text, text("mine"))})});
  b.answer_push({applied(12)}, 12, 11); // the server's backup ends before it
  auto e = entry(12, 10, made.id);
  put_row(e, made.created[0], memos, {{memo_text, text("mine")}});
  b.answer_pull({e}, 12);
  EXPECT_EQ(b.status().kept, 1u);
  ask_resync(b, wire::RESYNC_OTHER_GENERATION);
  b.snapshot_request();
  b.reply(snapshot_page({.at = 11, .of_generation = generation + 1}, {}));
  EXPECT_EQ(b.hits(probe::acknowledged_offered_again), 1u);
  EXPECT_EQ(b.status().queue_depth, 1u);
  EXPECT_EQ(b.field(made.created[0], memo_text), text("mine")) << "what the user did is still there";
  const auto request = b.push_request();
  ASSERT_EQ(request.intents_size(), 1);
  EXPECT_EQ(request.intents(0).seq(), made.id.seq);
}

TEST(Snapshot, EachReasonOfAResyncIsCounted) {
  const std::vector<std::pair<wire::ResyncReason, probe>> reasons = {
      {wire::RESYNC_BELOW_FLOOR, probe::resync_below_floor},
      {wire::RESYNC_OTHER_GENERATION, probe::resync_other_generation},
      {wire::RESYNC_FROM_FUTURE, probe::resync_from_future},
      {wire::RESYNC_SCOPE_CHANGED, probe::resync_scope_changed},
      {wire::RESYNC_COMPACT, probe::resync_compact}};
  for (const auto& [reason, counted] : reasons) {
    bench b;
    b.settle_in();
    ask_resync(b, reason);
    EXPECT_EQ(b.hits(counted), 1u) << reason;
    EXPECT_TRUE(b.asked(io::message_class::snapshot));
  }
}

} // namespace
} // namespace squall::client
