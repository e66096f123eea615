// A device that has gone over to a restored server in some of its scopes, and not yet in others.
#include "tests/reports/invariants/office.hpp"

namespace squall::told {
namespace {

// Both devices of the second team name the box, device 1 last; all of that is undone. Device 3 has gone over in its first scope
// alone, so that its other cursors are those of before, and gives another name to what it offers again.
struct half_over : office {
  intent_index green = 0;
  std::vector<intent_index> others;
  explicit half_over(bool loses_scope = false) {
    t.backs_up();
    move_box();
    t.back_up();
    t.write(3, {update("notes", note, {set("title", "no")})},
            {{"notes", note, "title", compare_code::equal, txt("o")}});
    t.send(3);
    t.refuse(t.last(entry_kind::intent_accepted).intent, verdict_code::rejected, rule_code::guard);
    t.answer(3);
    does(3, update("boxes", box, {set("name", "blue")}));
    all_pull();
    green = does(1, update("boxes", box, {set("name", "green")}));
    all_pull();
    t.restore_server(3);
    go_over(3, 1);
    t.await_again(3);
    if (loses_scope) {
      t.withdraw(3, 2);
      t.pull_scope(3, 2);
    }
    others = t.relabel(3);
  }
  void go_over(std::uint32_t device, std::uint32_t scope) {
    t.resync(device, scope);
    t.snapshot(device, scope);
  }
  void offer(std::uint32_t device, intent_index intent) {
    t.send(device);
    t.commit(intent);
    t.answer(device);
  }
  void others_go_over() {
    for (const auto scope : {1U, 2U, 3U})
      for (std::uint32_t device = 1; device <= 2; ++device)
        if (device == 1 || scope != 2)
          go_over(device, scope);
  }
};

// Nobody has moved anything, so that it is asked what is shown.
TEST(HalfOver, ShowsWhatTheOldCursorCoversUntilTheScopeGoesOver) {
  office o;
  o.t.backs_up();
  const auto acme = o.t.record(o.t.put(1, {create("suppliers", {set("name", "acme")})}));
  o.all_pull();
  o.t.back_up();
  const auto name = [&](std::uint32_t device, const std::string& to) {
    const auto made = o.does(device, update("suppliers", acme, {set("name", to)}));
    o.all_pull();
    return made;
  };
  const auto no = o.t.write(3, {remove("notes", o.note)}, {{"notes", o.note, "title", compare_code::equal, txt("o")}});
  o.t.send(3);
  o.t.refuse(no, verdict_code::rejected, rule_code::guard);
  o.t.answer(3);
  name(3, "blue");
  const auto green = name(1, "green");
  o.t.restore_server(3);
  const auto go_over = [&](std::uint32_t device, std::uint32_t scope) {
    o.t.resync(device, scope);
    o.t.snapshot(device, scope);
  };
  go_over(3, 1);
  o.t.await_again(3);
  const auto blue = o.t.relabel(3).front();
  o.t.read(3, acme);
  o.t.export_all();
  o.t.send(3);
  o.t.commit(blue);
  o.t.answer(3);
  o.t.read(3, acme);
  o.t.export_all();
  auto bad = o.t;
  bad.last(entry_kind::export_field, [&](const entry& e) { return e.actor == 3 && e.record == acme; }).value =
      txt("blue").number;
  for (const auto scope : {2U, 3U})
    go_over(3, scope);
  o.t.read(3, acme);
  for (std::uint32_t device = 1; device <= 2; ++device)
    for (const auto scope : {1U, 2U, 3U})
      if (device == 1 || scope != 2)
        go_over(device, scope);
  o.t.send(1);
  o.t.commit(green);
  o.t.answer(1);
  o.end();
  expect_none(o.t);
  EXPECT_FALSE(judge_tale(bad).failed().empty());
}

// What awaits a verdict when its scope goes stays queued.
TEST(HalfOver, OffersAgainWhatAwaitedAVerdictWhenItLosesTheScope) {
  half_over h(true);
  h.t.send(3);
  h.t.refuse(h.others[0], verdict_code::rejected, rule_code::denied);
  h.t.answer(3);
  h.go_over(3, 3);
  h.others_go_over();
  h.offer(1, h.green);
  h.end();
  expect_none(h.t);
}

TEST(HalfOver, ShowsWhatAwaitedAVerdictWhenTheScopeComesBack) {
  half_over h(true);
  h.go_over(3, 3);
  h.t.give(3, 2);
  h.t.pull(3);
  h.t.pull(3);
  h.t.read(3, h.box);
  h.others_go_over();
  h.offer(3, h.others[0]);
  h.t.pull(3);
  h.offer(1, h.green);
  h.end();
  expect_none(h.t);
}

// What it was served in the generations between, none of which it took, is not what its cursor is of.
TEST(HalfOver, KnowsTheCursorThatItHadBeforeSeveralGenerations) {
  office o;
  o.t.backs_up();
  o.t.back_up();
  o.does(1, update("notes", o.note, {set("title", "two")}));
  o.t.pull_scope(3, 1);
  o.t.crash(3);
  for (int i = 0; i < 2; ++i) {
    o.t.restore_server(2);
    o.t.resync(3, 1);
    auto lost = o.t;
    lost.snapshot(3, 1);
    o.t.tell(lost.last(entry_kind::page_served));
  }
  o.t.restore_server(2);
  for (std::uint32_t device = 1; device <= 3; ++device)
    for (const auto scope : {1U, 2U, 3U})
      if (device != 2 || scope != 2) {
        o.t.resync(device, scope);
        o.t.snapshot(device, scope);
      }
  const auto is = judge_tale(o.t);
  EXPECT_EQ(is.shape("monotonic_reads"), "") << explain(is);
}

} // namespace
} // namespace squall::told
