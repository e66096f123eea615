// For every invariant: a history that breaks it, and nothing but it. Here: what devices do and show.
#include "tests/reports/invariants/setting.hpp"

namespace squall::told {
namespace {

TEST(Convergence, FailsIfASettledReplicaHoldsAnotherValue) {
  setting s;
  s.t.rest();
  // Only the confirmed view, so that nobody had been told anything about it.
  s.t.erase([](const entry& e) { return e.kind == entry_kind::status_shown; });
  auto& shown =
      s.t.first(entry_kind::export_field, [](const entry& e) { return e.actor == 2 && e.tag == value_tag::text; });
  shown.value = digest_of("another");
  expect_only(s.t, "convergence", "value that nobody wrote");
}

TEST(Convergence, FailsIfASettledReplicaLacksARow) {
  setting s;
  s.t.rest();
  s.t.erase([](const entry& e) { return e.kind == entry_kind::status_shown; });
  s.t.erase([&](const entry& e) {
    return e.actor == 2 && e.record == s.line &&
           (e.kind == entry_kind::export_row || e.kind == entry_kind::export_field);
  });
  expect_only(s.t, "convergence", "live row not shown");
}

TEST(Convergence, FailsIfADerivedFieldIsWrong) {
  setting s;
  s.t.rest();
  s.t.erase([](const entry& e) { return e.kind == entry_kind::status_shown; });
  auto& total = s.t.first(entry_kind::export_field, [&](const entry& e) {
    return e.actor == 1 && e.record == s.order && e.field == s.t.field("orders", "total");
  });
  total.value += 1;
  expect_only(s.t, "convergence", "derived field wrong");
}

TEST(Liveness, FailsIfADeviceNeverSettles) {
  setting s;
  s.t.rest();
  s.t.tell({.kind = entry_kind::pending, .code = static_cast<std::uint8_t>(pending_code::token_invalid), .actor = 2});
  expect_only(s.t, "liveness", "token invalid");
}

TEST(Liveness, FailsIfACursorNeverReachesTheHead) {
  setting s;
  s.t.put(1, {update("orders", s.order, {set("title", "two")})});
  s.t.rest();
  expect_only(s.t, "liveness", "cursor never reaches the head");
}

TEST(Liveness, ExcusesADeviceWhoseUserLostTheGrant) {
  setting s;
  s.t.rest();
  s.t.tell({.kind = entry_kind::revoke, .scope = 1, .ref = 2, .aux = 2});
  s.t.tell({.kind = entry_kind::pending, .code = static_cast<std::uint8_t>(pending_code::queue_locked), .actor = 2});
  EXPECT_EQ(judge_tale(s.t).failed(), names{});
}

TEST(AckHonest, FailsIfADeviceKeepsAVerdictThatWasNotGiven) {
  setting s;
  s.t.put(2, {update("orders", s.order, {set("title", "two")})});
  s.t.last(entry_kind::verdict_received).s += 1;
  expect_only(s.t, "ack_honest", "verdict that was not given");
}

TEST(AckHonest, FailsIfAnIntentLeavesTheQueueWithoutAVerdict) {
  setting s;
  const auto edit = s.t.write(2, {update("orders", s.order, {set("title", "two")})});
  s.t.tell({.kind = entry_kind::queue_exit,
            .code = static_cast<std::uint8_t>(verdict_code::applied),
            .actor = 2,
            .intent = edit});
  expect_only(s.t, "ack_honest", "left the queue without a verdict");
}

TEST(AckHonest, FailsIfTheQueuesTableLostAnIntentInACrash) {
  setting s;
  s.t.write(2, {update("orders", s.order, {set("title", "two")})});
  s.t.crash(2);
  s.t.erase([](const entry& e) { return e.kind == entry_kind::queue_row; });
  s.t.last(entry_kind::queue_read).value = 0;
  expect_only(s.t, "ack_honest", "queue lost an intent");
}

/// An answer arrives; the device goes down, then or a tick later, and tells nothing of it; its queue is found empty.
void crash_with_an_answer(setting& s, bool at_once) {
  const auto edit = s.t.write(2, {update("orders", s.order, {set("title", "two")})});
  s.t.send(2);
  s.t.commit(edit);
  s.t.answer(2);
  s.t.erase([&](const entry& e) {
    return e.intent == edit && (e.kind == entry_kind::verdict_received || e.kind == entry_kind::queue_exit);
  });
  if (!at_once)
    s.t.tick();
  s.t.tell({.kind = entry_kind::crashed, .actor = 2});
  s.t.tell({.kind = entry_kind::queue_read, .code = 1, .actor = 2});
  s.t.tick();
  s.t.tell({.kind = entry_kind::restarted, .actor = 2});
  s.t.pull(1);
  s.t.pull(2);
  s.t.rest();
}

TEST(AckHonest, TakesTheQueuesWordForAnAnswerThatCameInTheMomentOfTheCrash) {
  setting s;
  crash_with_an_answer(s, true);
  const auto opinion = judge_tale(s.t);
  EXPECT_EQ(opinion.failed(), names{}) << explain(opinion);
}

TEST(AckHonest, FailsIfTheQueueIsEmptyAfterACrashThatNoAnswerMet) {
  setting s;
  crash_with_an_answer(s, false);
  EXPECT_EQ(judge_tale(s.t).failed().count("ack_honest"), 1U);
}

/// A refused edit whose answer came in the moment of the crash: its verdict is read from the disk, without its rule and winner.
void read_back_after_a_crash(setting& s, verdict_code code) {
  s.t.put(1, {update("orders", s.order, {set("status", "shipped")})});
  const auto late = s.t.write(2, {update("orders", s.order, {set("status", "approved")})});
  s.t.send(2);
  s.t.refuse(late, verdict_code::superseded, rule_code::precedence, late - 1);
  s.t.answer_and_lose(2);
  s.t.tell({.kind = entry_kind::crashed, .actor = 2});
  const auto told = static_cast<std::uint8_t>(code);
  s.t.tell({.kind = entry_kind::verdict_received, .code = told, .actor = 2, .intent = late});
  s.t.tell({.kind = entry_kind::queue_exit, .code = told, .actor = 2, .intent = late});
}

TEST(AckHonest, TakesAVerdictFromTheDiskOfACrashedDeviceWithoutItsRule) {
  setting s;
  read_back_after_a_crash(s, verdict_code::superseded);
  EXPECT_EQ(judge_tale(s.t).failed().count("ack_honest"), 0U);
}

TEST(AckHonest, FailsIfTheDiskOfACrashedDeviceHoldsAnotherVerdict) {
  setting s;
  read_back_after_a_crash(s, verdict_code::conflicted);
  EXPECT_EQ(judge_tale(s.t).failed().count("ack_honest"), 1U);
}

TEST(AckHonest, FailsIfADeviceThatRunsKeepsAVerdictWithoutItsRule) {
  setting s;
  s.t.put(1, {update("orders", s.order, {set("status", "shipped")})});
  const auto late = s.t.write(2, {update("orders", s.order, {set("status", "approved")})});
  s.t.send(2);
  s.t.refuse(late, verdict_code::superseded, rule_code::precedence, late - 1);
  s.t.answer(2);
  s.t.last(entry_kind::verdict_received).rule = 0;
  EXPECT_EQ(judge_tale(s.t).failed().count("ack_honest"), 1U);
}

TEST(ReadYourWrites, FailsIfAPendingWriteIsNotShown) {
  setting s;
  s.t.write(2, {update("orders", s.order, {set("title", "two")})});
  s.t.read(2, s.order);
  auto& shown =
      s.t.last(entry_kind::value_read, [&](const entry& e) { return e.field == s.t.field("orders", "title"); });
  shown.value = digest_of("one");
  shown.intent = s.made;
  expect_only(s.t, "read_your_writes", "own write not shown");
}

TEST(ReadYourWrites, FailsIfARefusedWriteIsStillShown) {
  setting s;
  s.t.put(1, {update("orders", s.order, {set("status", "shipped")})});
  const auto late = s.t.write(2, {update("orders", s.order, {set("status", "approved")})});
  s.t.send(2);
  s.t.refuse(late, verdict_code::superseded, rule_code::precedence, late - 1);
  s.t.answer(2);
  s.t.pull(2);
  s.t.read(2, s.order);
  auto& shown =
      s.t.last(entry_kind::value_read, [&](const entry& e) { return e.field == s.t.field("orders", "status"); });
  shown.value = digest_of("approved");
  shown.intent = late;
  expect_only(s.t, "read_your_writes", "own write shown after its verdict took it back");
}

TEST(ReadYourWrites, FailsIfTheOverlayIsDroppedBeforeTheCursor) {
  setting s;
  const auto edit = s.t.write(2, {update("orders", s.order, {set("title", "two")})});
  s.t.send(2);
  s.t.commit(edit);
  s.t.answer(2);
  s.t.tell({.kind = entry_kind::overlay_dropped, .actor = 2, .intent = edit, .s = 1});
  expect_only(s.t, "read_your_writes", "own write dropped early");
}

TEST(MonotonicReads, FailsIfACursorGoesBack) {
  setting s;
  s.t.tell({.kind = entry_kind::cursor_moved, .actor = 2, .scope = 1, .s = 0, .ref = 1, .aux = 1});
  const auto o = judge_tale(s.t);
  EXPECT_TRUE(o.failed().contains("monotonic_reads")) << explain(o);
  EXPECT_EQ(o.shape("monotonic_reads"), "cursor goes back");
}

TEST(MonotonicReads, FailsIfACursorComesFromNowhere) {
  setting s;
  s.t.last(entry_kind::cursor_moved).ref = 7;
  expect_only(s.t, "monotonic_reads", "moves from a cursor that it was not at");
}

TEST(Causality, FailsIfAReplicaShowsAnOverwrittenValue) {
  setting s;
  s.t.put(1, {update("orders", s.order, {set("title", "two")})});
  s.t.pull(2);
  s.t.read(2, s.order);
  auto& shown =
      s.t.last(entry_kind::value_read, [&](const entry& e) { return e.field == s.t.field("orders", "title"); });
  shown.value = digest_of("one");
  shown.intent = s.made;
  expect_only(s.t, "causality", "stale value");
}

TEST(Causality, FailsIfAContextClaimsMoreThanItsAuthorHadSeen) {
  setting s;
  s.t.put(1, {update("orders", s.order, {set("title", "two")})});
  s.t.write(2, {update("orders", s.order, {set("status", "shipped")})});
  s.t.last(entry_kind::intent_accepted).s = 2;
  expect_only(s.t, "causality", "context is not the cursor");
}

TEST(Causality, FailsIfProgramOrderIsBroken) {
  setting s;
  const auto one = s.t.write(2, {update("orders", s.order, {set("title", "two")})});
  const auto two = s.t.write(2, {update("lines", s.line, {set("price", 3)})});
  s.t.send(2);
  s.t.commit(two);
  s.t.commit(one);
  s.t.answer(2);
  expect_only(s.t, "causality", "program order broken");
}

TEST(Atomicity, FailsIfAPartOfWhatLiesBeyondTheCursorIsShown) {
  setting s;
  const auto edit = s.t.put(1, {update("orders", s.order, {set("title", "two"), set("status", "shipped")})});
  s.t.read(2, s.order);
  auto& shown =
      s.t.last(entry_kind::value_read, [&](const entry& e) { return e.field == s.t.field("orders", "title"); });
  shown.value = digest_of("two");
  shown.intent = edit;
  expect_only(s.t, "atomicity", "value from beyond the cursor");
}

TEST(Atomicity, FailsIfTheCursorMovesWithoutAGroup) {
  setting s;
  s.t.put(1, {update("orders", s.order, {set("title", "two")})});
  s.t.pull(2);
  s.t.erase([](const entry& e) { return e.kind == entry_kind::group_applied && e.actor == 2 && e.s == 2; });
  s.t.rest();
  expect_only(s.t, "atomicity", "cursor ahead of what was applied");
}

TEST(NoResurrection, FailsIfADeletedRowIsShownAgain) {
  setting s;
  s.t.put(1, {remove("pages", s.page)});
  s.t.pull(2);
  s.t.read(2, s.page);
  s.t.last(entry_kind::row_read).code = static_cast<std::uint8_t>(presence_code::live);
  expect_only(s.t, "no_resurrection", "deleted row shown");
}

TEST(NoResurrection, AllowsWhatWasRestored) {
  setting s;
  s.t.put(1, {remove("pages", s.page)});
  s.t.put(1, {restore("pages", s.page)});
  s.t.pull(2);
  s.t.read(2, s.page);
  s.t.rest();
  EXPECT_EQ(judge_tale(s.t).failed(), names{});
}

TEST(ClockSane, FailsIfAStampDoesNotIncrease) {
  setting s;
  s.t.write(2, {update("orders", s.order, {set("title", "two")})});
  s.t.write(2, {update("orders", s.order, {set("title", "three")})});
  s.t.last(entry_kind::intent_accepted).value =
      s.t.first(entry_kind::intent_accepted, [](const entry& e) { return e.actor == 2; }).value;
  const auto o = judge_tale(s.t);
  EXPECT_EQ(o.failed(), names{"clock_sane"}) << explain(o);
  EXPECT_EQ(o.shape("clock_sane"), "stamp does not increase");
}

TEST(ClockSane, FailsIfAStampIsFarAheadOfTheClock) {
  setting s;
  s.t.write(2, {update("orders", s.order, {set("title", "two")})});
  s.t.last(entry_kind::intent_accepted).value += 86'400'000'000'000;
  expect_only(s.t, "clock_sane", "stamp ahead of the clock");
}

TEST(ClockSane, FailsIfAStampIsBeforeItsCauses) {
  setting s;
  s.t.write(2, {update("orders", s.order, {set("title", "two")})});
  s.t.last(entry_kind::intent_accepted).value = 1;
  expect_only(s.t, "clock_sane", "stamp before its causes");
}

TEST(HonestStatus, FailsIfSyncedIsShownWithWritesWaiting) {
  setting s;
  s.t.write(2, {update("orders", s.order, {set("title", "two")})});
  s.t.status(2);
  s.t.last(entry_kind::status_shown).code = 1;
  expect_only(s.t, "honest_status", "synced with writes waiting");
}

TEST(HonestStatus, FailsIfAnotherCursorIsNamed) {
  setting s;
  s.t.status(2);
  s.t.last(entry_kind::status_shown).s += 1;
  expect_only(s.t, "honest_status", "names a cursor that it is not at");
}

} // namespace
} // namespace squall::told
