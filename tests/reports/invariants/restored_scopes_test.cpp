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

} // namespace
} // namespace squall::told
