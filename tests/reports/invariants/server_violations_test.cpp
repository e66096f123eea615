// For every invariant: a history that breaks it, and nothing but it. Here: what the server does.
#include "tests/reports/invariants/setting.hpp"

namespace squall::told {
namespace {

TEST(NoLostWrite, FailsIfAWriteIsRefusedWithoutAReason) {
  setting s;
  const auto edit = s.t.write(2, {update("orders", s.order, {set("title", "two")})});
  s.t.send(2);
  s.t.refuse(edit, verdict_code::superseded, rule_code::precedence, s.made);
  s.t.answer(2);
  s.t.rest();
  expect_only(s.t, "no_lost_write", "refused without a reason");
}

TEST(NoLostWrite, FailsIfAVerdictNeverComes) {
  setting s;
  s.t.write(2, {update("orders", s.order, {set("title", "two")})});
  s.t.rest();
  // Silence about a device that says it has settled is a lost write, and the run is not at rest either.
  const auto o = judge_tale(s.t);
  EXPECT_EQ(o.failed(), (names{"no_lost_write", "liveness"})) << explain(o);
  EXPECT_EQ(o.shape("no_lost_write"), "accepted but no verdict");
}

TEST(NoLostWrite, FailsIfAnAcknowledgedWriteWasNeverCommitted) {
  setting s;
  const auto edit = s.t.write(2, {update("orders", s.order, {set("title", "two")})});
  s.t.send(2);
  s.t.refuse(edit, verdict_code::applied, rule_code::none);
  s.t.answer(2);
  s.t.erase([](const entry& e) {
    return e.kind == entry_kind::surfaced || (e.kind == entry_kind::overlay_dropped && e.actor == 2);
  });
  const auto o = judge_tale(s.t);
  EXPECT_EQ(o.failed(), names{"no_lost_write"}) << explain(o);
  EXPECT_EQ(o.shape("no_lost_write"), "acknowledged but never committed");
}

TEST(ExactlyOnce, FailsIfARefusedIntentHadBeenCommitted) {
  setting s;
  s.t.put(2, {update("orders", s.order, {set("title", "two")})});
  for (const auto kind : {entry_kind::verdict_released, entry_kind::verdict_received, entry_kind::queue_exit}) {
    auto& e = s.t.last(kind);
    e.code = static_cast<std::uint8_t>(verdict_code::rejected);
    e.s = 0;
    if (kind != entry_kind::queue_exit)
      e.rule = static_cast<std::uint8_t>(rule_code::guard);
  }
  expect_only(s.t, "exactly_once", "refused but committed");
}

TEST(ExactlyOnce, FailsIfACounterIsNotTheSumOfItsDeltas) {
  setting s;
  s.t.put(2, {update("lines", s.line, {add("quantity", 3)})});
  s.t.pull(1);
  s.t.rest();
  for (auto& e : s.t.entries)
    if (e.kind == entry_kind::export_field && at_server(e) && e.record == s.line &&
        e.field == s.t.field("lines", "quantity"))
      e.value += 3;
  const auto o = judge_tale(s.t);
  EXPECT_EQ(o.failed(), (names{"exactly_once", "policy"})) << explain(o);
  EXPECT_EQ(o.shape("exactly_once"), "counter is not the sum");
}

TEST(FeedComplete, FailsIfAnEntryIsNotServed) {
  setting s;
  s.t.put(1, {update("orders", s.order, {set("title", "two")})});
  s.t.put(1, {update("orders", s.order, {set("title", "three")})});
  s.t.pull(2);
  s.t.erase([](const entry& e) {
    const bool feed =
        e.kind == entry_kind::feed_entry || e.kind == entry_kind::feed_row || e.kind == entry_kind::feed_field;
    return feed && e.peer == 2 && e.s == 3;
  });
  const auto o = judge_tale(s.t);
  EXPECT_EQ(o.failed(), names{"feed_complete"}) << explain(o);
}

TEST(FeedComplete, FailsIfAnEntryLacksAField) {
  setting s;
  s.t.put(1, {update("orders", s.order, {set("title", "two")})});
  s.t.pull(2);
  s.t.erase([](const entry& e) { return e.kind == entry_kind::feed_field && e.peer == 2 && e.s == 2; });
  expect_only(s.t, "feed_complete", "entry incomplete");
}

TEST(FeedComplete, FailsIfASnapshotLacksARow) {
  setting s;
  s.t.put(1, {update("orders", s.order, {set("title", "two")})});
  s.t.snapshot(2);
  s.t.erase([&](const entry& e) {
    return (e.kind == entry_kind::feed_row || e.kind == entry_kind::feed_field) && e.peer == 2 && e.record == s.line &&
           &e > &s.t.last(entry_kind::page_served);
  });
  expect_only(s.t, "feed_complete", "snapshot incomplete");
}

TEST(Policy, FailsIfTheServerCommitsWhatItHadToRefuse) {
  setting s;
  const auto take = s.t.write(2, {update("lines", s.line, {add("quantity", -1)})},
                              {{"lines", s.line, "quantity", compare_code::at_least, num(6)}});
  s.t.send(2);
  s.t.commit(take);
  s.t.answer(2);
  s.t.pull(2);
  s.t.pull(1);
  s.t.rest();
  expect_only(s.t, "policy", "committed against the policy");
}

TEST(Policy, FailsIfAMergedVerdictListsOtherFields) {
  setting s;
  const auto ships = s.t.put(1, {update("orders", s.order, {set("status", "shipped")})});
  const auto both = s.t.write(2, {update("orders", s.order, {set("status", "approved"), set("title", "two")})});
  s.t.send(2);
  s.t.commit(both, {"status"}, ships);
  s.t.answer(2);
  s.t.last(entry_kind::verdict_field).field = s.t.field("orders", "title");
  expect_only(s.t, "policy", "merged verdict lists the wrong fields");
}

TEST(Policy, FailsIfARefusalNamesTheWrongWinner) {
  setting s;
  s.t.put(1, {update("orders", s.order, {set("status", "shipped")})});
  const auto late = s.t.write(2, {update("orders", s.order, {set("status", "approved")})});
  s.t.send(2);
  s.t.refuse(late, verdict_code::superseded, rule_code::precedence, s.made);
  s.t.answer(2);
  expect_only(s.t, "policy", "wrong verdict");
}

TEST(Intention, FailsIfTheIntentIsNotWhatTheUserMeant) {
  setting s;
  s.t.write(2, {update("orders", s.order, {set("title", "two")})});
  s.t.plan.mutable_intentions(s.t.plan.intentions_size() - 1)->mutable_acts(0)->mutable_fields(0)->set_text("twelve");
  expect_only(s.t, "intention", "intent is not what was meant");
}

TEST(Intention, FailsIfTheServerEndsWithoutAWriteThatNothingReplaced) {
  setting s;
  s.t.put(2, {update("orders", s.order, {set("title", "two")})});
  s.t.pull(1);
  s.t.rest();
  auto& shown = s.t.first(entry_kind::export_field, [&](const entry& e) {
    return at_server(e) && e.record == s.order && e.field == s.t.field("orders", "title");
  });
  shown.value = digest_of("one");
  shown.intent = s.made;
  const auto o = judge_tale(s.t);
  EXPECT_EQ(o.failed(), (names{"intention", "policy"})) << explain(o);
  EXPECT_EQ(o.shape("intention"), "unexplained loss");
}

TEST(ReplaySafe, FailsIfARepeatIsAnsweredOtherwise) {
  setting s;
  s.t.put(2, {update("orders", s.order, {set("title", "two")})});
  auto again = s.t.last(entry_kind::verdict_released);
  again.flags = 1;
  again.s += 1;
  s.t.tell(again);
  expect_only(s.t, "replay_safe", "replay answered otherwise");
}

TEST(ReplaySafe, FailsIfAReplayTakesEffectAgain) {
  setting s;
  const auto edit = s.t.put(2, {update("orders", s.order, {set("title", "two")})});
  s.t.commit(edit);
  const auto o = judge_tale(s.t);
  EXPECT_EQ(o.failed(), (names{"replay_safe", "exactly_once"})) << explain(o);
}

TEST(Authorization, FailsIfAPageIsServedWithoutAGrant) {
  setting s;
  s.t.tell({.kind = entry_kind::revoke, .scope = 1, .ref = 2, .aux = 2});
  s.t.pull(2);
  expect_only(s.t, "authorization", "page without a grant");
}

TEST(Authorization, FailsIfAnIntentTakesEffectWithoutAGrant) {
  setting s;
  const auto edit = s.t.write(2, {update("orders", s.order, {set("title", "two")})});
  s.t.send(2);
  s.t.tell({.kind = entry_kind::revoke, .scope = 1, .ref = 2, .aux = 2});
  s.t.commit(edit);
  expect_only(s.t, "authorization", "effect without a grant");
}

} // namespace
} // namespace squall::told
