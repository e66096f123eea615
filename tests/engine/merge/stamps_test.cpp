// lww_clock: a record as one register, and a field by stamps.
#include "tests/engine/merge/world.hpp"

#include <gtest/gtest.h>

namespace squall::merge {
namespace {

using kind = verdict_kind;
using rule = verdict_rule;

const intent_id origin{9, 1, 1};
const record_id record = record_id::derive(origin, 0);

/// By `device`, who had seen everything up to `seen`, at wall time `wall`.
intent at(std::uint32_t device, std::uint64_t seen, time_ns wall, std::vector<operation> ops, std::uint64_t seq = 1) {
  auto in = make_intent({device, 1, seq}, seen, std::move(ops));
  in.stamp = {wall, 0};
  return in;
}
operation retitle(const char* to) { return update_of(registers, record, {set(title, text(to))}); }
operation remove() { return remove_of(registers, record); }
operation restore() { return restore_of(registers, record); }

struct Register : testing::Test {
  Register() {
    EXPECT_TRUE(server.commit(at(9, 0, 10, {create_of(registers, record, {set(title, text("old"))})})).committed());
  }
  value title_now() const { return server.at(record, title).current; }
  committer server;
};

void expect_superseded(const decision& d, const intent_id& winner, rule why = rule::later_stamp) {
  EXPECT_EQ(d.outcome.kind, kind::superseded) << to_string(d.outcome.kind);
  EXPECT_EQ(d.outcome.rule, why) << to_string(d.outcome.rule);
  EXPECT_EQ(d.outcome.winner, winner);
}

TEST_F(Register, TheGreaterStampStandsInWhicheverOrderTheyCommit) {
  EXPECT_EQ(server.commit(at(1, 1, 30, {retitle("late")})).outcome.kind, kind::applied);
  expect_superseded(server.commit(at(2, 1, 20, {retitle("early")})), {1, 1, 1});
  EXPECT_EQ(title_now(), text("late"));
  EXPECT_EQ(server.commit(at(3, 1, 40, {retitle("later")})).outcome.kind, kind::applied);
  EXPECT_EQ(title_now(), text("later"));
}

TEST_F(Register, EqualStampsAreToldApartByTheIntent) {
  ASSERT_TRUE(server.commit(at(2, 1, 20, {retitle("two")})).committed());
  expect_superseded(server.commit(at(1, 1, 20, {retitle("one")})), {2, 1, 1});
  EXPECT_TRUE(server.commit(at(3, 1, 20, {retitle("three")})).committed());
}

TEST_F(Register, ADeleteCompetesByItsStamp) {
  ASSERT_TRUE(server.commit(at(1, 1, 30, {retitle("kept")})).committed());
  expect_superseded(server.commit(at(2, 1, 20, {remove()})), {1, 1, 1});
  EXPECT_FALSE(server.deleted(record));
  EXPECT_EQ(server.commit(at(3, 1, 40, {remove()})).outcome.kind, kind::applied);
  EXPECT_TRUE(server.deleted(record));
}

TEST_F(Register, ATombstoneKeepsItsStamp) {
  ASSERT_TRUE(server.commit(at(1, 1, 30, {remove()})).committed());
  expect_superseded(server.commit(at(2, 1, 20, {retitle("early")})), {1, 1, 1});
  EXPECT_TRUE(server.deleted(record));
  EXPECT_EQ(server.commit(at(3, 1, 40, {retitle("late")})).outcome.kind, kind::applied) << "revives it";
  EXPECT_FALSE(server.deleted(record));
  EXPECT_EQ(title_now(), text("late"));
  EXPECT_EQ(server.rows.all.at(record).presence_writer, (intent_id{3, 1, 1}));
}

TEST_F(Register, AnUpdateThatSawTheDeleteIsGoneWhateverItsStamp) {
  ASSERT_TRUE(server.commit(at(1, 1, 30, {remove()})).committed());
  const auto d = server.commit(at(2, 2, 40, {retitle("late")}));
  EXPECT_EQ(d.outcome.kind, kind::rejected);
  EXPECT_EQ(d.outcome.rule, rule::gone);
}

TEST_F(Register, ASecondRemoveRaisesTheStampAndNothingElse) {
  ASSERT_TRUE(server.commit(at(1, 1, 20, {remove()})).committed());
  const auto again = server.commit(at(2, 1, 40, {remove()}));
  EXPECT_EQ(again.outcome.kind, kind::applied);
  EXPECT_EQ(again.rows, std::vector{record}) << "the feed must bring the stamp";
  EXPECT_EQ(server.rows.all.at(record).presence_writer, (intent_id{1, 1, 1}));
  expect_superseded(server.commit(at(3, 1, 30, {retitle("between")})), {2, 1, 1});
  expect_superseded(server.commit(at(4, 1, 30, {remove()})), {2, 1, 1});
}

TEST_F(Register, RestoreCompetesToo) {
  ASSERT_TRUE(server.commit(at(1, 1, 30, {remove()})).committed());
  expect_superseded(server.commit(at(2, 1, 20, {restore()})), {1, 1, 1});
  EXPECT_TRUE(server.commit(at(3, 1, 40, {restore()})).committed());
  EXPECT_FALSE(server.deleted(record));
}

TEST_F(Register, OperationsOfOneIntentDoNotCompete) {
  const auto d = server.commit(at(1, 1, 20, {retitle("a"), remove(), restore(), retitle("b")}));
  EXPECT_EQ(d.outcome.kind, kind::applied);
  EXPECT_EQ(title_now(), text("b"));
}

TEST_F(Register, WhatIsSupersededAsAWholeIsListedWhereTheRestCommits) {
  ASSERT_TRUE(server.commit(at(1, 1, 30, {retitle("x")})).committed());
  const intent_id me{2, 1, 1};
  const auto own = record_id::derive(me, 0);
  auto in = at(2, 1, 20, {create_of(registers, own, {}), retitle("y"), remove()});
  in.operations[1].writes.push_back(set(quantity, number(1)));
  const auto d = server.commit(in);
  EXPECT_EQ(d.outcome.kind, kind::merged);
  ASSERT_EQ(d.outcome.fields.size(), 3u);
  EXPECT_EQ(d.outcome.fields[0].field, title);
  EXPECT_EQ(d.outcome.fields[1].field, quantity);
  EXPECT_EQ(d.outcome.fields[2].field, whole_record);
  for (const auto& f : d.outcome.fields) {
    EXPECT_EQ(f.rule, rule::later_stamp);
    EXPECT_EQ(f.winner, (intent_id{1, 1, 1}));
  }
}

TEST_F(Register, ACounterIsOnlySet) {
  EXPECT_EQ(server.commit(at(1, 1, 20, {update_of(registers, record, {add(count, 1)})})).outcome.rule, rule::malformed);
  EXPECT_TRUE(server.commit(at(1, 1, 20, {update_of(registers, record, {set(count, number(4))})}, 2)).committed());
}

// -- one field by stamps --------------------------------------------------------------------------------------------------

struct StampedField : testing::Test {
  StampedField() {
    EXPECT_TRUE(server.commit(at(9, 0, 10, {create_of(forms, record, {set(caption, text("old"))})})).committed());
  }
  static operation recaption(const char* to) { return update_of(forms, record, {set(caption, text(to))}); }
  committer server;
};

TEST_F(StampedField, TheGreaterStampStandsAmongConcurrentWrites) {
  ASSERT_TRUE(server.commit(at(1, 1, 30, {recaption("late")})).committed());
  expect_superseded(server.commit(at(2, 1, 20, {recaption("early")})), {1, 1, 1});
  EXPECT_EQ(server.commit(at(3, 1, 40, {recaption("later")})).outcome.kind, kind::applied);
  EXPECT_EQ(server.at(record, caption).current, text("later"));
}

TEST_F(StampedField, WhoSawItNeedsNoGreaterStamp) {
  ASSERT_TRUE(server.commit(at(1, 1, 30, {recaption("late")})).committed());
  EXPECT_EQ(server.commit(at(2, 2, 20, {recaption("bounded")})).outcome.kind, kind::applied);
  EXPECT_EQ(server.at(record, caption).current, text("bounded"));
}

TEST_F(StampedField, AnEqualValueWithTheSmallerStampChangesNothing) {
  ASSERT_TRUE(server.commit(at(1, 1, 30, {recaption("same")})).committed());
  const auto before = server.rows;
  const auto d = server.commit(at(2, 1, 20, {recaption("same")}));
  EXPECT_EQ(d.outcome.kind, kind::applied);
  EXPECT_TRUE(d.rows.empty());
  EXPECT_EQ(server.rows, before);
  expect_superseded(server.commit(at(3, 1, 25, {recaption("between")})), {1, 1, 1});
}

TEST_F(StampedField, AnEqualValueWithTheGreaterStampRaisesIt) {
  ASSERT_TRUE(server.commit(at(1, 1, 20, {recaption("same")})).committed());
  ASSERT_TRUE(server.commit(at(2, 1, 40, {recaption("same")})).committed());
  expect_superseded(server.commit(at(3, 1, 30, {recaption("between")})), {2, 1, 1});
}

} // namespace
} // namespace squall::merge
