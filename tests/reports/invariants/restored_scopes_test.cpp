// Histories in which a server that is restored from a backup takes moves and grants back, scope by scope.
#include "tests/reports/invariants/office.hpp"
#include "tests/reports/invariants/wire.hpp"

namespace squall::told {
namespace {

// After a backup at 2 the box goes to the second team and changes there; device 2 gets that team's scope and device 3 loses it.
// All of it is undone.
struct rewound : office {
  intent_index status = 0;
  intent_index late = 0; ///< device 2 writes in the scope that it was given, and does not send it
  explicit rewound(bool writes_late = false) {
    t.backs_up();
    t.back_up();
    move_box();
    status = does(1, update("boxes", box, {set("status", "sent")}));
    t.give(2, 2);
    withdraw();
    all_pull();
    if (writes_late)
      late = t.write(2, {update("boxes", box, {set("name", "blue")})});
    t.restore_server(2);
  }
  void hear(std::uint32_t device, std::uint32_t scope) {
    t.resync(device, scope);
    t.snapshot(device, scope);
  }
  /// Each hears of it in the scopes that it holds, and then of its grants.
  void all_hear() {
    for (std::uint32_t device = 1; device <= 3; ++device)
      for (const auto scope : {1U, 3U})
        hear(device, scope);
    hear(1, 2);
    all_pull();
  }
  void offer() {
    t.send(1);
    t.commit(moved);
    t.commit(status);
    t.answer(1);
  }
  void good() {
    all_hear();
    offer();
    end();
  }
};

TEST(RestoredScopes, PassWhatIsUndoneAndDoneAgain) {
  rewound r;
  r.t.read(1, r.box);
  r.t.export_all();
  r.hear(1, 1);
  r.t.read(1, r.note);
  r.hear(1, 2);
  r.t.read(1, r.box);
  r.hear(1, 3);
  r.t.read(1, r.box);
  r.t.export_all();
  for (const auto device : {2U, 3U})
    for (const auto scope : {1U, 3U})
      r.hear(device, scope);
  r.all_pull();
  r.t.read(2, r.box);
  r.t.read(3, r.box);
  r.offer();
  r.all_pull();
  r.t.give(2, 2);
  r.t.withdraw(3, 1);
  r.end();
  tell_audit(r.t);
  const auto o = judge_tale(r.t);
  EXPECT_EQ(o.failed(), names{}) << explain(o);
  EXPECT_EQ(o.unknown(), names{}) << explain(o);
  EXPECT_EQ(o.metrics.at("undone_commits"), 2U);
  EXPECT_EQ(o.metrics.at("offered_again"), 2U);
}

TEST(RestoredScopes, PassASecondRestoreToTheSameCopy) {
  rewound r;
  r.all_hear();
  r.t.give(2, 2);
  r.offer();
  r.all_pull();
  r.t.restore_server(2);
  r.hear(3, 2); // which the first restore had given back to it
  r.good();
  tell_audit(r.t);
  expect_none(r.t);
}

TEST(RestoredScopes, FailIfADeviceKeepsGrantsThatWereUndone) {
  rewound r;
  r.good();
  r.t.erase([&](const entry& e) {
    const bool told = e.kind == entry_kind::grants_told && e.aux == 1;
    return e.actor == 2 && (told || (e.kind == entry_kind::scope_purged && e.scope == 2));
  });
  EXPECT_TRUE(judge_tale(r.t).failed().contains("liveness"));
  EXPECT_EQ(judge_tale(r.t).shape("authorization"), "told of newer grants and does not take them");
}

TEST(RestoredScopes, FailIfAnEffectRestsOnAGrantThatWasUndone) {
  const auto told = [](bool denied) {
    rewound r(true);
    r.all_hear();
    r.t.send(2);
    if (denied)
      r.t.refuse(r.late, verdict_code::rejected, rule_code::denied);
    else
      r.t.commit(r.late);
    r.t.answer(2);
    r.offer();
    r.end();
    return judge_tale(r.t);
  };
  const auto good = told(true);
  EXPECT_EQ(good.failed(), names{}) << explain(good);
  EXPECT_TRUE(told(false).failed().contains("authorization"));
}

TEST(RestoredScopes, FailIfAMoveThatWasUndoneIsStillShown) {
  rewound r;
  r.all_hear();
  r.t.read(3, r.box);
  auto& told = r.t.last(entry_kind::row_read, [](const entry& e) { return e.actor == 3; });
  ASSERT_EQ(static_cast<presence_code>(told.code), presence_code::live);
  told.code = static_cast<std::uint8_t>(presence_code::absent);
  r.t.erase([&](const entry& e) { return e.kind == entry_kind::value_read && e.actor == 3 && e.record == r.box; });
  r.offer();
  r.end();
  EXPECT_EQ(judge_tale(r.t).shape("causality"), "live row not shown");
}

TEST(RestoredScopes, FailIfAnUndoneMoveIsNeverOfferedAgain) {
  rewound r;
  r.all_hear();
  r.end();
  EXPECT_EQ(judge_tale(r.t).shape("no_lost_write"), "undone and never offered again");
}

TEST(RestoredScopes, FailIfADeviceNeverHearsOfItInOneScope) {
  rewound r;
  r.good();
  r.t.erase(
      [](const entry& e) { return e.kind == entry_kind::cursor_moved && e.actor == 3 && e.scope == 3 && e.aux == 2; });
  EXPECT_TRUE(judge_tale(r.t).failed().contains("liveness"));
}

TEST(RestoredScopes, FailIfTheAuditHoldsWhatWasUndone) {
  rewound r;
  r.all_hear();
  r.t.send(1);
  r.end();
  auto undone = r.t;
  tell_audit(r.t);
  auto& read = r.t.last(entry_kind::audit_read);
  read.value += 1;
  r.t.tell(
      {.kind = entry_kind::audit_row,
       .code = static_cast<std::uint8_t>(verdict_code::applied),
       .intent = r.moved,
       .s = 3,
       .value = r.t.first(entry_kind::intent_accepted, [&](const entry& e) { return e.intent == r.moved; }).value});
  EXPECT_TRUE(judge_tale(r.t).failed().contains("audit"));
  tell_audit(undone);
  EXPECT_FALSE(judge_tale(undone).failed().contains("audit"));
}

TEST(RestoredScopes, LetADeviceDropWhatItKeptWithAScopeThatItLoses) {
  office o;
  o.t.backs_up();
  o.move_box();
  o.t.back_up();
  o.does(3, update("boxes", o.box, {set("status", "sent")}));
  o.all_pull();
  o.withdraw();
  o.t.restore_server(3);
  for (std::uint32_t device = 1; device <= 3; ++device)
    for (const auto scope : {1U, 3U}) {
      o.t.resync(device, scope);
      o.t.snapshot(device, scope);
    }
  o.t.resync(1, 2);
  o.t.snapshot(1, 2);
  o.end();
  const auto is = judge_tale(o.t);
  EXPECT_EQ(is.failed(), names{}) << explain(is);
  EXPECT_EQ(is.metrics.at("undone_commits"), 1U);
  EXPECT_EQ(is.metrics.at("offered_again"), 0U);
}

// Those of the start are the same in every generation: whoever has them need not say that it heard of a new one.
TEST(RestoredScopes, LetADeviceIgnoreGrantsOfAGenerationThatIsOver) {
  const auto told = [](bool heard) {
    office o;
    o.t.backs_up();
    o.t.back_up();
    o.t.give(2, 1, 1);
    constexpr std::uint64_t late = 1'000'000;
    o.t.tell({.kind = entry_kind::request_refused, .code = 3, .peer = 2, .message = late});
    o.t.restore_server(2);
    if (heard)
      for (const auto scope : {1U, 3U}) {
        o.t.resync(2, scope);
        o.t.snapshot(2, scope);
        o.t.pull_scope(2, scope);
      }
    o.t.tick();
    o.t.tell({.kind = entry_kind::message_delivered, .actor = 2, .message = late});
    o.t.tick();
    o.t.status(2);
    return judge_tale(o.t).shape("authorization");
  };
  EXPECT_EQ(told(false), "told of newer grants and does not take them");
  EXPECT_EQ(told(true), "");
}

// Device 2 was denied the second team's scope before the copy, and hears so when it holds it; which is undone.
TEST(RestoredScopes, KeepDenialsThatTheyTellLater) {
  office o;
  o.t.backs_up();
  o.move_box();
  const auto late = o.t.write(2, {update("notes", o.note, {set("title", "late")})});
  o.t.withdraw(2, 1);
  o.t.send(2);
  o.t.refuse(late, verdict_code::rejected, rule_code::denied);
  o.t.back_up();
  o.t.give(2, 1);
  o.t.answer_and_lose(2);
  o.t.restore_server(3);
  for (std::uint32_t device = 1; device <= 3; ++device)
    for (const auto scope : {1U, 2U, 3U})
      if (scope == 3 || device != 2) {
        o.t.resync(device, scope);
        o.t.snapshot(device, scope);
      }
  o.all_pull();
  o.t.send(2);
  o.t.answer(2);
  o.end();
  tell_audit(o.t);
  const auto is = judge_tale(o.t);
  EXPECT_EQ(is.failed(), names{}) << explain(is);
}

TEST(RestoredScopes, FailIfADenialRestsOnAWithdrawalThatWasUndone) {
  const auto told = [](bool denied) {
    office o;
    o.t.backs_up();
    o.t.back_up();
    const auto late = o.t.write(2, {update("notes", o.note, {set("title", "late")})});
    o.t.withdraw(2, 1);
    o.t.restore_server(2);
    for (std::uint32_t device = 1; device <= 3; ++device)
      for (const auto scope : {1U, 2U, 3U})
        if (scope != 2 || device != 2) {
          o.t.resync(device, scope);
          o.t.snapshot(device, scope);
        }
    o.t.send(2);
    if (denied)
      o.t.refuse(late, verdict_code::rejected, rule_code::denied);
    else
      o.t.commit(late);
    o.t.answer(2);
    o.end();
    return judge_tale(o.t);
  };
  const auto good = told(false);
  EXPECT_EQ(good.failed(), names{}) << explain(good);
  EXPECT_TRUE(told(true).failed().contains("no_lost_write"));
}

// What it saw in a scope that it lost, and what nobody has any more, its clock goes on from.
TEST(RestoredScopes, LeaveADevicesClockWhereAScopeThatItLostHadBroughtIt) {
  constexpr std::int64_t hour = 60 * minute;
  for (const bool seen : {true, false}) {
    office o;
    o.t.plan.mutable_knobs()->set_stamp_bound_ns(2 * hour);
    o.t.backs_up();
    o.move_box();
    o.t.back_up();
    o.t.write(1, {update("boxes", o.box, {set("status", "sent")})});
    auto& ahead = o.t.last(entry_kind::intent_accepted);
    ahead.value += hour;
    const auto shown = ahead.value;
    const auto intent = ahead.intent;
    o.t.last(entry_kind::clock_read, [](const entry& e) { return e.actor == 1; }).value = shown;
    o.t.send(1);
    o.t.commit(intent);
    o.t.answer(1);
    if (seen)
      o.t.pull(3);
    o.withdraw();
    o.t.restore_server(3);
    o.t.write(3, {update("notes", o.note, {set("title", "later")})});
    o.t.last(entry_kind::intent_accepted).value = shown + 1;
    const auto is = judge_tale(o.t);
    EXPECT_EQ(is.failed().contains("clock_sane"), !seen) << explain(is);
  }
}

} // namespace
} // namespace squall::told
