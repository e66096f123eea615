// References and unique keys, as tables of cases.
#include "tests/engine/merge/linked_world.hpp"

namespace squall::merge::linked {
namespace {

using telemetry::sabotage;

// -- removing who is referred to -----------------------------------------------------------------------------------------

TEST(References, RestrictRefusesTheRemovalWhileAReferrerLives) {
  linked_world w;
  const auto parent = w.made({});
  const auto child = w.made({set(of_restrict, parent)});
  expect(w.commit({remove_of(items, parent)}), verdict_kind::rejected, verdict_rule::reference);
  EXPECT_FALSE(w.deleted(parent));
  expect(w.commit({remove_of(items, child)}), verdict_kind::applied, verdict_rule::none);
  expect(w.commit({remove_of(items, parent)}), verdict_kind::applied, verdict_rule::none);
}

TEST(References, TaskConflictsWithTheFirstReferrersPresence) {
  linked_world w;
  const auto parent = w.made({});
  const auto first = w.made({set(of_task, parent)});
  w.made({set(of_task, parent)});
  const auto d = w.commit({remove_of(items, parent)});
  expect(d, verdict_kind::conflicted, verdict_rule::reference);
  EXPECT_EQ(d.outcome.winner, w.writer(first));
  EXPECT_EQ(d.subject, (task_subject{parent, items, whole_record}));
  EXPECT_FALSE(w.deleted(parent));
}

TEST(References, CascadeTakesReferrersAndTheirsAlong) {
  linked_world w;
  const auto parent = w.made({});
  const auto child = w.made({set(of_cascade, parent)}), other = w.made({set(of_cascade, parent)});
  const auto grandchild = w.made({set(of_cascade, child)});
  const auto bystander = w.made({set(of_nothing, parent)});
  const auto in = w.act({remove_of(items, parent)});
  const auto d = w.commit(in);
  expect(d, verdict_kind::applied, verdict_rule::none);
  EXPECT_EQ(d.rows, (std::vector{parent, child, grandchild, other})) << "each followed by its own";
  for (const auto& id : d.rows) {
    EXPECT_TRUE(w.deleted(id));
    EXPECT_EQ(w.writer(id), in.id);
  }
  EXPECT_FALSE(w.deleted(bystander));
}

TEST(References, CascadeIsAllOrNothing) {
  linked_world w;
  const auto parent = w.made({});
  const auto child = w.made({set(of_cascade, parent)});
  const auto held = w.made({set(of_restrict, child)});
  expect(w.commit({remove_of(items, parent)}), verdict_kind::rejected, verdict_rule::reference);
  EXPECT_FALSE(w.deleted(parent) || w.deleted(child) || w.deleted(held));
}

TEST(References, CascadeEndsWhereRecordsReferToEachOther) {
  linked_world w;
  const auto a = w.made({}), b = w.made({set(of_cascade, a)});
  w.commit({update_of(items, a, {set(of_cascade, b)})});
  expect(w.commit({remove_of(items, a)}), verdict_kind::applied, verdict_rule::none);
  EXPECT_TRUE(w.deleted(a) && w.deleted(b));
}

TEST(References, CascadeLeavesTheGreaterStampUnderLwwClock) {
  for (const bool later : {false, true}) {
    linked_world w;
    auto birth = w.act({create_of(stamped, {}, {})});
    birth.stamp = {100, 0};
    w.commit(birth);
    auto child = w.act({create_of(stamped, {}, {set(of_cascade, birth.operations[0].record)})});
    child.stamp = {300, 0};
    w.commit(child);
    // A parent of another collection than the reference's target has no referrers to take along.
    auto away = w.act({remove_of(stamped, birth.operations[0].record)});
    away.stamp = {later ? 400 : 200, 0};
    expect(w.commit(away), verdict_kind::applied, verdict_rule::none);
    EXPECT_FALSE(w.deleted(child.operations[0].record));

    const auto parent = w.made({});
    auto ward = w.act({create_of(stamped, {}, {set(of_cascade, parent)})});
    ward.stamp = {300, 0};
    w.commit(ward);
    auto remove = w.act({remove_of(items, parent)});
    remove.stamp = {later ? 400 : 200, 0};
    expect(w.commit(remove), verdict_kind::applied, verdict_rule::none);
    const row& r = w.rows.all.at(ward.operations[0].record);
    EXPECT_TRUE(r.deleted);
    ASSERT_TRUE(r.stamp);
    EXPECT_EQ(r.stamp.get()->holder, later ? remove.id : ward.id);
  }
}

TEST(References, ReferrersThatTheIntentRemovesOrMovesAreNone) {
  linked_world w;
  const auto parent = w.made({}), refuge = w.made({});
  const auto gone = w.made({set(of_restrict, parent)}), moved = w.made({set(of_restrict, parent)});
  expect(
      w.commit({remove_of(items, parent), remove_of(items, gone), update_of(items, moved, {set(of_restrict, refuge)})}),
      verdict_kind::applied, verdict_rule::none);
  EXPECT_FALSE(w.deleted(moved));
}

// -- referring to what is not there --------------------------------------------------------------------------------------

struct absent_case {
  field_number by;
  verdict_kind kind;
  verdict_rule rule;
};

TEST(References, ToADeletedRecordFollowTheField) {
  for (const auto& c : {absent_case{of_restrict, verdict_kind::rejected, verdict_rule::reference},
                        absent_case{of_cascade, verdict_kind::superseded, verdict_rule::reference},
                        absent_case{of_task, verdict_kind::conflicted, verdict_rule::reference},
                        absent_case{of_nothing, verdict_kind::applied, verdict_rule::none}}) {
    linked_world w;
    const auto parent = w.made({});
    const auto other = w.made({});
    const auto away = w.act({remove_of(items, parent)});
    w.commit(away);
    for (const auto& op : {new_item({set(c.by, parent)}), update_of(items, other, {set(c.by, parent)})}) {
      const auto d = w.commit({op});
      expect(d, c.kind, c.rule);
      if (c.kind == verdict_kind::superseded || c.kind == verdict_kind::conflicted) {
        EXPECT_EQ(d.outcome.winner, away.id);
      }
      if (c.kind == verdict_kind::conflicted) {
        EXPECT_EQ(d.subject, (task_subject{parent, items, whole_record}));
      }
    }
  }
}

TEST(References, ToAnUnknownRecordAreLikeOperationsOnIt) {
  linked_world w;
  const record_id missing = record_id::derive({77, 1, 1}, 0);
  for (const field_number by : {of_restrict, of_cascade, of_task}) {
    expect(w.commit({new_item({set(by, missing)})}), verdict_kind::rejected, verdict_rule::gone);
  }
  w.rows.rejected.insert(missing.creator());
  expect(w.commit({new_item({set(of_task, missing)})}), verdict_kind::rejected, verdict_rule::dependency);
}

TEST(References, ARestoreIsLookedAtAndAnUnrelatedUpdateIsNot) {
  linked_world w;
  const auto parent = w.made({});
  const auto child = w.made({set(of_restrict, parent)});
  w.commit({remove_of(items, child)});
  w.commit({remove_of(items, parent)});
  expect(w.commit({restore_of(items, child)}), verdict_kind::rejected, verdict_rule::reference);
  expect(w.commit({restore_of(items, parent), restore_of(items, child)}), verdict_kind::applied, verdict_rule::none);
  w.rows.all.at(parent).deleted = true; // as nothing here could leave it
  expect(w.commit({update_of(items, child, {set(site, number(1)), set(of_restrict, parent)})}), verdict_kind::applied,
         verdict_rule::none);
}

TEST(References, ToARecordOfTheSameIntentAreGood) {
  linked_world w;
  auto in = w.act({new_item({}), new_item({})});
  in.operations[1].writes = {set(of_restrict, in.operations[0].record)};
  expect(w.commit(in), verdict_kind::applied, verdict_rule::none);
}

// -- keys ----------------------------------------------------------------------------------------------------------------

TEST(Keys, TheSecondTwinConflictsWithTheNewestWriterOfTheKey) {
  linked_world w;
  const auto first = w.made({set(name, text("a"))});
  const auto rename = w.act({update_of(items, first, {set(name, text("b"))})});
  w.commit(rename);
  const auto d = w.commit({new_item({set(name, text("b"))})});
  expect(d, verdict_kind::conflicted, verdict_rule::unique);
  EXPECT_EQ(d.outcome.winner, rename.id);
  EXPECT_EQ(d.subject, (task_subject{first, items, unique_key_subject(0)}));
  expect(w.commit({new_item({set(name, text("a"))})}), verdict_kind::applied, verdict_rule::none);
}

TEST(Keys, OfSeveralFieldsAreTakenOnlyAsAWholeAndFreeWithoutAValue) {
  linked_world w;
  w.made({set(site, number(1))});
  w.made({set(site, number(1))}); // neither has a name
  const auto a = w.made({set(name, text("a")), set(site, number(1))});
  const auto b = w.made({set(name, text("b")), set(site, number(1))});
  const auto d = w.commit({update_of(items, b, {set(name, text("a"))})});
  expect(d, verdict_kind::conflicted, verdict_rule::unique);
  EXPECT_EQ(d.subject.field, unique_key_subject(0)) << "the first key decides";
  EXPECT_EQ(d.subject.record, a);
}

TEST(Keys, ARemovedRecordFreesItsKeyAndARestoreAsksForIt) {
  linked_world w;
  const auto first = w.made({set(name, text("a"))});
  w.commit({remove_of(items, first)});
  const auto second = w.made({set(name, text("a"))});
  const auto d = w.commit({restore_of(items, first)});
  expect(d, verdict_kind::conflicted, verdict_rule::unique);
  EXPECT_EQ(d.subject.record, second);
  EXPECT_TRUE(w.deleted(first));
}

TEST(Keys, SwappedInOneIntentAreGood) {
  linked_world w;
  const auto a = w.made({set(name, text("a"))}), b = w.made({set(name, text("b"))});
  expect(w.commit({update_of(items, a, {set(name, text("b"))}), update_of(items, b, {set(name, text("a"))})}),
         verdict_kind::applied, verdict_rule::none);
}

TEST(Keys, AWriteThatDoesNotChangeTheKeyIsNotLookedAt) {
  linked_world w;
  const auto a = w.made({set(name, text("a"))}), b = w.made({set(name, text("b"))});
  w.rows.all.at(b).fields[name].current = text("a"); // as nothing here could leave it
  expect(w.commit({update_of(items, a, {set(site, number(1))})}), verdict_kind::applied, verdict_rule::none);
}

TEST(Keys, NumbersDifferWithCollectionKeyAndKindOfValue) {
  row r{.id = {1, 1, 256}, .collection = items, .fields = std::vector<cell>(6)};
  r.fields[name].current = text("1");
  EXPECT_FALSE(key_number(linked_model(), r, 1)) << "no site";
  const auto alone = key_number(linked_model(), r, 0);
  r.fields[site].current = number(1);
  EXPECT_EQ(key_number(linked_model(), r, 0), alone);
  EXPECT_NE(key_number(linked_model(), r, 1), alone);
  EXPECT_EQ(key_numbers(linked_model(), r).size(), 2u);
  r.deleted = true;
  EXPECT_TRUE(key_numbers(linked_model(), r).empty());
}

// -- pending intents -----------------------------------------------------------------------------------------------------

TEST(Constraints, HoldNoPendingIntentBackButCascadesShow) {
  linked_world w;
  const auto parent = w.made({set(name, text("a"))});
  const auto restricted = w.made({set(of_restrict, parent)}), taken = w.made({set(of_cascade, parent)});
  EXPECT_TRUE(w.judge(w.act({new_item({set(name, text("a"))})}), pending_sequence).committed());
  EXPECT_TRUE(w.judge(w.act({remove_of(items, parent)}), pending_sequence).committed());
  EXPECT_FALSE(w.deleted(restricted));
  EXPECT_TRUE(w.deleted(taken));
  EXPECT_TRUE(w.judge(w.act({new_item({set(of_task, parent)})}), pending_sequence).committed());
}

// -- sabotage ---------------------------------------------------------------------------------------------------------

TEST(ConstraintSabotage, CascadeForgets) {
  linked_world w;
  w.counts = telemetry::counters(only(sabotage::cascade_forgets));
  const auto parent = w.made({});
  const auto child = w.made({set(of_cascade, parent)});
  w.commit({remove_of(items, parent)});
  EXPECT_FALSE(w.deleted(child));
  EXPECT_GT(w.counts.hits(sabotage::cascade_forgets), 0u);
}

} // namespace
} // namespace squall::merge::linked
