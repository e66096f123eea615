// Histories in which what was undone gets another name, since names in between are gone.
#include "tests/reports/invariants/shop.hpp"
#include "tests/reports/invariants/wire.hpp"

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

TEST(Relabelled, MayBeMoreThanTheQueuesBound) {
  renamed r;
  r.t.plan.mutable_knobs()->set_queue_max(1);
  r.offer(1, r.others);
  r.end();
  expect_none(r.t);
}

TEST(Relabelled, FailsIfWhatItDoesChanges) {
  renamed r;
  auto other = r;
  r.t.last(entry_kind::intent_write).value = txt("shipped").number;
  expect_fails(r.t, "intention", "intent changes with the name");
  other.t.last(entry_kind::intent_write).aux = static_cast<std::uint64_t>(txt("shipped").number);
  expect_fails(other.t, "intention", "intent changes with the name");
}

// What one creates and the next refers to goes by its new name in both.
struct family : shop {
  intent_index parent = 0;
  intent_index child = 0;
  std::vector<intent_index> others;
  family() {
    parent = t.put(1, {create("orders", {set("title", "new")})});
    child = t.write(1, {create("lines", {set("order", ref(t.record(parent))), add("quantity", 1)})},
                    {{"orders", t.record(parent), "title", compare_code::equal, txt("new")}});
    offer(1, {child});
    t.pull(1);
    t.restore_server(1);
    hear(1);
    hear(2);
    others = t.relabel(1);
  }
};

TEST(Relabelled, NamesWhatOthersCreateAnew) {
  family f;
  f.offer(1, f.others);
  f.end();
  f.t.read(1, f.t.record(f.others[0]));
  const auto o = judge_tale(f.t);
  EXPECT_EQ(o.failed(), names{}) << explain(o);
  EXPECT_EQ(o.metrics.at("relabelled"), 2U);
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

TEST(Relabelled, FailsIfAnythingElseChanges) {
  family good;
  const auto of_child = [&](const entry& e) { return e.intent == good.others[1]; };
  const auto changed = [&](entry_kind kind, const std::function<void(entry&)>& change) {
    auto bad = good.t;
    change(bad.last(kind, of_child));
    return judge_tale(bad).shape("intention");
  };
  const auto old_parent = good.t.record(good.parent);
  using k = entry_kind;
  const std::string shape = "intent changes with the name";
  EXPECT_EQ(changed(k::intent_accepted, [](entry& e) { e.ref += 1; }), shape);
  EXPECT_EQ(changed(k::intent_accepted, [](entry& e) { e.scope += 1; }), shape);
  EXPECT_EQ(changed(k::intent_operation, [](entry& e) { e.code = 1; }), shape);
  EXPECT_EQ(changed(k::intent_operation, [](entry& e) { e.aux = 1; }), shape);
  EXPECT_EQ(changed(k::intent_write, [](entry& e) { e.value += 1; }), shape);
  EXPECT_EQ(changed(k::intent_write, [](entry& e) { e.aux += 1; }), shape);
  EXPECT_EQ(changed(k::intent_write, [](entry& e) { e.flags = 1; }), shape);
  EXPECT_EQ(changed(k::intent_guard, [](entry& e) { e.value += 1; }), shape);
  EXPECT_EQ(changed(k::intent_guard, [](entry& e) { e.code = 1; }), shape);
  EXPECT_EQ(changed(k::intent_guard, [&](entry& e) { e.record = old_parent; }), shape);
}

TEST(Relabelled, DoesNotCostADeviceItsContact) {
  for (const bool waits : {false, true}) {
    shop s;
    s.t.plan.mutable_knobs()->set_contact_within_ns(60'000'000'000);
    s.retitle(1, "two");
    s.t.restore_server(1);
    s.hear(1);
    s.hear(2);
    wire line(s.t);
    line.ask(1);
    line.answer(1);
    s.t.tell({.kind = entry_kind::flag_told, .code = static_cast<std::uint8_t>(offline_code::stopped), .actor = 1});
    s.t.relabel(1);
    if (waits)
      s.t.wait(61'000'000'000);
    s.t.write(1, {update("orders", s.order, {set("title", "three")})});
    s.t.tick();
    s.t.read(1, s.order);
    EXPECT_EQ(judge_tale(s.t).shape("authorization"), waits ? "changed out of contact" : "");
  }
}

// Whatever is told of a new name.
TEST(Relabelled, IsNeverBelievedWhenItIsChanged) {
  renamed r;
  r.offer(1, r.others);
  r.end();
  ASSERT_EQ(judge_tale(r.t).failed(), names{});
  using k = entry_kind;
  const auto is_new = [&](const entry& e) { return e.intent == r.others[0]; };
  const auto begins = [](const entry& e) { return e.aux > 1; };
  struct change {
    const char* what;
    k kind;
    std::function<void(entry&)> make;
    std::function<bool(const entry&)> where;
  };
  const std::vector<change> changes{
      {"whose other name", k::intent_accepted, [](entry& e) { e.flags = 1; }, is_new},
      {"context", k::intent_accepted, [](entry& e) { e.s += 1; }, is_new},
      {"generation", k::intent_accepted, [](entry& e) { e.aux += 1; }, is_new},
      {"stamp", k::intent_accepted, [](entry& e) { e.value -= 1; }, is_new},
      {"incarnation", k::incarnation_begun, [](entry& e) { e.aux += 1; }, begins},
      {"what is kept", k::incarnation_begun, [](entry& e) { e.code = 0; }, begins},
      {"value", k::intent_write, [](entry& e) { e.value += 1; }, is_new},
      {"record", k::intent_operation, [](entry& e) { e.record += 1; }, is_new},
  };
  for (const auto& c : changes) {
    auto bad = r.t;
    c.make(bad.last(c.kind, c.where));
    const auto o = judge_tale(bad);
    EXPECT_TRUE(!o.failed().empty() || o.unknown().size() == o.of.size()) << c.what;
  }
}

} // namespace
} // namespace squall::told
