// The audit against what was decided, and the server that its records lead to against the one that kept them.
#include "tests/reports/invariants/grave.hpp"
#include "tests/reports/invariants/office.hpp"
#include "tests/reports/invariants/shop.hpp"
#include "tests/reports/invariants/wire.hpp"

namespace squall::told {
namespace {

using k = entry_kind;

tale audited() {
  auto t = a_good_tale();
  tell_audit(t);
  return t;
}

bool is_row(const entry& e) { return e.kind == k::audit_row; }

TEST(Audit, PassesOneThatSaysWhatWasDecided) {
  const auto o = judge_tale(audited());
  EXPECT_EQ(o.failed(), names{}) << explain(o);
  EXPECT_GT(o.of.at("audit").checked(), 14U); // records twice, and rows
  EXPECT_EQ(o.metrics.at("audit_rows"), 7U);
}

TEST(Audit, PassesOneWithTasksStampsSetsAndForgottenRecords) {
  firm f;
  f.disagree();
  f.t.put(1, {update("counts", f.count, {insert("tags", "y")})});
  f.t.put(1, {update("notes", f.note, {set("title", "two")})});
  f.t.pull(2);
  f.t.put(2, {settles(1, {f.sized}, update("briefs", f.brief, {set("size", 3)}))});
  f.end();
  tell_audit(f.t);
  expect_none(f.t);
  grave g;
  g.forget();
  const auto late = g.t.write(3, {update("pages", g.page, {set("title", "late")})});
  g.t.send(3);
  g.t.refuse(late, verdict_code::rejected, rule_code::gone);
  g.t.answer(3);
  g.end();
  tell_audit(g.t);
  expect_none(g.t);
}

TEST(Audit, IsLeftOutWhereTheSystemHasNone) { EXPECT_FALSE(judge_tale(a_good_tale()).of.contains("audit")); }

TEST(Audit, FailsIfAJudgedIntentHasNoRecord) {
  const auto good = audited();
  for (std::size_t i = 0; i < good.entries.size(); ++i) {
    if (!is_row(good.entries[i]))
      continue;
    auto bad = good;
    const auto intent = bad.entries[i].intent;
    bad.erase([&](const entry& e) { return (is_row(e) || e.kind == k::audit_field) && e.intent == intent; });
    bad.first(k::audit_read).value -= 1;
    EXPECT_EQ(judge_tale(bad).shape("audit"), "record missing") << i;
  }
}

TEST(Audit, FailsIfAnIntentHasTwoRecords) {
  auto t = audited();
  const auto first = t.first(k::audit_row);
  t.insert_after(t.last(k::audit_row), first);
  t.first(k::audit_read).value += 1;
  EXPECT_EQ(judge_tale(t).shape("audit"), "two records of one intent");
}

TEST(Audit, FailsIfNobodyHasSentWhatItHolds) {
  auto t = a_good_tale();
  const auto last = t.write(1, {create("pages", {set("title", "unsent")})});
  tell_audit(t);
  t.insert_after(t.last(k::audit_row), {.kind = k::audit_row, .code = 5, .rule = 5, .intent = last});
  t.first(k::audit_read).value += 1;
  EXPECT_EQ(judge_tale(t).shape("audit"), "record of what was not judged");
}

TEST(Audit, FailsIfCommitsAreOutOfOrder) {
  auto t = audited();
  std::vector<entry*> rows;
  for (auto& e : t.entries)
    if (is_row(e) && e.s != 0)
      rows.push_back(&e);
  std::swap(*rows[0], *rows[1]);
  EXPECT_EQ(judge_tale(t).shape("audit"), "commits out of order");
}

struct change {
  const char* what;
  std::function<void(entry&)> make;
  std::function<bool(const entry&)> where;
};

void expect_each_noticed(const tale& good, const std::vector<change>& changes) {
  expect_none(good);
  for (const auto& c : changes) {
    int places = 0;
    for (std::size_t i = 0; i < good.entries.size(); ++i) {
      if (!c.where(good.entries[i]))
        continue;
      ++places;
      auto bad = good;
      c.make(bad.entries[i]);
      EXPECT_TRUE(judge_tale(bad).failed().contains("audit")) << c.what << " of entry " << i;
    }
    EXPECT_GT(places, 0) << c.what;
  }
}

std::vector<change> changes_of_rows() {
  const auto refused = [](const entry& e) { return is_row(e) && e.s == 0; };
  return {
      {"verdict", [](entry& e) { e.code = e.code == 1 ? 2 : 1; }, is_row},
      {"rule", [](entry& e) { e.rule += 1; }, is_row},
      {"sequence", [](entry& e) { e.s += 1; }, is_row},
      {"winner", [](entry& e) { e.ref = e.ref == 1 ? 2 : 1; }, refused},
      {"task", [](entry& e) { e.aux += 1; }, is_row},
      {"stamp, up", [](entry& e) { e.value += 1; }, is_row},
      {"intent", [](entry& e) { e.intent = e.intent == 1 ? 2 : 1; }, is_row},
      {"records", [](entry& e) { e.value += 1; }, [](const entry& e) { return e.kind == k::audit_read; }},
  };
}

TEST(Audit, FailsIfARecordSaysAnythingElse) {
  const auto field = [](const entry& e) { return e.kind == k::audit_field; };
  auto changes = changes_of_rows();
  changes.push_back({"field", [](entry& e) { e.field += 1; }, field});
  changes.push_back({"field's rule", [](entry& e) { e.rule += 1; }, field});
  changes.push_back({"field's winner", [](entry& e) { e.ref += 1; }, field});
  changes.push_back({"field's record", [](entry& e) { e.record += 1; }, field});
  changes.push_back({"field's intent", [](entry& e) { e.intent += 1; }, field});
  expect_each_noticed(audited(), changes);
}

TEST(Audit, SaysWhatIsWrongWithIt) {
  const auto shape = [](tale t, k kind, const std::function<void(entry&)>& make) {
    make(t.first(kind));
    return judge_tale(t).shape("audit");
  };
  EXPECT_EQ(shape(audited(), k::audit_row, [](entry& e) { e.code = 2; }), "another decision");
  EXPECT_EQ(shape(audited(), k::audit_field, [](entry& e) { e.field += 1; }), "other fields");
  EXPECT_EQ(shape(audited(), k::audit_read, [](entry& e) { e.value += 1; }), "records that are not whole");
  EXPECT_EQ(shape(audited(), k::audit_row, [](entry& e) { e.value += 1; }), "stamp that cannot be");
}

TEST(Audit, FailsIfARecordOfMovesAndDenialsSaysAnythingElse) {
  office o;
  o.move_box();
  o.denied(2, create("rates", {set("percent", 5)}));
  o.t.give(2, 1, 1);
  o.all_pull();
  o.does(2, create("rates", {set("percent", 5)}));
  o.withdraw();
  o.denied(3, update("boxes", o.box, {set("status", "sent")}));
  o.end();
  tell_audit(o.t);
  expect_each_noticed(o.t, changes_of_rows());
}

TEST(Audit, FailsIfARecordOfWhatWasDoneAgainSaysAnythingElse) {
  shop s;
  const auto title = s.retitle(1, "two");
  s.t.restore_server(1);
  s.hear(1);
  s.hear(2);
  s.offer(1, {title});
  const auto no = s.t.write(1, {update("orders", s.order, {set("title", "no")})},
                            {{"orders", s.order, "title", compare_code::equal, txt("one")}});
  s.t.send(1);
  s.t.refuse(no, verdict_code::rejected, rule_code::guard);
  s.t.answer(1);
  s.end();
  tell_audit(s.t);
  expect_each_noticed(s.t, changes_of_rows());
}

TEST(Audit, FailsIfTheServerShowsAnotherStateThanItsRecordsLeadTo) {
  const auto good = audited();
  const auto at_end = [](const entry& e) { return e.actor == 0; };
  for (const auto& change :
       std::vector<std::function<void(tale&)>>{[&](tale& t) { t.first(k::export_field, at_end).value += 1; },
                                               [&](tale& t) { t.first(k::export_field, at_end).intent += 1; },
                                               [&](tale& t) { t.first(k::export_row, at_end).code = 1; },
                                               [&](tale& t) {
                                                 const auto gone = t.first(k::export_field, at_end);
                                                 t.erase([&](const entry& e) { return e == gone; });
                                               }}) {
    auto bad = good;
    change(bad);
    EXPECT_EQ(judge_tale(bad).shape("audit"), "another state");
  }
}

TEST(Audit, FailsIfARefusalIsNotWhatTheRecordsBeforeItLeadTo) {
  // The edit came after the deletion and was refused for that; the audit has it before.
  setting s;
  s.t.put(1, {remove("pages", s.page)});
  const auto late = s.t.write(2, {update("pages", s.page, {set("title", "late")})});
  s.t.send(2);
  s.t.refuse(late, verdict_code::superseded, rule_code::delete_update, 2);
  s.t.answer(2);
  s.t.pull(2);
  s.t.rest();
  tell_audit(s.t);
  expect_none(s.t);
  std::swap(*(&s.t.last(k::audit_row) - 1), s.t.last(k::audit_row));
  expect_only(s.t, "audit", "records lead elsewhere");
}

} // namespace
} // namespace squall::told
