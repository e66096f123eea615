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

TEST(Relabelled, IsNoChangeThatAQueueRefuses) {
  renamed r;
  r.t.plan.mutable_knobs()->set_queue_max(1);
  EXPECT_FALSE(judge_tale(r.t).failed().contains("bounded"));
  r.t.write(1, {update("orders", r.order, {set("title", "more")})});
  EXPECT_EQ(judge_tale(r.t).shape("bounded"), "queue too long");
}

TEST(Relabelled, FailsIfWhatItDoesChanges) {
  renamed r;
  auto other = r;
  r.t.last(entry_kind::intent_write).value = txt("shipped").number;
  expect_fails(r.t, "intention", "intent changes with the name");
  other.t.last(entry_kind::intent_write).aux = static_cast<std::uint64_t>(txt("shipped").number);
  expect_fails(other.t, "intention", "intent changes with the name");
}

// Device 1 makes an order, and changes it; its names for both are gone.
struct renamed_order : shop {
  intent_index made = 0;
  record_index new_order = 0;
  explicit renamed_order(bool by_other = false) {
    t.write(1, {update("orders", order, {set("title", "no")})},
            {{"orders", order, "title", compare_code::equal, txt("another")}});
    t.send(1);
    t.refuse(1 + made_before, verdict_code::rejected, rule_code::guard);
    t.answer(1);
    made = t.put(1, {create("orders", {set("title", "new")})});
    new_order = t.record(made);
    t.pull(2);
    const auto author = by_other ? 2U : 1U;
    changed = t.put(author, {update("orders", new_order, {set("title", "newer")})});
    t.pull(3 - author);
    t.restore_server(1);
    hear(1);
    hear(2);
    others = t.relabel(1);
  }
  static constexpr intent_index made_before = 1; // by the shop
  intent_index changed = 0;
  std::vector<intent_index> others;
};

TEST(Relabelled, NamesWhatItCreatesAnew) {
  renamed_order r;
  r.offer(1, r.others);
  r.end();
  const auto o = judge_tale(r.t);
  EXPECT_EQ(o.failed(), names{}) << explain(o);
  EXPECT_EQ(o.metrics.at("relabelled"), 2U);
}

TEST(Relabelled, FailsIfALaterOneKeepsTheOldNameOfTheRecord) {
  renamed_order r;
  for (const auto kind : {entry_kind::intent_operation, entry_kind::intent_write})
    r.t.last(kind).record = r.new_order;
  expect_fails(r.t, "intention", "intent changes with the name");
}

// Nobody told it that there is another name.
TEST(Relabelled, KeepsTheOldNamesOfWhatOthersMade) {
  renamed_order r(true);
  r.offer(1, r.others);
  r.t.send(2);
  r.t.refuse(r.changed, verdict_code::rejected, rule_code::gone);
  r.t.answer(2);
  r.end();
  const auto o = judge_tale(r.t);
  EXPECT_EQ(o.failed(), names{}) << explain(o);
}

} // namespace
} // namespace squall::told
