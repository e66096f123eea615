// The parts that need no replica: row bytes, backoff, the check of a page.
#include "engine/client/backoff.hpp"
#include "engine/client/page_check.hpp"
#include "engine/client/request_size.hpp"
#include "engine/client/row_codec.hpp"
#include "engine/client/store_schema.hpp"
#include "tests/engine/client/bench.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace squall::client {
namespace {

std::vector<merge::set_mark> arbitrary_marks() {
  std::vector<merge::set_mark> out(*rc::gen::inRange<std::size_t>(0, 3));
  for (auto& m : out)
    m = {{*rc::gen::arbitrary<std::uint32_t>(), 1, *rc::gen::arbitrary<std::uint64_t>()},
         *rc::gen::element<std::uint64_t>(0, 5, merge::pending_sequence)};
  return out;
}

merge::cell_details arbitrary_details() {
  merge::cell_details d;
  d.stamp = {*rc::gen::arbitrary<time_ns>(), *rc::gen::arbitrary<std::uint32_t>()};
  d.role = *rc::gen::arbitrary<std::uint8_t>();
  d.members.resize(*rc::gen::inRange<std::size_t>(0, 3));
  for (auto& m : d.members)
    m = {*rc::gen::arbitrary<std::string>(), arbitrary_marks(), arbitrary_marks()};
  return d;
}

merge::row arbitrary_row() {
  merge::row r;
  r.id = {*rc::gen::arbitrary<std::uint32_t>(), *rc::gen::arbitrary<std::uint32_t>(),
          *rc::gen::arbitrary<std::uint64_t>()};
  r.deleted = *rc::gen::arbitrary<bool>();
  r.presence_writer = {*rc::gen::arbitrary<std::uint32_t>(), 1, *rc::gen::arbitrary<std::uint64_t>()};
  r.presence_sequence = *rc::gen::element<std::uint64_t>(0, 1, 77, merge::pending_sequence);
  r.last_sequence = *rc::gen::arbitrary<std::uint64_t>();
  r.fields.resize(*rc::gen::inRange<std::size_t>(0, 7));
  for (merge::cell& c : r.fields) {
    switch (*rc::gen::inRange(0, 4)) {
      case 0: break;
      case 1: c.current = *rc::gen::arbitrary<std::int64_t>(); break;
      case 2: c.current = *rc::gen::arbitrary<std::string>(); break;
      default: c.current = record_id{*rc::gen::arbitrary<std::uint32_t>(), 3, *rc::gen::arbitrary<std::uint64_t>()};
    }
    if (*rc::gen::arbitrary<bool>()) {
      c.writer = {1, *rc::gen::arbitrary<std::uint32_t>(), *rc::gen::inRange<std::uint64_t>(1, 1ull << 60)};
      c.sequence = *rc::gen::element<std::uint64_t>(0, 5, merge::pending_sequence);
    }
    if (*rc::gen::inRange(0, 3) == 0)
      c.details.need() = arbitrary_details();
  }
  if (*rc::gen::arbitrary<bool>())
    r.stamp.need() = {{*rc::gen::arbitrary<time_ns>(), *rc::gen::arbitrary<std::uint32_t>()}, {1, 2, 3}};
  return r;
}

RC_GTEST_PROP(RowCodec, BringsBackWhatItWrote, ()) {
  const merge::row in = arbitrary_row();
  std::string bytes;
  encode_row(in, bytes);
  merge::row out;
  out.id = in.id;
  RC_ASSERT(decode_row(bytes, out).ok());
  RC_ASSERT((out == in));
  RC_ASSERT(id_of(key_of(in.id)) == in.id);
}

RC_GTEST_PROP(RowCodec, NoticesEveryFlippedBitAndEveryMissingByte, ()) {
  const merge::row in = arbitrary_row();
  std::string bytes;
  encode_row(in, bytes);
  merge::row out;
  out.id = in.id;
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    RC_ASSERT(!decode_row(bytes, out).ok());
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
  }
  for (std::size_t n = 0; n < bytes.size(); ++n)
    RC_ASSERT(!decode_row(std::string_view(bytes).substr(0, n), out).ok());
}

TEST(RowCodec, RefusesAnotherRecordsBytes) {
  merge::row r;
  r.id = {1, 1, 256};
  std::string bytes;
  encode_row(r, bytes);
  merge::row other;
  other.id = {1, 1, 512};
  EXPECT_FALSE(decode_row(bytes, other).ok());
}

RC_GTEST_PROP(RowCodec, KeysSortAsIdsDo, (std::uint32_t a, std::uint32_t b, std::uint64_t c, std::uint64_t d)) {
  const record_id one{a, b, c}, two{b, a, d};
  RC_ASSERT((key_of(one) < key_of(two)) == (one < two));
}

TEST(Backoff, SpreadsReplicasThatFailedTogetherAlsoAtTheCap) {
  telemetry::counters counts;
  std::set<duration_ns> delays;
  for (std::uint64_t replica = 0; replica < 100; ++replica) {
    const duration_ns d = backoff_delay({}, replica, {purpose::push, 1, 30}, counts);
    EXPECT_GE(d, sync_settings{}.backoff_cap / 2);
    EXPECT_LE(d, sync_settings{}.backoff_cap);
    delays.insert(d);
  }
  EXPECT_GT(delays.size(), 95u);
}

TEST(Backoff, WithJitterBeforeTheCapEverybodyComesBackAtOnce) {
  telemetry::sabotage_set on;
  on.set(static_cast<std::size_t>(telemetry::sabotage::jitter_before_cap));
  telemetry::counters counts(on);
  std::set<duration_ns> delays;
  for (std::uint64_t replica = 0; replica < 100; ++replica)
    delays.insert(backoff_delay({}, replica, {purpose::push, 1, 30}, counts));
  EXPECT_EQ(delays.size(), 1u);
}

TEST(Backoff, IsTheSameForTheSameName) {
  telemetry::counters counts;
  EXPECT_EQ(backoff_delay({}, 7, {purpose::pull, 3, 4}, counts), backoff_delay({}, 7, {purpose::pull, 3, 4}, counts));
  EXPECT_NE(drawn(7, {purpose::pull, 3, 4}), drawn(7, {purpose::push, 3, 4}));
  EXPECT_NE(drawn(7, {purpose::pull, 3, 4}), drawn(8, {purpose::pull, 3, 4}));
}

// -- drills that need a moment of their own ----------------------------------------------------------------------------

using telemetry::sabotage;

TEST(RequestSize, HalvesWithEachTimeoutDownToOne) {
  telemetry::counters counts;
  request_size size(50, counts);
  std::vector<std::uint32_t> sizes;
  for (int i = 0; i < 7; ++i) {
    sizes.push_back(size.now());
    size.timed_out(size.now());
  }
  EXPECT_EQ(sizes, (std::vector<std::uint32_t>{50, 25, 12, 6, 3, 1, 1}));
  EXPECT_EQ(counts.hits(telemetry::probe::request_made_smaller), 5u);
}

TEST(RequestSize, GrowsFastToHalfOfWhatFailedAndSlowlyBeyond) {
  telemetry::counters counts;
  request_size size(50, counts);
  for (int i = 0; i < 6; ++i)
    size.timed_out(size.now());
  std::vector<std::uint32_t> sizes;
  for (int i = 0; i < 10; ++i) {
    sizes.push_back(size.now());
    size.answered(size.now());
  }
  EXPECT_EQ(sizes, (std::vector<std::uint32_t>{1, 2, 4, 8, 16, 25, 29, 33, 38, 43}));
}

TEST(RequestSize, KnowsWhatWasTooMuch) {
  telemetry::counters counts;
  request_size size(48, counts);
  const std::uint32_t bearable = 7;
  int timeouts = 0;
  for (int i = 0; i < 100; ++i)
    if (size.now() > bearable) {
      size.timed_out(size.now());
      ++timeouts;
    } else {
      size.answered(size.now());
    }
  EXPECT_LE(timeouts, 25);
  EXPECT_LE(size.now(), bearable + 2);
}

TEST(RequestSize, SmallRequestsProveNothingOfLargeOnes) {
  telemetry::counters counts;
  request_size size(50, counts);
  size.timed_out(50);
  size.answered(24);
  EXPECT_EQ(size.now(), 25u);
  size.timed_out(1);
  EXPECT_EQ(size.now(), 25u);
  size.answered(25);
  EXPECT_EQ(size.now(), 29u);
}

TEST(ClientSabotage, OverlayDroppedAtTheVerdictTakesTheChangeFromView) {
  bench b({.sabotages = {sabotage::overlay_dropped_at_verdict}});
  b.settle_in();
  const auto done = b.accept({create(orders, {add(order_count, 5)})});
  b.answer_push({applied(12)}, 12);
  EXPECT_FALSE(b.row(done.created[0]));
  EXPECT_EQ(b.hits(sabotage::overlay_dropped_at_verdict), 1u);
}

TEST(ClientSabotage, PushThatGot503IsNeverSentAgain) {
  bench b({.sabotages = {sabotage::push_not_retried_after_5xx}});
  b.settle_in();
  b.accept({create(memos, {})});
  b.push_request();
  wire::PushResponse r;
  r.set_status(503);
  b.reply(r);
  for (int i = 0; i < 100; ++i)
    b.pass(minute_ns);
  EXPECT_FALSE(b.asked(io::message_class::push));
}

TEST(ClientSabotage, ThirdUnauthorizedReplyRejectsTheQueue) {
  bench b({.sabotages = {sabotage::unauthorized_exhausts_retries}});
  b.settle_in();
  b.accept({create(memos, {})});
  for (int i = 0; i < 3; ++i) {
    b.wait_for(io::message_class::push);
    b.push_request();
    wire::PushResponse r;
    r.set_status(401);
    b.reply(r);
    b.wait_for(io::message_class::refresh);
    b.refresh_request();
    b.answer_token();
  }
  EXPECT_EQ(b.status().queue_depth, 0u);
}

TEST(ClientSabotage, RefusedPageMovesTheCursor) {
  bench b({.sabotages = {sabotage::cursor_past_refused_page}});
  b.settle_in();
  auto e = entry(12, 10, {2, 1, 1});
  put_row(e, {2, 1, 256}, orders, {{99, number(1)}});
  b.answer_pull({e}, 12);
  EXPECT_EQ(b.cursor().sequence, 12u);
  EXPECT_EQ(b.rows(), 0u);
}

TEST(ClientSabotage, ForkIsIgnored) {
  bench b({.sabotages = {sabotage::fork_ignored}});
  b.settle_in();
  b.accept({create(memos, {})});
  b.answer_push({ended(verdict_kind::fork)});
  b.wait_for(io::message_class::push);
  EXPECT_EQ(b.push_request().incarnation(), 1u);
}

TEST(ClientSabotage, AcknowledgedIntentIsNotKept) {
  bench b({.sabotages = {sabotage::acknowledged_not_kept}});
  b.settle_in();
  const auto done = b.accept({create(memos, {})});
  auto e = entry(12, 10, done.id);
  put_row(e, done.created[0], memos, {});
  b.answer_pull({e}, 12);
  b.wait_for(io::message_class::push);
  b.answer_push({applied(12)}, 12, 0);
  EXPECT_EQ(b.status().kept, 0u);
}

// -- the store's tables ------------------------------------------------------------------------------------------------

/// Each table's columns, with what is said of them, and every index; the rows that a fresh store has.
std::string tables_of(store::connection& db) {
  std::string out;
  const auto each = [&](const std::string& sql, int columns) {
    auto s = db.prepare(sql.c_str());
    ASSERT_TRUE(s.ok());
    for (auto more = s->step(); more.ok() && *more; more = s->step()) {
      for (int c = 0; c < columns; ++c)
        out += std::string(s->blob(c)) + ' ';
      out += '\n';
    }
  };
  each("SELECT m.name, p.cid, p.name, p.type, p.\"notnull\", coalesce(p.dflt_value, ''), p.pk FROM sqlite_master m, "
       "pragma_table_info(m.name) p WHERE m.type = 'table' ORDER BY 1, 2",
       7);
  each("SELECT name, tbl_name, coalesce(sql, '') FROM sqlite_master WHERE type = 'index' ORDER BY 1", 3);
  for (const char* table : {"state", "credentials", "told", "forgotten"})
    each("SELECT * FROM " + std::string(table), std::string_view(table) == "state" ? 12 : 3);
  each("PRAGMA user_version", 1);
  return out;
}

TEST(StoreSchema, AStoreMadeAtOnceIsWhatMigrationsMakeOfAnEmptyOne) {
  auto at_once = store::connection::open({.path = ":memory:"});
  auto step_by_step = store::connection::open({.path = ":memory:"});
  ASSERT_TRUE(at_once.ok() && step_by_step.ok());
  ASSERT_TRUE(make_store(**at_once).ok());
  ASSERT_TRUE(migrate_store(**step_by_step, 0).ok());
  const std::string made = tables_of(**at_once);
  EXPECT_EQ(made, tables_of(**step_by_step));
  EXPECT_NE(made.find("shown_in"), std::string::npos);
}

} // namespace
} // namespace squall::client
