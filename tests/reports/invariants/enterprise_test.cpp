// Policies by stamps, sets, references, keys, bounds and states: a good history passes, and one with one thing wrong does not.
#include "tests/reports/invariants/firm.hpp"

namespace squall::told {
namespace {

/// Both write the note at once; the one with the greater stamp commits first.
void race(firm& f) {
  const auto early = f.t.write(1, {update("notes", f.note, {set("title", "early")})});
  const auto late = f.t.write(2, {update("notes", f.note, {set("title", "late")})});
  f.t.send(2);
  f.t.commit(late);
  f.t.answer(2);
  f.t.send(1);
  f.t.refuse(early, verdict_code::superseded, rule_code::later_stamp, late);
  f.t.answer(1);
}

/// Adds and set changes at once, all of which commit.
void count_on(firm& f) {
  const auto more =
      f.t.write(1, {update("counts", f.count, {add("count", 2)}), update("counts", f.count, {insert("tags", "y")})});
  const auto less =
      f.t.write(2, {update("counts", f.count, {add("count", -1)}), update("counts", f.count, {take_out("tags", "x")})});
  f.t.send(1);
  f.t.commit(more);
  f.t.answer(1);
  f.t.send(2);
  f.t.commit(less);
  f.t.answer(2);
}

TEST(Enterprise, PassesAGoodHistoryAndHasCheckedEveryInvariant) {
  firm f;
  race(f);
  count_on(f);
  f.disagree();
  f.t.pull(1);
  f.t.pull(2);
  f.t.put(1, {settles(1, {f.sized}, update("briefs", f.brief, {set("size", 3)}))});
  const auto removes = f.t.write(2, {remove("boxes", f.box)});
  f.t.flag(2, f.item, flag_code::reference_gone);
  f.t.read(2, f.item);
  f.t.send(2);
  f.t.refuse(removes, verdict_code::rejected, rule_code::reference);
  f.t.answer(2);
  f.t.no_flags();
  f.t.read(1, f.count);
  f.t.crash(2);
  f.t.pull(2);
  f.t.snapshot(2);
  f.end();
  const auto o = judge_tale(f.t);
  EXPECT_EQ(o.failed(), names{}) << explain(o);
  for (const auto* name : {"referential", "algebra", "policy", "convergence", "clock_sane", "intention"})
    EXPECT_GT(o.of.at(name).checked(), 0U) << name;
  EXPECT_EQ(o.metrics.at("branches_kept"), 1U);
  EXPECT_EQ(o.metrics.at("tasks_opened"), 1U);
  EXPECT_EQ(o.metrics.at("tasks_open"), 0U);
  EXPECT_EQ(o.metrics.at("tasks_resolved"), 1U);
  EXPECT_EQ(o.metrics.at("restricted"), 1U);
  EXPECT_EQ(o.metrics.at("flagged_rows"), 1U);
  EXPECT_EQ(o.metrics.at("set_inserts"), 2U);
  EXPECT_EQ(o.metrics.at("set_erases"), 1U);
  EXPECT_EQ(o.metrics.at("wins_by_stamp"), 1U);
  EXPECT_EQ(o.metrics.at("clamped_stamps"), 0U);
}

TEST(Enterprise, LeavesOutInvariantsThatTheModelGivesNothingTo) {
  const auto o = judge_tale(a_good_tale());
  EXPECT_FALSE(o.of.contains("referential"));
  EXPECT_FALSE(o.of.contains("algebra"));
}

// -- stamps ---------------------------------------------------------------------------------------------------------------

TEST(Policy, FailsIfTheServerCommitsTheSmallerStamp) {
  firm f;
  const auto early = f.t.write(1, {update("notes", f.note, {set("title", "early")})});
  const auto late = f.t.write(2, {update("notes", f.note, {set("title", "late")})});
  f.t.send(2);
  f.t.commit(late);
  f.t.answer(2);
  f.t.send(1);
  f.t.commit(early);
  f.t.answer(1);
  const auto o = judge_tale(f.t);
  EXPECT_TRUE(o.failed().contains("policy")) << explain(o);
}

TEST(Algebra, FailsIfTheServerEndsWithTheSmallerStamp) {
  firm f;
  race(f);
  f.end();
  for (auto& e : f.t.entries)
    if (e.kind == entry_kind::export_field && at_server(e) && e.record == f.note)
      e.value = digest_of("early");
  expect_fails(f.t, "algebra", "value depends on the order");
}

TEST(Algebra, FailsIfASetIsNotWhatItsMarksSay) {
  firm f;
  count_on(f);
  f.end();
  for (auto& e : f.t.entries)
    if (e.kind == entry_kind::export_field && at_server(e) && e.value == digest_of("y"))
      e.value = digest_of("x");
  expect_fails(f.t, "algebra", "value depends on the order");
}

TEST(Algebra, FailsIfADeltaIsLost) {
  firm f;
  count_on(f);
  f.end();
  for (auto& e : f.t.entries)
    if (e.kind == entry_kind::export_field && at_server(e) && e.record == f.count && e.tag == value_tag::integer)
      e.value -= 2;
  expect_fails(f.t, "algebra", "value depends on the order");
}

TEST(NoResurrection, FailsIfAnEarlierStampRevivesARecord) {
  firm f;
  const auto late = f.t.write(1, {update("notes", f.note, {set("title", "early")})});
  f.t.put(2, {remove("notes", f.note)});
  f.t.send(1);
  f.t.refuse(late, verdict_code::superseded, rule_code::later_stamp, late + 1);
  f.t.answer(1);
  f.t.pull(1);
  f.t.read(1, f.note);
  f.t.last(entry_kind::row_read).code = static_cast<std::uint8_t>(presence_code::live);
  expect_fails(f.t, "no_resurrection", "deleted row shown");
}

TEST(ClockSane, TakesAStampWithinTheBoundAsItWasGiven) {
  firm f;
  f.t.put(2, {update("notes", f.note, {set("title", "two")})});
  expect_none(f.t);
  f.t.last(entry_kind::intent_committed).value -= 1;
  expect_fails(f.t, "clock_sane", "stamp counted wrongly");
}

/// A stamp of 100 s ahead, and what the server makes of it.
void from_the_future(firm& f, std::int64_t counted_ahead_s) {
  const auto edit = f.t.write(2, {update("notes", f.note, {set("title", "two")})});
  f.t.last(entry_kind::intent_accepted).value += 100'000'000'000;
  f.t.send(2);
  f.t.commit(edit);
  const auto& read = f.t.last(entry_kind::clock_read, at_server);
  f.t.last(entry_kind::intent_committed).value = read.value + counted_ahead_s * 1'000'000'000;
  f.t.answer(2);
}

TEST(ClockSane, WantsAStampFromTheFutureClamped) {
  firm f;
  from_the_future(f, 60);
  const auto o = judge_tale(f.t);
  EXPECT_EQ(o.failed(), names{}) << explain(o);
  EXPECT_EQ(o.metrics.at("clamped_stamps"), 1U);
}

TEST(ClockSane, FailsIfAStampFromTheFutureIsCountedAsGiven) {
  firm f;
  from_the_future(f, 99);
  expect_fails(f.t, "clock_sane", "stamp counted wrongly");
}

TEST(ClockSane, FailsIfAnAuthorDoesNotFollowAStampThatWasClamped) {
  firm f;
  from_the_future(f, 60);
  f.t.pull(1);
  f.t.write(1, {update("notes", f.note, {set("title", "three")})});
  expect_fails(f.t, "clock_sane", "stamp before its causes");
}

// -- sets -----------------------------------------------------------------------------------------------------------------

TEST(FeedComplete, FailsIfAMemberIsNotServed) {
  firm f;
  f.t.put(1, {update("counts", f.count, {insert("tags", "y")})});
  f.t.pull(2);
  f.t.erase(
      [](const entry& e) { return e.kind == entry_kind::feed_field && e.peer == 2 && e.value == digest_of("y"); });
  expect_fails(f.t, "feed_complete", "entry incomplete");
}

TEST(FeedComplete, FailsIfASnapshotLacksAMember) {
  firm f;
  f.t.snapshot(2);
  f.t.erase([&](const entry& e) {
    return e.kind == entry_kind::feed_field && &e > &f.t.last(entry_kind::page_served) && e.value == digest_of("x");
  });
  expect_fails(f.t, "feed_complete", "snapshot incomplete");
}

TEST(FeedComplete, FailsIfAMemberIsServedThatNobodyInserted) {
  firm f;
  f.t.put(1, {update("counts", f.count, {insert("tags", "y")})});
  f.t.pull(2);
  f.t.last(entry_kind::feed_field, [](const entry& e) { return e.value == digest_of("y"); }).value = digest_of("z");
  expect_fails(f.t, "feed_complete", "entry incomplete");
}

TEST(ReadYourWrites, FailsIfAnInsertIsNotShown) {
  firm f;
  f.t.write(2, {update("counts", f.count, {insert("tags", "y")})});
  f.t.read(2, f.count);
  f.t.erase([](const entry& e) { return e.kind == entry_kind::value_read && e.value == digest_of("y"); });
  expect_fails(f.t, "read_your_writes", "own write not shown");
}

TEST(ReadYourWrites, FailsIfWhatWasTakenOutIsShown) {
  firm f;
  f.t.write(2, {update("counts", f.count, {take_out("tags", "x"), insert("tags", "y")})});
  f.t.read(2, f.count);
  f.t.last(entry_kind::value_read, [](const entry& e) { return e.value == digest_of("y"); }).value = digest_of("x");
  expect_fails(f.t, "read_your_writes", "own write not shown");
}

TEST(Intention, FailsIfAnotherTextIsInserted) {
  firm f;
  f.t.write(2, {update("counts", f.count, {insert("tags", "y")})});
  f.t.plan.mutable_intentions(f.t.plan.intentions_size() - 1)->mutable_acts(0)->mutable_fields(0)->set_text("z");
  expect_fails(f.t, "intention", "intent is not what was meant");
}

TEST(Convergence, FailsIfASettledReplicaLacksAMember) {
  firm f;
  f.end();
  f.t.erase(
      [](const entry& e) { return e.kind == entry_kind::export_field && e.actor == 2 && e.value == digest_of("x"); });
  expect_fails(f.t, "convergence", "stale value");
}

// -- constraints ------------------------------------------------------------------------------------------------------------

TEST(Referential, FailsIfAConfirmedRowRefersToNothing) {
  firm f;
  f.end();
  for (auto& e : f.t.entries)
    if (e.kind == entry_kind::export_field && e.record == f.item && e.actor == 2)
      e.value = 7;
  expect_fails(f.t, "referential", "dangling reference");
}

TEST(Referential, FailsIfTwoConfirmedRowsHaveOneKey) {
  firm f;
  const auto other = f.t.put(1, {create("boxes", {set("name", "blue")})});
  f.end();
  for (auto& e : f.t.entries)
    if (e.kind == entry_kind::export_field && e.record == f.t.record(other) && at_server(e))
      e.value = digest_of("red");
  expect_fails(f.t, "referential", "two rows with one key");
}

TEST(Referential, WantsARowFlaggedWhoseReferenceIsGone) {
  firm f;
  f.t.write(2, {remove("boxes", f.box)});
  f.t.flag(2, f.item, flag_code::reference_gone);
  f.t.read(2, f.item);
  expect_none(f.t);
  f.t.last(entry_kind::row_read).flags = 0;
  expect_only(f.t, "referential", "broken row not flagged");
}

TEST(Referential, WantsAPendingRowFlaggedWhoseKeyIsTaken) {
  firm f;
  const auto mine = f.t.write(2, {create("boxes", {set("name", "red")})});
  f.t.flag(2, f.t.record(mine), flag_code::key_taken);
  f.t.read(2, f.t.record(mine));
  f.t.read(2, f.box);
  expect_none(f.t);
  f.t.last(entry_kind::row_read).flags = static_cast<std::uint32_t>(flag_code::key_taken);
  expect_only(f.t, "referential", "row flagged without a reason");
}

TEST(Policy, FailsIfAKeyIsGivenTwice) {
  firm f;
  f.t.put(2, {create("boxes", {set("name", "red")})});
  expect_fails(f.t, "policy", "committed against the policy");
}

TEST(Policy, FailsIfABoundIsCrossed) {
  firm f;
  f.t.put(2, {update("boxes", f.box, {add("amount", 10)})});
  expect_fails(f.t, "policy", "committed against the policy");
}

TEST(Policy, FailsIfAStateIsSkipped) {
  firm f;
  f.t.put(2, {update("boxes", f.box, {set("status", "lost")})});
  expect_fails(f.t, "policy", "committed against the policy");
}

TEST(Policy, FailsIfARestrictedRecordIsRemoved) {
  firm f;
  f.t.put(2, {remove("boxes", f.box)});
  expect_fails(f.t, "policy", "committed against the policy");
}

TEST(NoLostWrite, FailsIfABoundIsSeenThatIsNotThere) {
  firm f;
  const auto edit = f.t.write(2, {update("boxes", f.box, {add("amount", 9)})});
  f.t.send(2);
  f.t.refuse(edit, verdict_code::rejected, rule_code::bound);
  f.t.answer(2);
  expect_fails(f.t, "no_lost_write", "refused without a reason");
}

TEST(FeedComplete, FailsIfARowThatWentWithAnotherIsNotServed) {
  firm f;
  const auto label = f.t.put(1, {create("boxes", {set("name", "blue")})});
  const auto of = f.t.put(1, {create("labels", {set("box", ref(f.t.record(label)))})});
  f.t.put(1, {remove("boxes", f.t.record(label))});
  static_cast<void>(of);
  expect_fails(f.t, "feed_complete", "entry incomplete");
}

} // namespace
} // namespace squall::told
