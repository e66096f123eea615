// Histories in which somebody forgets deleted records: rightly, too early, too late, or with the wrong consequences.
#include "tests/reports/invariants/grave.hpp"

namespace squall::told {
namespace {

TEST(Lifetimes, AreKeptWhereNothingIsForgottenTooEarly) {
  grave g;
  const auto late = g.t.write(3, {update("pages", g.page, {set("title", "late")})});
  g.t.put(1, {remove("pages", g.page)});
  g.t.pull(2);
  g.t.wait(6 * second);
  g.t.pull(1);
  g.t.pull(2);
  g.t.wait(6 * second);
  g.t.move_fence(1, 2); // device 3 has expired
  g.t.pull(1);
  g.t.pull(2);
  g.t.send(3);
  g.t.refuse(late, verdict_code::rejected, rule_code::gone);
  g.t.answer(3);
  g.t.resync(3);
  g.t.snapshot(3);
  g.end();
  const auto o = judge_tale(g.t);
  EXPECT_EQ(o.failed(), names{}) << explain(o);
  EXPECT_EQ(o.unknown(), names{}) << explain(o);
  EXPECT_EQ(o.metrics.at("tombstones_forgotten"), 1U);
  EXPECT_EQ(o.metrics.at("fences_moved"), 1U);
  EXPECT_EQ(o.metrics.at("fence_resyncs"), 1U);
  EXPECT_EQ(o.metrics.at("gone_rejections"), 1U);
  EXPECT_EQ(o.metrics.at("devices_expired"), 1U);
}

// -- how far the server may forget ------------------------------------------------------------------------------------------

TEST(Fence, FailsIfATombstoneGoesBeforeItsTime) {
  grave g;
  g.bury();
  g.t.wait(second / 2);
  g.t.move_fence(2, 2);
  expect_only(g.t, "no_resurrection", "forgotten before its time");
}

TEST(Fence, FailsIfALivingDeviceHasNotTold) {
  grave g;
  g.t.put(1, {remove("pages", g.page)});
  g.t.pull(2);
  g.t.wait(9 * second);
  g.t.move_fence(2, 2);
  expect_only(g.t, "no_resurrection", "forgotten before all have seen it");
}

TEST(Fence, FailsIfADeviceHasSeenButNotToldIt) {
  grave g;
  g.t.put(1, {remove("pages", g.page)});
  g.t.pull(2);
  g.t.pull(3); // tells 1, and gets 2
  g.t.wait(second);
  g.t.pull(1);
  g.t.pull(2);
  g.t.move_fence(2, 2);
  expect_only(g.t, "no_resurrection", "forgotten before all have seen it");
}

TEST(Fence, MayMoveWithThePullThatTellsOfIt) {
  grave g;
  g.t.put(1, {remove("pages", g.page)});
  g.t.pull(2);
  g.t.pull(3);
  g.t.pull(1);
  g.t.pull(2);
  g.t.wait(second);
  g.t.move_fence(3, 2);
  g.end();
  expect_none(g.t);
}

// A late answer to what it asked before says nothing of what is under way.
TEST(Fence, MayMoveWithAPullThatOvertookAnEarlierOne) {
  grave g;
  g.t.put(1, {remove("pages", g.page)});
  g.t.pull(2);
  g.t.pull(3);
  const auto again = g.t.last(entry_kind::page_served, [](const entry& e) { return e.peer == 3; });
  g.t.pull(1);
  g.t.pull(2);
  g.t.wait(second);
  g.t.move_fence(3, 2);
  auto& asked = g.t.last(entry_kind::message_delivered, [](const entry& e) { return e.peer == 3; });
  auto late = again;
  late.at_ns = asked.at_ns;
  late.message = 1'000'000;
  g.t.insert_after(asked, late);
  g.t.pull(3);
  EXPECT_EQ(judge_tale(g.t).shape("no_resurrection"), "");
}

TEST(Fence, FailsIfNoTombstoneIsThere) {
  grave g;
  g.bury();
  g.t.put(1, {update("orders", g.order, {set("title", "two")})});
  g.all_pull();
  g.all_pull();
  g.t.wait(second);
  g.t.move_fence(2, 3);
  expect_only(g.t, "no_resurrection", "fence where no tombstone is");
}

TEST(Fence, FailsIfTheTombstoneWasRestored) {
  grave g;
  g.bury();
  g.t.put(1, {restore("pages", g.page)});
  g.all_pull();
  g.all_pull();
  g.t.wait(second);
  g.t.move_fence(2, 2);
  expect_only(g.t, "no_resurrection", "fence where no tombstone is");
}

TEST(Fence, FailsIfItDoesNotGoOnFromWhereItWas) {
  grave g;
  g.forget();
  g.t.last(entry_kind::fence_moved).ref = 1;
  expect_only(g.t, "no_resurrection", "fence goes back");
}

TEST(Fence, FailsIfATaskAboutTheRecordIsOpen) {
  grave g;
  const auto edit = g.t.write(2, {update("orders", g.order, {set("title", "two")})});
  const auto gone = g.t.put(1, {remove("orders", g.order)});
  g.t.send(2);
  g.t.conflict(edit, rule_code::delete_update, gone, g.order);
  g.t.answer(2);
  g.all_pull();
  g.all_pull();
  g.t.wait(second);
  g.t.move_fence(2, 2);
  expect_only(g.t, "no_resurrection", "forgotten while a task asks");
}

TEST(Fence, FailsIfTheServersTimeIsNotItsClocks) {
  grave g;
  g.forget();
  g.t.last(entry_kind::fence_moved).value += 3600 * second;
  expect_only(g.t, "no_resurrection", "fence at another time");
}

TEST(Fence, FailsIfNobodyAskedToForget) {
  grave g;
  g.forget();
  g.t.plan.mutable_knobs()->clear_tombstones_for_ns();
  expect_fails(g.t, "no_resurrection", "forgets unasked");
}

// -- what devices forget ------------------------------------------------------------------------------------------------------

TEST(Fence, FailsIfADeviceForgetsMoreThanItWasTold) {
  grave g;
  g.bury();
  g.t.tell({.kind = entry_kind::fence_told, .actor = 2, .scope = 1, .s = 2, .aux = 1});
  expect_only(g.t, "no_resurrection", "forgets more than it was told");
}

TEST(Fence, FailsIfADevicesFenceGoesBack) {
  grave g;
  g.forget();
  g.t.tell({.kind = entry_kind::fence_told, .actor = 2, .scope = 1, .s = 1, .aux = 1});
  expect_only(g.t, "no_resurrection", "fence goes back");
}

TEST(Fence, KeepsATombstoneThatAPendingIntentIsAbout) {
  grave g;
  g.bury();
  const auto back = g.t.write(2, {restore("pages", g.page)});
  g.t.wait(second);
  g.t.move_fence(2, 2);
  g.all_pull();
  g.t.read(2, g.page);
  g.t.send(2);
  g.t.refuse(back, verdict_code::rejected, rule_code::gone);
  g.t.answer(2);
  g.t.read(2, g.page);
  g.end();
  expect_none(g.t);
}

TEST(Fence, FailsIfADeviceRestoresWhatItHasForgotten) {
  grave g;
  g.forget();
  g.t.write(2, {restore("pages", g.page)});
  g.t.read(2, g.page);
  expect_only(g.t, "no_resurrection", "deleted row shown");
}

// -- what replicas show -------------------------------------------------------------------------------------------------------

entry& began(tale& t, std::uint32_t actor, view_code view) {
  return t.last(entry_kind::export_began,
                [&](const entry& e) { return e.actor == actor && e.code == static_cast<std::uint8_t>(view); });
}

TEST(Convergence, FailsIfAReplicaAtRestShowsAForgottenRecord) {
  grave g;
  g.forget();
  g.end();
  auto row = deleted_row(entry_kind::export_row, g.page, g.t.collection("pages"));
  row.actor = 2;
  g.t.insert_after(began(g.t, 2, view_code::confirmed), row);
  const auto o = judge_tale(g.t);
  EXPECT_EQ(o.failed(), (names{"convergence", "bounded"})) << explain(o);
  EXPECT_EQ(o.shape("convergence"), "forgotten record shown");
  EXPECT_EQ(o.shape("bounded"), "tombstone kept");
}

TEST(Convergence, FailsIfAReplicaAtRestHasForgottenTooEarly) {
  grave g;
  g.bury();
  g.end();
  g.t.erase([&](const entry& e) { return e.kind == entry_kind::export_row && e.actor == 2 && e.record == g.page; });
  expect_only(g.t, "convergence", "deleted record forgotten too early");
}

TEST(Fence, FailsIfAReplicaThatIsNotAtRestHasForgottenTooEarly) {
  grave g;
  g.bury();
  g.t.write(2, {update("orders", g.order, {set("title", "two")})});
  g.t.rest();
  const auto whole = judge_tale(g.t);
  EXPECT_FALSE(whole.failed().contains("no_resurrection")) << explain(whole);
  g.t.erase([&](const entry& e) { return e.kind == entry_kind::export_row && e.actor == 2 && e.record == g.page; });
  expect_fails(g.t, "no_resurrection", "deleted record forgotten too early");
}

TEST(Convergence, FailsIfAReplicaNamesAnotherFence) {
  grave g;
  g.forget();
  g.end();
  began(g.t, 3, view_code::visible).ref = 1;
  expect_fails(g.t, "convergence", "exports another fence");
}

TEST(Policy, FailsIfTheServerHasForgottenTooEarly) {
  grave g;
  g.bury();
  g.end();
  g.t.erase([&](const entry& e) { return e.kind == entry_kind::export_row && e.actor == 0 && e.record == g.page; });
  expect_only(g.t, "policy", "deleted record forgotten too early");
}

TEST(Policy, FailsIfTheServerShowsAForgottenRecord) {
  grave g;
  g.forget();
  g.end();
  g.t.insert_after(began(g.t, 0, view_code::server),
                   deleted_row(entry_kind::export_row, g.page, g.t.collection("pages")));
  expect_fails(g.t, "policy", "forgotten record shown");
}

// -- what the server serves and decides -----------------------------------------------------------------------------------------

TEST(FeedComplete, FailsIfChangesAreServedFromBelowTheFence) {
  grave g;
  g.t.put(1, {remove("pages", g.page)});
  g.t.pull(2);
  g.t.wait(11 * second);
  g.t.move_fence(1, 2);
  g.t.pull(1);
  g.t.pull(2);
  g.t.pull(3);
  expect_only(g.t, "feed_complete", "changes from below the fence");
}

TEST(FeedComplete, FailsIfASnapshotFromBelowTheFenceIsServed) {
  grave g;
  g.forget();
  g.t.tell({.kind = entry_kind::page_served,
            .code = static_cast<std::uint8_t>(page_code::snapshot),
            .peer = 3,
            .scope = 1,
            .s = 1,
            .value = 2,
            .aux = 1});
  expect_only(g.t, "feed_complete", "snapshot below the fence");
}

TEST(FeedComplete, FailsIfASnapshotHoldsWhatWasForgotten) {
  grave g;
  g.forget();
  g.t.put(1, {update("orders", g.order, {set("title", "two")})});
  g.t.snapshot(3);
  auto row = deleted_row(entry_kind::feed_row, g.page, g.t.collection("pages"));
  row.peer = 3;
  g.t.insert_after(g.t.last(entry_kind::page_served), row);
  expect_only(g.t, "feed_complete", "forgotten record in a snapshot");
}

// Device 3 has changed the page and does not know that it is deleted.
struct latecomer : grave {
  intent_index late = t.write(3, {update("pages", page, {set("title", "late")})});
  intent_index gone = 0;
  void forget_meanwhile() {
    gone = t.put(1, {remove("pages", page)});
    t.pull(2);
    t.wait(11 * second);
    t.move_fence(1, 2);
    t.pull(1);
    t.pull(2);
  }
};

TEST(Policy, FailsIfAForgottenRecordIsChanged) {
  latecomer g;
  g.forget_meanwhile();
  g.t.send(3);
  g.t.commit(g.late);
  expect_only(g.t, "policy", "committed against the policy");
}

TEST(Policy, FailsIfAForgottenRecordIsJudgedAsADeletedOne) {
  latecomer g;
  g.forget_meanwhile();
  g.t.send(3);
  g.t.refuse(g.late, verdict_code::superseded, rule_code::delete_update, g.gone);
  g.t.answer(3);
  expect_only(g.t, "policy", "wrong verdict");
}

TEST(Policy, FailsIfADeletedRecordIsJudgedAsAForgottenOne) {
  latecomer g;
  g.t.put(1, {remove("pages", g.page)});
  g.t.send(3);
  g.t.refuse(g.late, verdict_code::rejected, rule_code::gone);
  g.t.answer(3);
  expect_only(g.t, "policy", "wrong verdict");
}

TEST(Policy, AdmitsBothReadingsIfTheFenceMovedWhileAPushWasJudged) {
  for (const bool known : {true, false}) {
    latecomer g;
    g.t.send(3);
    g.forget_meanwhile();
    if (known)
      g.t.refuse(g.late, verdict_code::superseded, rule_code::delete_update, g.gone);
    else
      g.t.refuse(g.late, verdict_code::rejected, rule_code::gone);
    g.t.answer(3);
    expect_none(g.t);
  }
}

} // namespace
} // namespace squall::told
