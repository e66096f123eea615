// Histories in which records move between scopes: each place where a move is told of, with one thing wrong.
#include "tests/reports/invariants/office.hpp"

namespace squall::told {
namespace {

bool exit_of(const entry& e) {
  return e.kind == entry_kind::feed_row && e.code == static_cast<std::uint8_t>(row_code::exit);
}

// -- judged -------------------------------------------------------------------------------------------------------------------

TEST(Move, FailsIfItIsCommittedWithoutAGrantForBoth) {
  office o;
  o.does(2, move("boxes", o.box, 2));
  expect_fails(o.t, "authorization", "effect without a grant");
}

TEST(Move, FailsIfItLeavesAReferrerBehind) {
  office o;
  o.t.put(1, {create("items", {set("box", ref(o.box))})});
  o.does(1, move("boxes", o.box, 2));
  expect_fails(o.t, "policy", "committed against the policy");
}

TEST(Move, FailsIfNothingStoodAgainstIt) {
  office o;
  const auto stays = o.t.write(1, {move("boxes", o.box, 2)});
  o.t.send(1);
  o.t.refuse(stays, verdict_code::rejected, rule_code::reference);
  o.t.answer(1);
  expect_fails(o.t, "no_lost_write", "refused without a reason");
}

TEST(Move, IsMalformedIfItNamesATask) {
  office o;
  auto with_task = move("boxes", o.box, 2);
  with_task.task = 1;
  const auto stays = o.t.write(1, {with_task});
  o.t.send(1);
  o.t.refuse(stays, verdict_code::rejected, rule_code::malformed);
  o.t.answer(1);
  o.end();
  expect_none(o.t);
}

TEST(Move, OfATwinOpensATaskThere) {
  office o;
  const auto second = o.t.put(1, {create("boxes", {set("name", "blue")})});
  const auto twin = o.t.record(second);
  o.does(1, move("boxes", twin, 2));
  o.t.pull(1);
  o.does(1, update("boxes", twin, {set("name", "red")}));
  o.all_pull();
  const auto stays = o.t.write(1, {move("boxes", o.box, 2)});
  o.t.send(1);
  o.t.conflict(stays, rule_code::unique, stays - 1, twin, "key");
  o.t.answer(1);
  o.end();
  expect_none(o.t);
  o.t.erase([](const entry& e) {
    return (e.kind == entry_kind::export_task || e.kind == entry_kind::export_branch) && e.actor == 0;
  });
  expect_fails(o.t, "policy", "open task not shown");
}

TEST(Move, FailsIfAnIntentThatNamesTheOldScopeTakesEffect) {
  office o;
  const auto late = o.t.write(2, {update("boxes", o.box, {set("status", "sent")})});
  o.move_box();
  o.t.send(2);
  o.t.commit(late);
  expect_fails(o.t, "authorization", "effect without a grant");
}

// -- served -------------------------------------------------------------------------------------------------------------------

TEST(Move, FailsIfTheOldScopeIsNotToldOfIt) {
  office o;
  o.move_box();
  o.t.erase([](const entry& e) { return exit_of(e) && e.peer == 2; });
  expect_only(o.t, "feed_complete", "entry incomplete");
}

TEST(Move, FailsIfAnExitIsServedAsADeletion) {
  office o;
  o.move_box();
  o.t.last(entry_kind::feed_row, exit_of).code = static_cast<std::uint8_t>(row_code::deleted);
  expect_only(o.t, "feed_complete", "exit not served as one");
}

TEST(Move, FailsIfADeletionIsServedAsAnExit) {
  office o;
  o.t.put(1, {remove("notes", o.note)});
  o.t.last(entry_kind::feed_row).code = static_cast<std::uint8_t>(row_code::exit);
  expect_only(o.t, "feed_complete", "exit not served as one");
}

TEST(Move, FailsIfTheNewScopeGetsItInPart) {
  office o;
  o.move_box();
  const auto status = o.t.field("boxes", "status");
  o.t.erase([&](const entry& e) {
    return e.kind == entry_kind::feed_field && e.scope == 2 && e.peer == 3 && e.record == o.box && e.field == status;
  });
  expect_only(o.t, "feed_complete", "entry incomplete");
}

TEST(Move, FailsIfTheNewScopeHasNoEntryOfIt) {
  office o;
  o.move_box();
  bool inside = false;
  o.t.erase([&](const entry& e) {
    if (e.kind == entry_kind::feed_entry)
      inside = e.scope == 2 && e.peer == 3;
    else if (e.kind != entry_kind::feed_row && e.kind != entry_kind::feed_field)
      inside = false;
    return inside;
  });
  expect_fails(o.t, "feed_complete", "page ends beyond what it holds");
}

TEST(Move, FailsIfItDatesWhatItBrings) {
  office o;
  o.move_box();
  auto& brought = o.t.last(entry_kind::feed_field, [&](const entry& e) { return e.scope == 2 && e.record == o.box; });
  brought.s = o.t.last(entry_kind::intent_committed).s;
  expect_only(o.t, "feed_complete", "served in another order");
}

TEST(Move, FailsIfTheOldScopeGetsWhatIsInTheNewOne) {
  office o;
  o.move_box();
  o.does(1, update("boxes", o.box, {set("status", "sent")}));
  o.t.pull(2);
  const auto head = o.t.last(entry_kind::intent_committed).s;
  o.t.tell({.kind = entry_kind::page_served, .peer = 2, .scope = 1, .s = head, .value = 3, .ref = 2, .aux = 1});
  o.t.tell({.kind = entry_kind::feed_entry, .intent = o.moved, .peer = 2, .scope = 1, .s = 3, .ref = 2});
  o.t.tell({.kind = entry_kind::feed_row,
            .record = o.box,
            .collection = o.t.collection("boxes"),
            .peer = 2,
            .scope = 1,
            .s = 3});
  const auto is = judge_tale(o.t);
  EXPECT_TRUE(is.failed().contains("authorization")) << explain(is);
}

TEST(Move, MayHideAnEarlierEntryOfTheSamePage) {
  office o;
  o.does(1, update("boxes", o.box, {set("status", "sent")}));
  o.does(1, move("boxes", o.box, 2));
  o.t.pull(2);
  auto early = o.t;
  // The entry before the move, too, tells only that the box has left.
  const auto sent = early.last(entry_kind::intent_committed).s - 1;
  early.last(entry_kind::feed_row, [&](const entry& e) { return e.s == sent; }).code =
      static_cast<std::uint8_t>(row_code::exit);
  early.erase([&](const entry& e) { return e.kind == entry_kind::feed_field && e.peer == 2 && e.s == sent; });
  expect_none(early);
}

// -- shown --------------------------------------------------------------------------------------------------------------------

TEST(Move, FailsIfARecordIsShownWhereItWas) {
  office o;
  o.move_box();
  o.t.read(2, o.box);
  auto& row = o.t.last(entry_kind::row_read);
  row.code = static_cast<std::uint8_t>(presence_code::live);
  expect_only(o.t, "no_resurrection", "row shown where it is not");
}

TEST(Move, FailsIfARecordIsExportedInBothScopes) {
  office o;
  o.move_box();
  o.end();
  auto row = o.t.first(entry_kind::export_row, [&](const entry& e) { return e.record == o.box && e.actor == 3; });
  row.scope = 1;
  o.t.insert_after(o.t.first(entry_kind::export_began, [](const entry& e) { return e.actor == 3 && e.scope == 1; }),
                   row);
  expect_fails(o.t, "no_resurrection", "row shown where it is not");
}

TEST(Move, FailsIfAnExitIsTakenForADeletion) {
  office o;
  o.move_box();
  o.end();
  auto row = o.t.first(entry_kind::export_row, [&](const entry& e) { return e.record == o.box && e.actor == 3; });
  row.scope = 1;
  row.code = static_cast<std::uint8_t>(presence_code::deleted);
  o.t.insert_after(o.t.first(entry_kind::export_began, [](const entry& e) { return e.actor == 2 && e.scope == 1; }),
                   row);
  expect_only(o.t, "no_resurrection", "row shown where it is not");
}

TEST(Move, FailsIfTheServerKeepsItInTheOldScope) {
  office o;
  o.move_box();
  o.end();
  for (auto& e : o.t.entries)
    if (e.kind == entry_kind::export_row && e.actor == 0 && e.record == o.label)
      e.code = static_cast<std::uint8_t>(presence_code::absent);
  const auto is = judge_tale(o.t);
  EXPECT_TRUE(is.failed().contains("policy")) << explain(is);
}

TEST(Move, FailsIfItIsLostOnTheWay) {
  office o;
  o.move_box();
  o.end();
  o.t.erase([&](const entry& e) {
    return (e.kind == entry_kind::export_row || e.kind == entry_kind::export_field) && e.actor == 3 &&
           (e.record == o.box || e.record == o.label);
  });
  expect_fails(o.t, "convergence", "live row not shown");
}

TEST(Move, FailsIfAPendingOneIsShownInItsOldScope) {
  office o;
  o.t.write(1, {move("boxes", o.box, 2)});
  o.t.export_all();
  expect_none(o.t);
  auto row = o.t.last(entry_kind::export_row, [&](const entry& e) { return e.record == o.box && e.actor == 1; });
  o.t.last(entry_kind::export_row, [&](const entry& e) { return e.record == o.box && e.actor == 1; }).scope = 1;
  const auto visible_1 = [&](const entry& e) {
    return e.actor == 1 && e.scope == 1 && e.code == static_cast<std::uint8_t>(view_code::visible);
  };
  row.scope = 1;
  o.t.insert_after(o.t.last(entry_kind::export_began, visible_1), row);
  expect_fails(o.t, "no_resurrection", "row shown where it is not");
}

TEST(Move, FailsIfAGroupIsAppliedInOneScopeOnly) {
  office o;
  o.move_box();
  o.t.erase([&](const entry& e) {
    return e.kind == entry_kind::group_applied && e.actor == 3 && e.scope == 2 && e.intent == o.moved;
  });
  expect_only(o.t, "atomicity", "cursor ahead of what was applied");
}

TEST(Monotonic, FailsIfACursorGoesBackInOneScope) {
  office o;
  o.move_box();
  o.t.tell({.kind = entry_kind::cursor_moved, .actor = 3, .scope = 2, .s = 0, .ref = 3, .aux = 1});
  expect_fails(o.t, "monotonic_reads", "cursor goes back");
}

// Device 3 follows the box to the second team and sees it leave that, while its cursor in the first is from before all that.
TEST(Move, ThereAndBackLeavesARecordNowhereUntilTheCursorHasReachedThat) {
  office o;
  o.moved = o.does(1, move("boxes", o.box, 2));
  o.t.pull(1);
  o.t.pull_scope(3, 2);
  o.t.read(3, o.box);
  o.does(1, move("boxes", o.box, 1));
  o.t.pull(1);
  o.t.pull_scope(3, 2);
  o.t.read(3, o.box);
  o.t.export_all();
  auto bad = o.t;
  bad.last(entry_kind::row_read, [](const entry& e) { return e.actor == 3; }).code =
      static_cast<std::uint8_t>(presence_code::live);
  o.t.pull(3);
  o.t.read(3, o.box);
  o.end();
  expect_none(o.t);
  EXPECT_FALSE(judge_tale(bad).failed().empty());
}

// Device 3 follows the box to the second team and loses that, while its cursor in the first is from before.
TEST(Move, ToAScopeThatIsLostLeavesARecordNowhere) {
  for (const bool comes_back : {false, true}) {
    office o;
    o.moved = o.does(1, move("boxes", o.box, 2));
    o.t.pull(1);
    o.t.pull_scope(3, 2);
    o.t.withdraw(3, 2);
    o.t.pull_scope(3, 2);
    auto bad = o.t;
    bad.tick();
    bad.tell({.kind = entry_kind::row_read, .actor = 3, .record = o.box, .collection = 3});
    EXPECT_EQ(static_cast<presence_code>(bad.entries.back().code), presence_code::live);
    EXPECT_FALSE(judge_tale(bad).failed().empty());
    o.t.tick();
    o.t.tell({.kind = entry_kind::row_read,
              .code = static_cast<std::uint8_t>(presence_code::absent),
              .actor = 3,
              .record = o.box,
              .collection = 3});
    EXPECT_EQ(judge_tale(o.t).failed(), names{});
    if (comes_back) {
      o.does(1, move("boxes", o.box, 1));
      o.t.give(3, 2);
    }
    o.t.pull(3);
    o.t.pull(3);
    o.t.read(3, o.box);
    o.end();
    expect_none(o.t);
  }
}

// The second team's snapshot shows neither that the box came nor that it left.
TEST(Move, ThereAndBackBeforeASnapshotChangesNothing) {
  office o;
  o.does(1, move("boxes", o.box, 2));
  o.t.pull(1);
  o.does(1, move("boxes", o.box, 1));
  o.t.pull(1);
  o.t.resync(3, 2);
  o.t.snapshot(3, 2);
  for (const bool shown : {true, false}) {
    auto told = o.t;
    told.tell({.kind = entry_kind::row_read,
               .code = static_cast<std::uint8_t>(shown ? presence_code::live : presence_code::absent),
               .actor = 3,
               .record = o.box,
               .collection = 3});
    EXPECT_EQ(judge_tale(told).failed().empty(), shown);
  }
  o.t.pull(3);
  o.t.read(3, o.box);
  o.end();
  expect_none(o.t);
}

} // namespace
} // namespace squall::told
