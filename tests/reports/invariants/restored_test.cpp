// Histories in which a restore meets what else is judged: hints, clocks, stamps, refusals, the bound of queues.
#include "tests/reports/invariants/shop.hpp"
#include "tests/reports/invariants/wire.hpp"

namespace squall::told {
namespace {

constexpr std::int64_t hour = 3'600'000'000'000;

TEST(Restored, ServersTellOfTheChangesThatStand) {
  shop s;
  s.t.plan.mutable_knobs()->set_invalidate_for_ns(hour);
  s.t.put(2, {update("orders", s.order, {set("title", "two")})});
  wire(s.t).invalidate(1, 2);
  s.t.pull(1);
  s.t.restore_server(1);
  s.hear(1);
  s.hear(2);
  s.t.pull(2);
  s.t.put(1, {update("orders", s.order, {set("title", "three")})});
  wire(s.t).invalidate(2, 2, 1, 2);
  auto o = judge_tale(s.t);
  EXPECT_FALSE(o.failed().contains("bounded")) << explain(o);
  s.t.pull(1);
  wire(s.t).invalidate(1, 2, 1, 2);
  o = judge_tale(s.t);
  EXPECT_EQ(o.shape("bounded"), "invalidation to the author") << explain(o);
}

// A clock goes on from what it was shown, though nobody else has that any more.
TEST(Restored, DevicesGoOnFromStampsThatWereUndone) {
  for (const bool seen : {true, false}) {
    shop s;
    s.t.write(2, {update("orders", s.order, {set("title", "two")})});
    auto& ahead = s.t.last(entry_kind::intent_accepted);
    ahead.value += hour;
    const auto shown = ahead.value;
    s.t.last(entry_kind::clock_read).value = shown;
    s.t.send(2);
    s.t.commit(s.t.last(entry_kind::intent_accepted).intent);
    s.t.answer(2);
    if (seen)
      s.t.pull(1);
    s.t.restore_server(1);
    s.hear(1);
    s.t.write(1, {update("orders", s.order, {set("status", "approved")})});
    s.t.last(entry_kind::intent_accepted).value = shown + 1;
    const auto o = judge_tale(s.t);
    EXPECT_EQ(o.failed().contains("clock_sane"), !seen) << explain(o);
  }
}

// It counts for another at the server by now.
TEST(Restored, ServersStampsOfWhatWasUndoneAreThoseThatItHad) {
  firm f;
  f.t.backs_up();
  f.t.back_up();
  const auto copied = f.t.last(entry_kind::backed_up).s;
  const auto titled = f.t.put(1, {update("notes", f.note, {set("title", "two")})});
  f.t.pull(2);
  f.t.write(2, {update("notes", f.note, {set("title", "three")})});
  const auto later = f.t.last(entry_kind::intent_accepted).value + hour;
  f.t.restore_server(copied);
  f.t.resync(1);
  f.t.snapshot(1);
  f.t.send(1);
  f.t.commit(titled);
  f.t.last(entry_kind::intent_committed).value = later;
  f.t.answer(1);
  f.t.read(2, f.note);
  const auto o = judge_tale(f.t);
  EXPECT_FALSE(o.failed().contains("causality") || o.failed().contains("read_your_writes")) << explain(o);
}

// -- refusals -------------------------------------------------------------------------------------------------------------------

/// Device 2 changes an order whose deletion it has seen.
struct deleted_order : shop {
  intent_index change = 0;
  deleted_order() {
    t.put(1, {remove("orders", order)});
    t.pull(2);
    change = t.write(2, {update("orders", order, {set("title", "two")})});
  }
  void refuse() { t.refuse(change, verdict_code::rejected, rule_code::gone); }
};

TEST(Restored, ServersKeepRefusalsOfWhatHadSeenItsCauses) {
  deleted_order d;
  d.t.send(2);
  d.refuse();
  d.t.answer(2);
  d.t.back_up();
  d.t.restore_server(2);
  d.hear(1);
  d.hear(2);
  d.end();
  tell_audit(d.t);
  expect_none(d.t);
}

TEST(Restored, ServersMayKeepRefusalsThatTheyTellLater) {
  deleted_order d;
  d.t.send(2);
  d.refuse();
  d.t.back_up();
  d.t.answer_and_lose(2);
  d.t.restore_server(2);
  d.hear(1);
  d.hear(2);
  d.t.send(2);
  d.t.answer(2);
  d.end();
  const auto o = judge_tale(d.t);
  EXPECT_EQ(o.failed(), names{}) << explain(o);
  EXPECT_EQ(o.metrics.at("undone_verdicts"), 1U);
}

// What the copy holds was decided before it, though its author was told after.
TEST(Restored, ServersKeepWhatTheyMergedBeforeTheCopy) {
  shop s;
  const auto first = s.t.write(1, {update("orders", s.order, {set("status", "shipped")})});
  const auto second = s.t.write(2, {update("orders", s.order, {set("status", "approved"), set("title", "two")})});
  s.t.send(1);
  s.t.send(2);
  s.t.commit(first);
  s.t.commit(second, {"status"}, first);
  s.t.back_up();
  s.t.answer(1);
  s.t.answer(2);
  for (const auto kind : {entry_kind::verdict_released, entry_kind::verdict_received}) {
    auto& told = s.t.last(kind);
    EXPECT_EQ(told.intent, second);
    told.rule = static_cast<std::uint8_t>(rule_code::precedence);
  }
  s.t.restore_server(3);
  s.hear(1);
  s.hear(2);
  s.end();
  tell_audit(s.t);
  expect_none(s.t);
}

TEST(Restored, ServersFailIfTheyTakeForSeenWhatWasInAnotherGeneration) {
  deleted_order d;
  d.t.back_up();
  d.t.restore_server(2);
  d.hear(1);
  d.hear(2);
  d.t.send(2);
  d.refuse();
  d.t.answer(2);
  d.end();
  expect_fails(d.t, "policy", "wrong verdict");
}

// Device 2 makes an order, and device 1 changes it; both are undone. Nobody knows it when the change comes again, and then its
// create is refused: the change was gone, and depended on nothing that had been refused.
TEST(Restored, ServersRefuseAsOfWhatTheyHadRefusedUntilThen) {
  for (const bool create_first : {false, true}) {
    shop s;
    const auto zero = s.retitle(1, "zero");
    const auto made = s.t.write(2, {create("orders", {set("title", "new")})},
                                {{"orders", s.order, "title", compare_code::equal, txt("zero")}});
    s.t.send(2);
    s.t.commit(made);
    s.t.answer(2);
    s.t.pull(1);
    const auto change = s.t.put(1, {update("orders", s.t.record(made), {set("title", "newer")})});
    s.t.restore_server(1);
    s.hear(1);
    s.hear(2);
    const auto create_again = [&] {
      s.t.send(2);
      s.t.refuse(made, verdict_code::rejected, rule_code::guard);
      s.t.answer(2);
    };
    if (create_first)
      create_again();
    s.t.send(1);
    s.t.commit(zero);
    s.t.refuse(change, verdict_code::rejected, create_first ? rule_code::dependency : rule_code::gone);
    s.t.answer(1);
    s.t.put(1, {update("orders", s.order, {set("title", "two")})});
    if (!create_first)
      create_again();
    s.end();
    tell_audit(s.t);
    auto bad = s.t;
    bad.last(entry_kind::audit_row, [&](const entry& e) { return e.intent == change; }).rule =
        static_cast<std::uint8_t>(create_first ? rule_code::gone : rule_code::dependency);
    expect_none(s.t);
    EXPECT_TRUE(judge_tale(bad).failed().contains("audit"));
  }
}

// Device 1 settles a task that is undone; another gets its number before anybody is told what became of that.
TEST(Restored, ServersKnowNoTaskThatWasUndoneByTheNumberOfALaterOne) {
  for (const bool opened_since : {true, false}) {
    firm f;
    f.t.backs_up();
    f.t.pull(1);
    f.t.back_up();
    const auto copied = f.t.last(entry_kind::backed_up).s;
    f.disagree();
    f.t.pull(1);
    f.t.pull(2);
    const auto settle = [&] {
      return f.t.write(1, {settles(1, {f.sized}, update("briefs", f.brief, {set("size", 3)}))});
    };
    auto settled = opened_since ? settle() : 0;
    f.t.restore_server(copied);
    for (const auto device : {1, 2}) {
      f.t.resync(device);
      f.t.snapshot(device);
    }
    const auto other = f.t.write(2, {update("briefs", f.brief, {set("size", 5)})});
    f.t.send(1);
    f.t.commit(f.titled);
    f.t.send(2);
    f.t.conflict(other, rule_code::manual, f.titled, f.brief);
    if (!opened_since) {
      settled = settle();
      f.t.send(1);
    }
    f.t.refuse(settled, verdict_code::rejected, rule_code::gone);
    f.t.answer(1);
    const auto is = judge_tale(f.t);
    EXPECT_EQ(is.failed().contains("no_lost_write"), !opened_since) << explain(is);
  }
}

} // namespace
} // namespace squall::told
