// Field rules by role, extreme and people; limits; hashes; and the collections that ask people or declare their deletes.
#include "engine/base/hash.hpp"
#include "tests/engine/merge/world.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace squall::merge {
namespace {

using kind = verdict_kind;
using rule = verdict_rule;

const intent_id origin{9, 1, 1};
const record_id record = record_id::derive(origin, 0);

intent by(std::uint32_t device, std::uint64_t seen, operation op, std::uint64_t seq = 1) {
  return make_intent({device, 1, seq}, seen, {std::move(op)});
}

committer with(collection_number c, std::vector<field_write> writes) {
  committer server;
  EXPECT_TRUE(server.commit(make_intent(origin, 0, {create_of(c, record, std::move(writes))})).committed());
  return server;
}

operation form(field_write w) { return update_of(forms, record, {std::move(w)}); }

TEST(RolePrecedence, TheHigherRoleStandsAndEqualOnesGoByCommit) {
  committer server = with(forms, {});
  ASSERT_TRUE(server.commit(by(1, 1, form(set(owner, text("buyer's")))), buyer).committed());
  ASSERT_TRUE(server.commit(by(2, 1, form(set(owner, text("manager's")))), manager).committed());
  const auto d = server.commit(by(3, 1, form(set(owner, text("other buyer's")))), buyer);
  EXPECT_EQ(d.outcome.kind, kind::superseded);
  EXPECT_EQ(d.outcome.rule, rule::role);
  EXPECT_EQ(d.outcome.winner, (intent_id{2, 1, 1}));
  EXPECT_EQ(server.commit(by(4, 1, form(set(owner, text("nobody's")))), 7).outcome.rule, rule::role) << "not listed";
  EXPECT_TRUE(server.commit(by(5, 1, form(set(owner, text("second manager's")))), manager).committed());
  EXPECT_TRUE(server.commit(by(6, 6, form(set(owner, text("who saw it")))), buyer).committed()) << "not concurrent";
  EXPECT_EQ(server.at(record, owner).current, text("who saw it"));
}

TEST(Extremes, KeepTheGreaterAndTheSmaller) {
  committer server = with(forms, {});
  const auto both = [&](std::uint32_t device, std::int64_t n) {
    return server.commit(by(device, 1, update_of(forms, record, {set(highest, number(n)), set(lowest, number(n))})));
  };
  EXPECT_EQ(both(1, 5).outcome.kind, kind::applied);
  const auto greater = both(2, 7);
  EXPECT_EQ(greater.outcome.kind, kind::merged);
  ASSERT_EQ(greater.outcome.fields.size(), 1u);
  EXPECT_EQ(greater.outcome.fields[0].field, lowest);
  EXPECT_EQ(greater.outcome.fields[0].rule, rule::extreme);
  EXPECT_EQ(both(3, 6).outcome.kind, kind::superseded);
  EXPECT_EQ(server.at(record, highest).current, number(7));
  EXPECT_EQ(server.at(record, lowest).current, number(5));
}

TEST(ManualField, AConcurrentOtherValueIsForAPersonAndNothingOfItsIntentApplies) {
  committer server = with(forms, {});
  ASSERT_TRUE(server.commit(by(1, 1, form(set(decided, text("yes"))))).committed());
  const auto before = server.rows;
  const auto d = server.commit(by(2, 1, update_of(forms, record, {set(caption, text("x")), set(decided, text("no"))})));
  EXPECT_EQ(d.outcome.kind, kind::conflicted);
  EXPECT_EQ(d.outcome.rule, rule::manual);
  EXPECT_EQ(d.outcome.winner, (intent_id{1, 1, 1}));
  EXPECT_EQ(d.subject, (task_subject{record, forms, decided}));
  EXPECT_EQ(server.rows, before);
  EXPECT_TRUE(server.commit(by(3, 1, form(set(decided, text("yes"))))).committed()) << "equal";
  EXPECT_TRUE(server.commit(by(4, 3, form(set(decided, text("no"))))).committed()) << "seen";
}

// -- manual collections ---------------------------------------------------------------------------------------------------

operation paper(field_write w) { return update_of(papers, record, {std::move(w)}); }

TEST(ManualCollection, AnyUnseenWriteOfTheRecordMakesATask) {
  committer server = with(papers, {set(title, text("old"))});
  ASSERT_TRUE(server.commit(by(1, 1, paper(set(title, text("new"))))).committed());
  ASSERT_TRUE(server.commit(by(2, 2, paper(set(quantity, number(1))))).committed());
  const auto d = server.commit(by(3, 2, paper(add(count, 1))));
  EXPECT_EQ(d.outcome.kind, kind::conflicted);
  EXPECT_EQ(d.outcome.rule, rule::manual);
  EXPECT_EQ(d.outcome.winner, (intent_id{2, 1, 1})) << "the newest that it had not seen";
  EXPECT_EQ(d.subject, (task_subject{record, papers, whole_record}));
  EXPECT_TRUE(server.commit(by(4, 3, paper(add(count, 1)))).committed());
}

TEST(ManualCollection, WhatWouldChangeNothingIsNoConflict) {
  committer server = with(papers, {set(title, text("old")), insert(tags, "t")});
  ASSERT_TRUE(server.commit(by(1, 1, paper(set(title, text("new"))))).committed());
  EXPECT_TRUE(server.commit(by(2, 1, paper(set(title, text("new"))))).committed());
  EXPECT_TRUE(server.commit(by(3, 1, paper(add(count, 0)))).committed());
  EXPECT_TRUE(server.commit(by(4, 1, paper(insert(tags, "t")))).committed());
  EXPECT_TRUE(server.commit(by(5, 1, paper(erase(tags, "u")))).committed());
  EXPECT_EQ(server.commit(by(6, 1, paper(erase(tags, "t")))).outcome.kind, kind::conflicted);
}

TEST(ManualCollection, AnUnseenRestoreCounts) {
  committer server = with(papers, {set(title, text("old"))});
  ASSERT_TRUE(server.commit(by(1, 1, remove_of(papers, record))).committed());
  ASSERT_TRUE(server.commit(by(2, 2, restore_of(papers, record))).committed());
  const auto d = server.commit(by(3, 1, paper(set(title, text("new")))));
  EXPECT_EQ(d.outcome.rule, rule::manual);
  EXPECT_EQ(d.outcome.winner, (intent_id{2, 1, 1}));
}

TEST(ManualCollection, DeleteAgainstUpdateIsATaskEitherWay) {
  committer server = with(papers, {set(title, text("old"))});
  ASSERT_TRUE(server.commit(by(1, 1, paper(set(title, text("new"))))).committed());
  EXPECT_EQ(server.commit(by(2, 1, remove_of(papers, record))).outcome.rule, rule::delete_update);
  ASSERT_TRUE(server.commit(by(3, 2, remove_of(papers, record))).committed());
  EXPECT_EQ(server.commit(by(4, 2, paper(set(title, text("x"))))).outcome.kind, kind::conflicted);
}

// -- crdt deletes -----------------------------------------------------------------------------------------------------------

TEST(CrdtDeletes, UnderAddWinsAnUnseenWriteKeepsOrRevivesTheRecord) {
  for (const bool remove_first : {false, true}) {
    committer server = with(carts, {});
    const auto removal = by(1, 1, remove_of(carts, record));
    const auto update = by(2, 1, update_of(carts, record, {add(stock, 3)}));
    const auto first = server.commit(remove_first ? removal : update);
    const auto second = server.commit(remove_first ? update : removal);
    EXPECT_EQ(first.outcome.kind, kind::applied);
    EXPECT_EQ(second.outcome.kind, remove_first ? kind::applied : kind::superseded);
    EXPECT_EQ(second.outcome.rule, remove_first ? rule::none : rule::delete_update);
    EXPECT_FALSE(server.deleted(record));
    EXPECT_EQ(server.at(record, stock).current, number(3));
  }
}

TEST(CrdtDeletes, AnUpdateThatRevivesCommitsWhateverItsWritesComeTo) {
  committer server = with(carts, {});
  ASSERT_TRUE(server.commit(by(1, 1, update_of(carts, record, {set(highest, number(9))}))).committed());
  ASSERT_TRUE(server.commit(by(2, 2, remove_of(carts, record))).committed());
  const auto d = server.commit(by(3, 1, update_of(carts, record, {set(highest, number(4))})));
  EXPECT_EQ(d.outcome.kind, kind::merged);
  ASSERT_EQ(d.outcome.fields.size(), 1u);
  EXPECT_EQ(d.outcome.fields[0].rule, rule::extreme);
  EXPECT_FALSE(server.deleted(record));
}

TEST(CrdtDeletes, UnderRemoveWinsTheRecordGoesEitherWay) {
  for (const bool remove_first : {false, true}) {
    committer server = with(shelves, {});
    const auto removal = by(1, 1, remove_of(shelves, record));
    const auto update = by(2, 1, update_of(shelves, record, {add(stock, 3)}));
    EXPECT_TRUE(server.commit(remove_first ? removal : update).committed());
    EXPECT_EQ(server.commit(remove_first ? update : removal).outcome.kind,
              remove_first ? kind::superseded : kind::applied);
    EXPECT_TRUE(server.deleted(record));
  }
}

// -- limits -----------------------------------------------------------------------------------------------------------------

TEST(Bounds, RejectWhatWouldLeaveThem) {
  committer server = with(forms, {add(stock, 5)});
  const auto take = [&](std::uint64_t seq, std::int64_t n) {
    return server.commit(by(1, 1, form(add(stock, n)), seq)).outcome;
  };
  EXPECT_EQ(take(1, -6).rule, rule::bound);
  EXPECT_EQ(take(2, -6).kind, kind::rejected);
  EXPECT_EQ(take(3, -5).kind, kind::applied) << "at the bound is within";
  EXPECT_EQ(take(4, 101).rule, rule::bound);
  EXPECT_EQ(take(5, 100).kind, kind::applied);
}

TEST(Bounds, AreLookedAtWhenAllOperationsAreDone) {
  committer server = with(forms, {add(stock, 5)});
  const auto d = server.commit(make_intent({1, 1, 1}, 1, {form(add(stock, -10)), form(add(stock, 8))}));
  EXPECT_EQ(d.outcome.kind, kind::applied);
  EXPECT_EQ(server.at(record, stock).current, number(3));
}

TEST(Bounds, HoldForCreates) {
  committer server;
  EXPECT_EQ(server.commit(make_intent(origin, 0, {create_of(forms, record, {add(stock, 101)})})).outcome.rule,
            rule::bound);
  EXPECT_TRUE(server.rows.all.empty());
}

TEST(States, FollowTheirTable) {
  committer server = with(forms, {set(phase, text("draft"))});
  const auto go = [&](std::uint64_t seq, const char* to) {
    return server.commit(by(1, 1, form(set(phase, text(to))), seq)).outcome;
  };
  EXPECT_EQ(go(1, "shipped").rule, rule::state);
  EXPECT_EQ(go(2, "odd").rule, rule::state);
  EXPECT_EQ(go(3, "draft").kind, kind::applied) << "equal";
  EXPECT_EQ(go(4, "approved").kind, kind::applied);
  EXPECT_EQ(go(5, "cancelled").rule, rule::state);
  EXPECT_EQ(go(6, "shipped").kind, kind::applied);
}

TEST(States, OfWhatTheIntentLeavesAgainstWhatItFound) {
  committer server = with(forms, {set(phase, text("draft"))});
  const auto two = [&](const char* a, const char* b) {
    return server.commit(make_intent({1, 1, 1}, 1, {form(set(phase, text(a))), form(set(phase, text(b)))})).outcome;
  };
  EXPECT_EQ(two("approved", "shipped").rule, rule::state);
  EXPECT_EQ(two("shipped", "approved").kind, kind::applied);
}

TEST(States, AnyListedOneMayBeTheFirst) {
  EXPECT_TRUE(with(forms, {set(phase, text("shipped"))}).rows.find(record) != nullptr);
  committer server = with(forms, {});
  EXPECT_EQ(server.commit(by(1, 1, form(set(phase, text("odd"))))).outcome.rule, rule::state);
  EXPECT_TRUE(server.commit(by(2, 1, form(set(phase, text("approved"))))).committed());
}

TEST(Limits, BoundsComeBeforeStates) {
  committer server = with(forms, {add(stock, 5), set(phase, text("draft"))});
  const auto d = server.commit(make_intent({1, 1, 1}, 1, {form(set(phase, text("odd"))), form(add(stock, -9))}));
  EXPECT_EQ(d.outcome.rule, rule::bound);
}

// -- hash ---------------------------------------------------------------------------------------------------------------------

TEST(DerivedHash, IsTheSumOfItsChildrensBytesHashed) {
  const derivation how{derivation_kind::hash, records, parent, {title, quantity}};
  EXPECT_EQ(derive(how, {}), 0);
  row child;
  child.id = record;
  child.fields.resize(7);
  child.fields[title].current = text("t");
  std::string bytes;
  const auto number_of = [&](std::int64_t n) {
    for (int i = 0; i < 8; ++i)
      bytes.push_back(static_cast<char>(static_cast<std::uint64_t>(n) >> (8 * i)));
  };
  number_of(digest_of(value{record}).number);
  bytes.push_back(2);
  number_of(digest_of_text("t").number);
  bytes.push_back(0);
  number_of(0);
  const auto one = content_hash(bytes);
  EXPECT_EQ(derive(how, {&child}), static_cast<std::int64_t>(one));
  EXPECT_EQ(derive(how, {&child, &child}), static_cast<std::int64_t>(2 * one)) << "wraps";
  child.fields[quantity].current = number(0);
  EXPECT_NE(derive(how, {&child}), static_cast<std::int64_t>(one)) << "0 is not nothing";
}

} // namespace
} // namespace squall::merge
