// What is kept although it may be forgotten.
#include "tests/reports/invariants/grave.hpp"

namespace squall::told {
namespace {

TEST(Bounded, FailsIfTheServerRemembersWhatItMayForget) {
  grave g;
  g.bury();
  g.t.wait(second);
  g.end();
  expect_only(g.t, "bounded", "tombstone kept");
}

TEST(Bounded, AsksForNothingThatTheLastPullAloneMadeKnown) {
  grave g;
  g.t.put(1, {remove("pages", g.page)});
  g.t.pull(2);
  g.t.pull(3);
  g.t.wait(second);
  g.t.pull(1);
  g.t.pull(2);
  g.t.pull(3); // only now it tells that it has seen the deletion
  g.t.rest();
  expect_none(g.t);
  grave h;
  h.bury();
  h.t.pull(1);
  h.t.wait(second); // only the very last pull comes late enough
  h.t.pull(2);
  h.t.rest();
  expect_none(h.t);
}

TEST(Bounded, AsksForNothingWhileATaskIsOpen) {
  grave g;
  const auto edit = g.t.write(2, {update("orders", g.order, {set("title", "two")})});
  const auto gone = g.t.put(1, {remove("orders", g.order)});
  g.t.send(2);
  g.t.conflict(edit, rule_code::delete_update, gone, g.order);
  g.t.answer(2);
  g.all_pull();
  g.t.wait(second);
  g.end();
  EXPECT_FALSE(judge_tale(g.t).failed().contains("bounded"));
}

TEST(Bounded, FailsIfADeviceDoesNotKeepTheFenceThatItsCursorCameWith) {
  grave g;
  g.bury();
  g.t.wait(second);
  g.t.move_fence(2, 2);
  g.t.put(1, {update("orders", g.order, {set("title", "two")})});
  g.end();
  g.t.erase([](const entry& e) { return e.kind == entry_kind::fence_told && e.actor == 2; });
  for (auto& e : g.t.entries)
    if (e.kind == entry_kind::export_began && e.actor == 2)
      e.ref = 0;
  expect_fails(g.t, "bounded", "fence not kept");
}

TEST(Bounded, FailsIfTheServerKeepsVerdictsThatTheDeviceHasToldToHave) {
  grave g;
  g.bury();
  g.end();
  entry stored{.kind = entry_kind::verdicts_read, .peer = 1, .s = 2, .value = 16, .aux = 1};
  g.t.tell(stored);
  expect_only(g.t, "bounded", "verdict kept");
}

TEST(Bounded, AllowsVerdictsThatTheLastPullsDidNotTellOf) {
  grave g;
  g.bury();
  g.all_pull();
  g.t.put(1, {update("orders", g.order, {set("title", "two")})});
  g.t.pull(2);
  g.t.pull(3);
  g.t.tell({.kind = entry_kind::verdicts_read, .peer = 1, .s = 3, .value = 16, .aux = 1});
  g.t.rest();
  expect_none(g.t); // one that was not told of, and fewer than are worth a transaction
  g.t.last(entry_kind::verdicts_read).value = 17;
  expect_only(g.t, "bounded", "verdict kept");
}

TEST(Bounded, FailsIfAQueueHoldsAnAcknowledgedIntent) {
  grave g;
  g.end();
  auto& read = g.t.first(entry_kind::queue_read, [](const entry& e) { return e.actor == 1; });
  read.value = 1;
  g.t.insert_after(read, {.kind = entry_kind::queue_row, .actor = 1, .intent = g.made});
  expect_only(g.t, "bounded", "acknowledged intent kept");
}

TEST(Bounded, SaysNothingOfScopesThatAreNotAtRest) {
  grave g;
  g.bury();
  g.t.wait(second);
  g.t.pull(1);
  g.t.write(3, {update("orders", g.order, {set("title", "two")})});
  g.t.rest();
  const auto o = judge_tale(g.t);
  EXPECT_FALSE(o.failed().contains("bounded")) << explain(o);
}

TEST(Bounded, FailsWhereATombstoneOutlivesAPullThatCouldHaveForgottenIt) {
  grave g;
  g.bury();
  g.t.wait(second);
  g.t.pull(1);
  g.t.pull(2);
  g.t.write(3, {update("orders", g.order, {set("title", "two")})}); // not at rest, so nothing is asked of the end
  g.t.rest();
  const auto o = judge_tale(g.t);
  EXPECT_TRUE(o.failed().contains("bounded")) << explain(o);
  EXPECT_EQ(o.shape("bounded"), "tombstone kept");
}

TEST(Bounded, IsUnknownWhereNothingWasToBeForgottenAndLeftOutWhereNobodyAsks) {
  tale idle(2);
  idle.forgets(second);
  EXPECT_TRUE(judge_tale(idle).unknown().contains("bounded"));
  EXPECT_FALSE(judge_tale(a_good_tale()).of.contains("bounded"));
}

} // namespace
} // namespace squall::told
