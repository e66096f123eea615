// Histories in which the server is restored from a backup: what it undoes comes back, rightly, twice, or never.
#include "tests/reports/invariants/grave.hpp"
#include "tests/reports/invariants/shop.hpp"

#include <algorithm>

namespace squall::told {
namespace {

TEST(Backups, LetWhatWasUndoneBeCommittedAgain) {
  shop s;
  s.undo_and_redo();
  const auto o = judge_tale(s.t);
  EXPECT_EQ(o.failed(), names{}) << explain(o);
  EXPECT_EQ(o.metrics.at("undone_commits"), 1U);
  EXPECT_EQ(o.metrics.at("offered_again"), 1U);
  EXPECT_EQ(o.metrics.at("backups"), 1U);
  EXPECT_EQ(o.metrics.at("server_restores"), 1U);
}

TEST(Backups, AreRestoredAgainAndAgain) {
  shop s;
  const auto title = s.retitle(1, "two");
  for (int i = 0; i < 3; ++i) {
    s.t.restore_server(1);
    s.hear(1);
    s.hear(2);
    s.offer(1, {title});
    s.end();
  }
  const auto o = judge_tale(s.t);
  EXPECT_EQ(o.failed(), names{}) << explain(o);
  EXPECT_EQ(o.metrics.at("undone_commits"), 3U);
}

TEST(Backups, MayBeOlderThanTheNewestWhichDevicesRelyOn) {
  shop s;
  s.retitle(1, "two");
  s.t.back_up();
  const auto kept = s.retitle(2, "three");
  s.t.restore_server(1);
  s.hear(1);
  s.hear(2);
  s.offer(2, {kept});
  s.end();
  const auto o = judge_tale(s.t);
  EXPECT_EQ(o.failed(), names{}) << explain(o);
  EXPECT_EQ(o.metrics.at("undone_commits"), 2U);
  EXPECT_EQ(o.metrics.at("offered_again"), 1U);
}

TEST(Backups, MayBeUnknownToDevicesThatOfferMoreThanTheyMust) {
  shop s;
  const auto more = s.retitle(1, "two");
  s.t.back_up(false);
  s.t.restore_server(1);
  s.hear(1);
  s.hear(2);
  s.t.read(1, s.order);
  s.offer(1, {more});
  s.end();
  s.t.read(1, s.order);
  expect_none(s.t);
}

TEST(Backups, FailIfNobodyHasTakenTheCopy) {
  shop s;
  s.undo_and_redo();
  s.t.erase([](const entry& e) { return e.kind == entry_kind::backed_up; });
  const auto o = judge_tale(s.t);
  EXPECT_EQ(o.unknown().size(), o.of.size());
}

TEST(Backups, FailIfTheyHoldAnotherState) {
  shop s;
  s.retitle(1, "two");
  s.t.back_up();
  s.end();
  s.t.last(entry_kind::backed_up).s = 1;
  expect_only(s.t, "causality", "backup of another state");
}

TEST(Backups, FailIfTheGenerationIsAnOldOne) {
  shop s;
  s.t.restore_server(1);
  s.t.last(entry_kind::server_restored).aux = 1;
  s.hear(1);
  expect_fails(s.t, "causality", "generation is not new");
}

// -- what was undone -----------------------------------------------------------------------------------------------------------

TEST(Undone, FailsIfItsDeviceNeverOffersItAgain) {
  shop s;
  s.retitle(1, "two");
  s.t.restore_server(1);
  s.hear(1);
  s.hear(2);
  s.end();
  expect_fails(s.t, "no_lost_write", "undone and never offered again");
}

TEST(Undone, FailsIfTheServerStillTakesItForCommitted) {
  shop s;
  const auto title = s.retitle(1, "two");
  s.t.restore_server(1);
  s.hear(1);
  s.t.send(1);
  s.t.tell({.kind = entry_kind::verdict_released, .code = 1, .intent = title, .flags = 1, .s = 2, .message = 999});
  expect_fails(s.t, "no_lost_write", "acknowledged but never committed");
}

TEST(Undone, FailsIfItIsHiddenFromItsAuthor) {
  shop s;
  s.undo_and_redo();
  auto& title = s.t.last(entry_kind::value_read, [](const entry& e) { return e.actor == 1 && e.field == 1; });
  title.value = txt("one").number;
  title.intent = 1;
  expect_only(s.t, "read_your_writes", "own write not shown");
}

TEST(Undone, IsShownUntilADeviceHearsOfIt) {
  shop s;
  s.undo_and_redo();
  auto& title = s.t.last(entry_kind::value_read, [](const entry& e) { return e.actor == 2 && e.field == 1; });
  EXPECT_EQ(title.value, txt("two").number);
  title.value = txt("one").number;
  title.intent = 1;
  expect_only(s.t, "causality", "stale value");
}

TEST(Undone, FailsIfItStaysInTheServersRows) {
  shop s;
  s.retitle(2, "two");
  s.t.back_up();
  s.retitle(1, "three");
  s.t.restore_server(2);
  s.hear(1);
  s.hear(2);
  s.t.export_all();
  auto& title = s.t.last(entry_kind::export_field, [](const entry& e) { return e.actor == 0 && e.field == 1; });
  EXPECT_EQ(title.value, txt("two").number);
  title.value = txt("three").number;
  expect_fails(s.t, "policy", "value that nobody wrote");
}

// Device 2 had seen what it wrote over, and device 1 what device 2 wrote.
TEST(Undone, HasSeenNothingInTheGenerationThatFollows) {
  shop s;
  const auto two = s.retitle(2, "two");
  const auto three = s.retitle(1, "three");
  s.t.restore_server(1);
  s.hear(1);
  s.hear(2);
  s.offer(2, {two});
  s.offer(1, {three});
  s.end();
  const auto o = judge_tale(s.t);
  EXPECT_EQ(o.failed(), names{}) << explain(o);
  EXPECT_EQ(o.metrics.at("concurrent_edits"), 2U);
}

// What it became then is undone as well; whoever was told so does not offer it any more.
TEST(Undone, IsNotOfferedAgainOnceItWasRefused) {
  shop s;
  const auto made = s.t.put(2, {create("orders", {set("title", "new")})});
  s.t.pull(1);
  const auto title = s.t.put(1, {update("orders", s.t.record(made), {set("title", "newer")})});
  s.t.pull(2);
  s.t.restore_server(1);
  s.hear(1);
  s.t.send(1);
  s.t.refuse(title, verdict_code::rejected, rule_code::gone);
  s.t.answer(1);
  s.hear(2);
  s.offer(2, {made});
  s.t.restore_server(1);
  s.hear(1);
  s.t.read(1, s.order);
  s.hear(2);
  s.offer(2, {made});
  s.end();
  const auto o = judge_tale(s.t);
  EXPECT_EQ(o.failed(), names{}) << explain(o);
  EXPECT_EQ(o.metrics.at("undone_verdicts"), 1U);
}

TEST(Undone, MayBeATaskWithItsBranches) {
  firm f;
  f.t.backs_up();
  f.t.back_up();
  f.disagree();
  f.t.restore_server(2);
  for (const auto device : {1, 2}) {
    f.t.resync(device);
    f.t.snapshot(device);
  }
  f.t.send(1);
  f.t.commit(f.titled);
  f.t.answer(1);
  f.end();
  const auto o = judge_tale(f.t);
  EXPECT_EQ(o.failed(), names{}) << explain(o);
  EXPECT_EQ(o.metrics.at("undone_tasks"), 1U);
  EXPECT_EQ(o.metrics.at("undone_verdicts"), 1U);
  EXPECT_EQ(o.metrics.at("tasks_open"), 0U);
}

TEST(Undone, MayBeAFenceWithWhatWasForgotten) {
  grave g;
  g.t.backs_up();
  g.t.back_up();
  g.forget();
  const auto removal = g.t.first(entry_kind::intent_committed, [](const entry& e) { return e.s == 2; }).intent;
  g.t.restore_server(1);
  for (std::uint32_t device = 1; device <= 3; ++device) {
    g.t.resync(device);
    g.t.snapshot(device);
  }
  g.t.send(1);
  g.t.commit(removal);
  g.t.answer(1);
  g.end();
  expect_none(g.t);
}

// -- who keeps what ------------------------------------------------------------------------------------------------------------

TEST(Acknowledged, IsKeptUntilABackupHasIt) {
  shop s;
  s.retitle(1, "two");
  s.t.crash(1);
  s.t.pull(1);
  s.t.back_up();
  s.t.crash(1);
  s.end();
  expect_none(s.t);
}

TEST(Acknowledged, FailsIfItIsDroppedBeforeABackupHasIt) {
  shop s;
  s.retitle(1, "two");
  s.t.crash(1);
  s.t.first(entry_kind::queue_read).value = 0;
  s.t.erase([](const entry& e) { return e.kind == entry_kind::queue_row; });
  s.t.pull(1);
  s.end();
  expect_only(s.t, "ack_honest", "queue lost what no backup has");
}

// Between the restore and the time when it hears of it.
TEST(Acknowledged, SurvivesACrashInBetween) {
  shop s;
  const auto title = s.retitle(1, "two");
  s.t.restore_server(1);
  s.t.crash(1);
  s.hear(1);
  s.t.crash(1);
  s.hear(1);
  s.offer(1, {title});
  s.hear(2);
  s.end();
  expect_none(s.t);
}

TEST(Acknowledged, FailsIfACrashInBetweenLosesIt) {
  shop s;
  s.retitle(1, "two");
  s.t.restore_server(1);
  s.t.crash(1);
  s.t.last(entry_kind::queue_read).value = 0;
  s.t.erase([](const entry& e) { return e.kind == entry_kind::queue_row; });
  expect_fails(s.t, "ack_honest", "queue lost what no backup has");
}

TEST(Acknowledged, MayBeByAVerdictThatWasUnderWay) {
  shop s;
  const auto title = s.t.write(1, {update("orders", s.order, {set("title", "two")})});
  s.t.send(1);
  s.t.commit(title);
  s.t.answer_and_lose(1);
  s.t.restore_server(1);
  s.t.tell({.kind = entry_kind::verdict_received, .code = 1, .actor = 1, .intent = title, .s = 2});
  s.t.tell({.kind = entry_kind::queue_exit, .code = 1, .actor = 1, .intent = title});
  s.hear(1);
  s.hear(2);
  s.offer(1, {title});
  s.end();
  expect_none(s.t);
}

TEST(Acknowledged, FailsIfItIsKeptThoughABackupHasIt) {
  grave g;
  g.t.backs_up();
  const auto title = g.t.put(1, {update("orders", g.order, {set("title", "two")})});
  g.t.back_up();
  g.end();
  auto& queue = g.t.last(entry_kind::queue_read, [](const entry& e) { return e.actor == 1; });
  queue.value = 1;
  g.t.insert_after(queue, {.at_ns = queue.at_ns, .kind = entry_kind::queue_row, .actor = 1, .intent = title});
  expect_only(g.t, "bounded", "acknowledged intent kept");
  // Unless nobody has told it so: the last page but one is lost.
  auto& page = g.t.last(entry_kind::message_delivered, [](const entry& e) { return e.actor == 1; });
  page = {.at_ns = page.at_ns, .kind = entry_kind::message_lost, .code = 1, .peer = 1, .message = page.message};
  expect_none(g.t);
}

// -- feed and cursors -----------------------------------------------------------------------------------------------------------

TEST(Generation, FailsIfACursorOfAnotherIsServedChanges) {
  shop s;
  s.retitle(2, "two");
  s.t.restore_server(1);
  s.hear(2);
  s.t.send(2);
  s.t.tell(
      {.kind = entry_kind::page_served, .peer = 1, .scope = 1, .s = 2, .message = 999, .value = 1, .ref = 2, .aux = 2});
  expect_fails(s.t, "feed_complete", "page of another generation");
}

TEST(Generation, FailsIfADeviceEntersItWithoutASnapshot) {
  shop s;
  s.t.restore_server(1);
  s.hear(1);
  s.t.last(entry_kind::cursor_moved).code = 0;
  expect_fails(s.t, "monotonic_reads", "enters a generation without a snapshot");
}

TEST(Generation, FailsIfADeviceNeverHearsOfIt) {
  shop s;
  s.t.restore_server(1);
  s.hear(1);
  s.t.rest();
  expect_only(s.t, "liveness", "never learns of the restore");
}

TEST(Generation, FailsIfACursorIsOfOneThatIsNot) {
  shop s;
  s.retitle(1, "two");
  s.t.last(entry_kind::cursor_moved).aux = 7;
  const auto found = judge_tale(s.t).of.at("monotonic_reads").violations();
  EXPECT_TRUE(std::any_of(found.begin(), found.end(),
                          [](const auto& one) { return one.shape() == "cursor of a generation that is not"; }));
}

TEST(Generation, FailsIfTheServerExportsAnother) {
  shop s;
  s.undo_and_redo();
  s.t.last(entry_kind::export_began, at_server).aux = 1;
  expect_only(s.t, "monotonic_reads", "exports another generation");
}

TEST(Generation, FailsIfADeviceExportsOrCallsSyncedAnother) {
  shop s;
  s.undo_and_redo();
  auto other = s.t;
  const auto of_second = [](const entry& e) { return e.actor == 2; };
  s.t.last(entry_kind::export_began, of_second).aux = 1;
  expect_fails(s.t, "monotonic_reads", "exports at another cursor");
  other.last(entry_kind::status_shown, of_second).aux = 1;
  expect_fails(other, "honest_status", "names a cursor that it is not at");
}

TEST(Generation, FailsIfACommitIsOfTheOldOne) {
  shop s;
  s.undo_and_redo();
  s.t.last(entry_kind::intent_committed).aux = 1;
  expect_only(s.t, "causality", "generation changes");
}

} // namespace
} // namespace squall::told
