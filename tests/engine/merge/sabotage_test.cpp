// Each sabotage point of merge, where it is reached, changes what happens; where it is not, nothing.
#include "tests/engine/merge/world.hpp"

#include <gtest/gtest.h>

namespace squall::merge {
namespace {

using telemetry::sabotage;

const intent_id origin{9, 1, 1};
const record_id record = record_id::derive(origin, 0);

intent by(std::uint32_t device, std::uint64_t seen, operation op) {
  return make_intent({device, 1, 1}, seen, {std::move(op)});
}
operation update(field_write w) { return update_of(records, record, {std::move(w)}); }

struct drill {
  sabotage bug;
  std::vector<intent> history; ///< after the record's create at sequence 1
};

std::vector<drill> drills() {
  return {
      {sabotage::row_version_compared,
       {by(1, 1, update(set(status, text("closed")))), by(2, 1, update(set(title, text("b")))),
        by(3, 2, update(set(status, text("open"))))}},
      {sabotage::precedence_ignored,
       {by(1, 1, update(set(status, text("closed")))), by(2, 1, update(set(status, text("open"))))}},
      {sabotage::lower_version_stands,
       {by(1, 1, update(set(title, text("a")))), by(2, 1, update(set(title, text("b"))))}},
      {sabotage::increment_twice, {by(1, 1, update(add(count, 2))), by(2, 1, update(add(count, 3)))}},
      {sabotage::counter_set,
       {by(1, 1, update(add(count, 2, number(10)))), by(2, 1, update(add(count, 3, number(10))))}},
      {sabotage::remove_discards_update,
       {by(1, 1, update(set(title, text("a")))), by(2, 1, remove_of(records, record))}},
      {sabotage::update_revives, {by(1, 1, remove_of(records, record)), by(2, 1, update(set(title, text("a"))))}},
  };
}

committer run(const std::vector<intent>& history, telemetry::sabotage_set active) {
  committer server;
  server.counts = telemetry::counters(active);
  server.commit(make_intent(origin, 0, {create_of(records, record, {set(status, text("open")), add(count, 10)})}));
  for (const intent& in : history)
    server.commit(in);
  return server;
}

telemetry::sabotage_set only(sabotage s) { return telemetry::sabotage_set{}.set(static_cast<std::size_t>(s)); }

TEST(MergeSabotage, ChangesTheStateWhereItIsReached) {
#ifdef SQUALL_NO_SABOTAGE
  GTEST_SKIP() << "compiled away";
#endif
  for (const drill& d : drills()) {
    SCOPED_TRACE(telemetry::info(d.bug).name);
    const committer clean = run(d.history, {}), broken = run(d.history, only(d.bug));
    EXPECT_FALSE(clean.rows == broken.rows);
    EXPECT_GT(broken.counts.hits(d.bug), 0u);
    EXPECT_EQ(clean.counts.hits(d.bug), 0u);
  }
}

TEST(MergeSabotage, ChangesNothingWhereNobodyIsConcurrent) {
  const std::vector<intent> history{
      by(1, 1, update(set(status, text("closed")))), by(2, 2, update(set(status, text("open")))),
      by(3, 3, update(add(count, 2, number(10)))),   by(4, 4, update(add(count, 2, number(12)))),
      by(5, 5, remove_of(records, record)),
  };
  const committer clean = run(history, {});
  for (const drill& d : drills()) {
    SCOPED_TRACE(telemetry::info(d.bug).name);
    EXPECT_TRUE(run(history, only(d.bug)).rows == clean.rows);
  }
}

// -- the other policies -----------------------------------------------------------------------------------------------------

struct stamped {
  std::uint32_t device = 1;
  std::uint64_t seen = 1;
  operation op;
  hlc_stamp stamp{};
  std::uint8_t role = 0;
};

struct policy_drill {
  sabotage bug;
  operation first; ///< makes the record, at sequence 1
  std::vector<stamped> history;
};

operation form(field_write w) { return update_of(forms, record, {std::move(w)}); }
operation titled(const char* t) { return update_of(registers, record, {set(title, text(t))}); }

std::vector<policy_drill> policy_drills() {
  const auto form_with = [](std::vector<field_write> w) { return create_of(forms, record, std::move(w)); };
  const operation plain = form_with({}), registered = create_of(registers, record, {});
  return {
      {sabotage::stamps_as_text,
       registered,
       {{1, 1, titled("late"), {1080 * second_ns, 0}}, {2, 1, titled("early"), {999 * second_ns, 0}}}},
      {sabotage::stamp_dropped_on_delete,
       registered,
       {{1, 1, remove_of(registers, record), {30, 0}}, {2, 1, titled("early"), {20, 0}}}},
      {sabotage::equal_lowers_stamp,
       plain,
       {{1, 1, form(set(caption, text("x"))), {30, 0}}, {2, 1, form(set(caption, text("x"))), {10, 0}}}},
      {sabotage::removes_cancel_out,
       registered,
       {{1, 1, remove_of(registers, record), {10, 0}}, {2, 1, remove_of(registers, record), {20, 0}}}},
      {sabotage::set_replaced, plain, {{1, 1, form(insert(badges, "x"))}, {2, 1, form(insert(badges, "y"))}}},
      {sabotage::insert_spares_erases,
       form_with({insert(labels, "x")}),
       {{1, 1, form(erase(labels, "x"))}, {2, 2, form(insert(labels, "x"))}}},
      {sabotage::erase_takes_unseen,
       form_with({insert(badges, "x")}),
       {{1, 1, form(insert(badges, "x"))}, {2, 1, form(erase(badges, "x"))}}},
      {sabotage::role_ignored,
       plain,
       {{1, 1, form(set(owner, text("m"))), {}, manager}, {2, 1, form(set(owner, text("b"))), {}, buyer}}},
      {sabotage::extreme_ignored,
       plain,
       {{1, 1, form(set(highest, number(5)))}, {2, 1, form(set(highest, number(3)))}}},
      {sabotage::bounds_not_checked, plain, {{1, 1, form(add(stock, -1))}}},
      {sabotage::states_not_checked,
       form_with({set(phase, text("draft"))}),
       {{1, 1, form(set(phase, text("shipped")))}}},
  };
}

committer run(const policy_drill& d, telemetry::sabotage_set active) {
  committer server;
  server.counts = telemetry::counters(active);
  server.commit(make_intent(origin, 0, {d.first}));
  for (const stamped& s : d.history) {
    auto in = by(s.device, s.seen, s.op);
    in.stamp = s.stamp;
    server.commit(in, s.role);
  }
  return server;
}

TEST(MergeSabotage, OfThePoliciesChangesTheStateWhereItIsReached) {
#ifdef SQUALL_NO_SABOTAGE
  GTEST_SKIP() << "compiled away";
#endif
  for (const policy_drill& d : policy_drills()) {
    SCOPED_TRACE(telemetry::info(d.bug).name);
    const committer clean = run(d, {}), broken = run(d, only(d.bug));
    EXPECT_FALSE(clean.rows == broken.rows);
    EXPECT_GT(broken.counts.hits(d.bug), 0u);
    EXPECT_EQ(clean.counts.hits(d.bug), 0u);
  }
}

} // namespace
} // namespace squall::merge
