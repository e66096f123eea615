// Histories in which what was undone gets another name, since names in between are gone.
#include "tests/reports/invariants/shop.hpp"

namespace squall::told {
namespace {

// Of three changes of device 1 the second was refused; the others were undone and get other names.
struct renamed : shop {
  intent_index first = 0;
  intent_index third = 0;
  std::vector<intent_index> others;
  renamed() {
    first = retitle(1, "two");
    const auto second = t.write(1, {update("orders", order, {set("title", "no")})},
                                {{"orders", order, "title", compare_code::equal, txt("one")}});
    t.send(1);
    t.refuse(second, verdict_code::rejected, rule_code::guard);
    t.answer(1);
    third = t.put(1, {update("orders", order, {set("status", "approved")})});
    t.restore_server(1);
    hear(1);
    hear(2);
    others = t.relabel(1);
  }
};

TEST(Relabelled, TakesEffectUnderItsOtherName) {
  renamed r;
  r.offer(1, r.others);
  r.end();
  const auto o = judge_tale(r.t);
  EXPECT_EQ(o.failed(), names{}) << explain(o);
  EXPECT_EQ(o.metrics.at("relabelled"), 2U);
  EXPECT_EQ(o.metrics.at("undone_verdicts"), 1U);
}

TEST(Relabelled, FailsIfItTakesEffectUnderBothNames) {
  renamed r;
  r.offer(1, r.others);
  r.t.commit(r.first);
  r.end();
  expect_fails(r.t, "exactly_once", "committed under two names");
}

TEST(Relabelled, FailsIfOneIsLeftBehind) {
  renamed r;
  r.offer(1, r.others);
  r.end();
  r.t.erase([&](const entry& e) { return e.intent == r.others[0]; });
  expect_fails(r.t, "no_lost_write", "undone and never offered again");
}

TEST(Relabelled, FailsIfItsContextOrStampChanges) {
  renamed r;
  auto other = r;
  r.t.last(entry_kind::intent_accepted).s = 1;
  expect_fails(r.t, "causality", "context changes with the name");
  other.t.last(entry_kind::intent_accepted).value += 1;
  expect_fails(other.t, "clock_sane", "stamp changes with the name");
}

} // namespace
} // namespace squall::told
