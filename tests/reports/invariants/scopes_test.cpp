// Histories in which users gain and lose scopes, and records move between them: rightly, or with one thing wrong.
#include "tests/reports/invariants/office.hpp"
#include "tests/reports/invariants/wire.hpp"

namespace squall::told {

scenarios::DataModel offices_of_tales() {
  auto model = enterprise_of_tales();
  const auto add = [&](const std::string& name, const std::string& policy, const std::string& field,
                       const std::string& type) -> scenarios::Collection& {
    auto& collection = *model.add_collections();
    collection.set_name(name);
    collection.set_policy(policy);
    auto& only = *collection.add_fields();
    only.set_name(field);
    only.set_type(type);
    only.set_rule("lww_server");
    return collection;
  };
  add("suppliers", "field_merge", "name", "text").set_wide(true);
  add("rates", "field_merge", "percent", "integer").add_writers("boss");
  auto& from = *add("bills", "field_merge", "from", "reference").mutable_fields(0);
  from.set_target("suppliers");
  from.set_on_delete("restrict");
  return model;
}

namespace {

std::uint32_t boss = 1;

TEST(Scopes, PassAGoodHistoryOfMovesAndGrants) {
  office o;
  const auto goes = o.t.write(1, {move("boxes", o.box, 2)});
  o.t.read(1, o.box);
  o.t.send(1);
  o.t.commit(goes);
  o.t.answer(1);
  o.t.pull_scope(1, 2); // the new scope's page comes first
  o.t.read(1, o.box);
  o.t.export_all();
  o.t.pull_scope(1, 1);
  o.t.pull_scope(3, 1); // the old one's: it is nowhere for a while
  o.t.read(3, o.box);
  o.t.export_all();
  o.all_pull();
  o.t.read(2, o.box);
  o.does(3, update("boxes", o.box, {set("status", "sent")}));
  const auto late = o.t.write(3, {update("labels", o.label, {set("box", ref(o.box))})});
  o.withdraw();
  o.t.read(3, o.box);
  o.t.send(3);
  o.t.refuse(late, verdict_code::rejected, rule_code::denied);
  o.t.answer(3);
  o.t.put(2, {create("suppliers", {set("name", "acme")})});
  o.denied(2, create("rates", {set("percent", 5)}));
  o.t.give(2, 1, boss);
  o.t.pull(2);
  o.t.put(2, {create("rates", {set("percent", 5)})});
  o.t.give(3, 2);
  o.all_pull();
  o.all_pull();
  o.t.read(3, o.box);
  o.t.crash(3);
  o.t.snapshot(3, 2);
  o.end();
  const auto is = judge_tale(o.t);
  EXPECT_EQ(is.failed(), names{}) << explain(is);
  EXPECT_EQ(is.unknown(), names{}) << explain(is);
  EXPECT_EQ(is.metrics.at("records_moved"), 2U);
  EXPECT_EQ(is.metrics.at("scopes_purged"), 1U);
  EXPECT_EQ(is.metrics.at("grants_changed"), 3U);
  EXPECT_EQ(is.metrics.at("rejected_denied"), 2U);
  EXPECT_EQ(is.metrics.at("devices_unsettled"), 0U);
}

// -- grants at the server -----------------------------------------------------------------------------------------------------

TEST(Grants, FailIfAPageIsServedAfterAWithdrawal) {
  office o;
  o.t.withdraw(3, 2);
  o.t.tell({.kind = entry_kind::page_served, .peer = 3, .scope = 2, .s = 2, .value = 2, .ref = 2, .aux = 1});
  expect_only(o.t, "authorization", "page without a grant");
}

TEST(Grants, FailIfAnEffectIsCommittedAfterAWithdrawal) {
  office o;
  o.move_box();
  const auto late = o.t.write(3, {update("boxes", o.box, {set("status", "sent")})});
  o.t.send(3);
  o.t.withdraw(3, 2);
  o.t.commit(late);
  expect_fails(o.t, "authorization", "effect without a grant");
}

TEST(Grants, MayBeWithdrawnBetweenArrivalAndVerdict) {
  office o;
  o.move_box();
  const auto late = o.t.write(3, {update("boxes", o.box, {set("status", "sent")})});
  o.t.send(3);
  o.t.withdraw(3, 2);
  o.t.refuse(late, verdict_code::rejected, rule_code::denied);
  o.t.give(3, 2); // before the verdict leaves
  o.t.answer(3);
  expect_none(o.t);
}

TEST(Grants, FailIfARefusalWasRightOnlyBeforeItsIntentArrived) {
  office o;
  o.move_box();
  const auto late = o.t.write(3, {update("boxes", o.box, {set("status", "sent")})});
  o.t.withdraw(3, 2);
  o.t.give(3, 2);
  o.t.send(3);
  o.t.refuse(late, verdict_code::rejected, rule_code::denied);
  o.t.answer(3);
  expect_fails(o.t, "no_lost_write", "refused without a reason");
}

TEST(Grants, FailIfWhoMayNotWriteThereDoes) {
  office o;
  o.does(2, create("rates", {set("percent", 5)}));
  expect_fails(o.t, "authorization", "effect without a grant");
}

TEST(Grants, FailIfWhoMayWriteThereIsDenied) {
  office o;
  o.t.give(2, 1, boss);
  o.t.pull(2);
  o.denied(2, create("rates", {set("percent", 5)}));
  expect_fails(o.t, "no_lost_write", "refused without a reason");
}

TEST(Grants, FailIfAChangeOfWhoMayNotWriteThereIsShown) {
  office o;
  const auto rate = o.t.write(2, {create("rates", {set("percent", 5)})});
  o.t.read(2, o.t.record(rate));
  EXPECT_FALSE(judge_tale(o.t).failed().empty());
  o.t.last(entry_kind::row_read).code = static_cast<std::uint8_t>(presence_code::absent);
  o.t.erase([&](const entry& e) { return e.kind == entry_kind::value_read && e.record == o.t.record(rate); });
  expect_none(o.t);
}

TEST(Grants, FailIfAVersionIsLeftOut) {
  office o;
  o.t.withdraw(3, 2);
  o.t.last(entry_kind::revoke).aux = 3;
  expect_only(o.t, "authorization", "version of grants out of order");
}

// -- grants on a device ---------------------------------------------------------------------------------------------------------

TEST(Withdrawal, FailsIfADeviceThatWasToldGoesOn) {
  office o;
  o.withdraw();
  o.end();
  o.t.erase([](const entry& e) { return e.kind == entry_kind::grants_told || e.kind == entry_kind::scope_purged; });
  expect_fails(o.t, "authorization", "told of newer grants and does not take them");
}

TEST(Withdrawal, FailsIfADeviceGoesBackToOlderGrantsOrTakesSomeThatNobodyGave) {
  for (const std::uint64_t version : {1U, 7U}) {
    office o;
    o.withdraw();
    o.t.tell({.kind = entry_kind::grants_told, .actor = 3, .aux = version});
    EXPECT_EQ(judge_tale(o.t).shape("authorization"),
              version == 1 ? "grants go back" : "told of grants that were never given");
  }
}

TEST(Withdrawal, MayBeForgottenInACrash) {
  office o;
  o.t.withdraw(3, 2);
  const auto& reply = o.t.tell({.kind = entry_kind::request_refused, .code = 3, .peer = 3, .message = 4711});
  o.t.tell({.kind = entry_kind::message_delivered, .actor = 3, .message = reply.message});
  o.t.crash(3);
  o.t.read(3, o.note);
  expect_none(o.t);
}

TEST(Withdrawal, FailsIfADeviceKeepsTheScope) {
  office o;
  o.move_box();
  o.withdraw();
  o.t.erase([](const entry& e) { return e.kind == entry_kind::scope_purged; });
  expect_only(o.t, "authorization", "scope kept after its withdrawal");
}

TEST(Withdrawal, FailsIfARowIsStillShown) {
  office o;
  o.move_box();
  o.withdraw();
  o.t.read(3, o.box);
  auto& row = o.t.last(entry_kind::row_read);
  row.code = static_cast<std::uint8_t>(presence_code::live);
  row.collection = o.t.collection("boxes");
  expect_only(o.t, "authorization", "withdrawn scope shown");
}

TEST(Withdrawal, FailsIfTheScopeIsStillExported) {
  office o;
  o.move_box();
  o.withdraw();
  o.t.tell({.kind = entry_kind::export_began, .actor = 3, .scope = 2, .s = 3, .aux = 1});
  o.t.tell(
      {.kind = entry_kind::export_row, .actor = 3, .record = o.box, .collection = o.t.collection("boxes"), .scope = 2});
  o.t.tell({.kind = entry_kind::export_ended, .actor = 3, .scope = 2, .value = 1});
  const auto is = judge_tale(o.t);
  EXPECT_TRUE(is.failed().contains("authorization")) << explain(is);
}

TEST(Withdrawal, FailsIfATaskIsStillShown) {
  office o;
  o.t.put(1, {move("briefs", o.brief, 2)});
  o.all_pull();
  const auto two = o.t.write(1, {update("briefs", o.brief, {set("title", "two")})});
  const auto three = o.t.write(3, {update("briefs", o.brief, {set("title", "three")})});
  o.t.send(1);
  o.t.commit(two);
  o.t.answer(1);
  o.t.send(3);
  o.t.conflict(three, rule_code::manual, two, o.brief);
  o.t.answer(3);
  o.all_pull();
  entry shown{.kind = entry_kind::task_shown,
              .code = 1,
              .actor = 3,
              .record = o.brief,
              .collection = o.t.collection("briefs"),
              .field = whole_record,
              .value = 1,
              .aux = 1};
  o.t.tell(shown);
  expect_none(o.t);
  o.withdraw();
  o.t.tell(shown);
  expect_only(o.t, "authorization", "withdrawn task shown");
}

TEST(Withdrawal, FailsIfAScopeIsPurgedThatIsHeld) {
  office o;
  o.t.tell({.kind = entry_kind::scope_purged, .actor = 3, .scope = 2});
  expect_only(o.t, "authorization", "scope purged without a withdrawal");
}

TEST(Withdrawal, FailsIfTheCursorGoesOnInTheScope) {
  office o;
  o.withdraw();
  o.t.tell({.kind = entry_kind::cursor_moved, .actor = 3, .scope = 2, .s = 0, .ref = 0, .aux = 1});
  expect_only(o.t, "monotonic_reads", "cursor in a scope that it does not hold");
}

TEST(Withdrawal, FailsIfTheScopeIsCalledSynced) {
  office o;
  o.withdraw();
  o.t.tell({.kind = entry_kind::status_shown, .code = 1, .actor = 3, .scope = 2, .aux = 1});
  expect_only(o.t, "honest_status", "synced in a scope that it does not hold");
}

TEST(Withdrawal, TakesWhatIsAcknowledgedWithIt) {
  office o;
  o.move_box();
  o.does(3, update("boxes", o.box, {set("status", "sent")}));
  o.withdraw(); // before its cursor reached the change
  o.t.give(3, 2);
  o.t.pull_scope(3, 1); // told, but the scope is empty yet
  o.t.read(3, o.box);
  o.end();
  expect_none(o.t);
}

TEST(Withdrawal, FoldsWhatWaitsInAgainIfTheScopeComesBack) {
  office o;
  o.move_box();
  const auto edit = o.t.write(3, {update("boxes", o.box, {set("status", "sent")})});
  o.withdraw();
  o.t.read(3, o.box);
  o.t.give(3, 2);
  o.t.pull(3);
  o.t.pull(3);
  o.t.read(3, o.box);
  expect_none(o.t);
  auto hidden = o.t;
  auto& value = hidden.last(entry_kind::value_read, [&](const entry& e) { return e.intent == edit; });
  value.value = digest_of("draft");
  value.intent = hidden.first(entry_kind::intent_accepted).intent;
  expect_fails(hidden, "read_your_writes", "own write not shown");
}

TEST(Liveness, FailsIfADeviceNeverLearnsOfItsGrants) {
  office o;
  o.t.withdraw(3, 2);
  o.t.rest();
  expect_only(o.t, "liveness", "never learns of its grants");
}

TEST(Liveness, FailsIfAScopeThatCameBackIsNeverFilled) {
  office o;
  o.move_box();
  o.withdraw();
  o.t.give(3, 2);
  o.t.pull_scope(3, 1);
  o.t.rest();
  expect_only(o.t, "liveness", "cursor never reaches the head");
}

TEST(Liveness, WantsNothingInAScopeThatWasLost) {
  office o;
  o.withdraw();
  o.t.put(1, {move("boxes", o.box, 2)});
  o.end();
  expect_none(o.t);
}

// -- which scope ------------------------------------------------------------------------------------------------------------------

TEST(Intention, FailsIfAWideRecordIsCreatedInATeam) {
  office o;
  o.t.write(2, {create("suppliers", {set("name", "acme")})});
  o.t.last(entry_kind::intent_accepted).scope = 1;
  expect_fails(o.t, "intention", "intent in the wrong scope");
}

TEST(Intention, FailsIfAChildIsCreatedApartFromItsParent) {
  office o;
  o.move_box();
  o.t.write(1, {create("labels", {set("box", ref(o.box))})});
  expect_none(o.t);
  o.t.last(entry_kind::intent_accepted).scope = 1;
  expect_fails(o.t, "intention", "intent in the wrong scope");
}

TEST(Intention, SaysThatAWideRecordDrawsNothingToItsScope) {
  office o;
  const auto supplier = o.t.record(o.t.put(2, {create("suppliers", {set("name", "acme")})}));
  o.t.write(2, {create("bills", {set("from", ref(supplier))})});
  o.t.last(entry_kind::intent_accepted).scope = 1;
  expect_none(o.t);
  o.t.last(entry_kind::intent_accepted).scope = 3;
  expect_fails(o.t, "intention", "intent in the wrong scope");
}

TEST(Intention, FailsIfARecordIsMovedElsewhere) {
  office o;
  o.t.write(1, {move("boxes", o.box, 2)});
  o.t.plan.mutable_intentions(o.t.plan.intentions_size() - 1)->mutable_acts(0)->set_to_team(3);
  expect_only(o.t, "intention", "intent is not what was meant");
}

// -- hints ------------------------------------------------------------------------------------------------------------------------

TEST(Grants, FailIfAHintIsOfAScopeThatItsReceiverDoesNotHold) {
  for (const bool after_commit : {false, true}) {
    office o;
    o.t.plan.mutable_knobs()->set_invalidate_for_ns(1'000'000'000);
    if (!after_commit)
      o.t.withdraw(3, 2);
    o.does(1, move("boxes", o.box, 2));
    if (after_commit)
      o.t.withdraw(3, 2); // the hint may have been under way in the server
    wire(o.t).invalidate(3, o.t.last(entry_kind::intent_committed).s, 2);
    EXPECT_EQ(judge_tale(o.t).shape("bounded"), after_commit ? "" : "invalidation without a grant");
  }
}

} // namespace
} // namespace squall::told
