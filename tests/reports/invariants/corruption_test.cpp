// Each witness in a good history, changed in each of its fields: the judge must notice. The table below is all that the
// system under test reports of itself.
#include "tests/reports/invariants/grave.hpp"
#include "tests/reports/invariants/office.hpp"
#include "tests/reports/invariants/wire.hpp"

#include <gtest/gtest.h>

namespace squall::told {
namespace {

struct corruption {
  entry_kind kind;
  std::string field;
  std::function<void(entry&)> change;
  std::function<bool(const entry&)> where = nullptr; ///< which entries hold the witness; all of the kind unless told
};

bool has_intent(const entry& e) { return e.intent != 0; }
bool has_effect(const entry& e) { return e.s != 0; }
bool has_writer(const entry& e) { return e.intent != 0 && e.tag != value_tag::none; }

// Another intent of the tale, the value of which is not what is witnessed.
void other_intent(entry& e) { e.intent = e.intent == 1 ? 2 : 1; }
void other_winner(entry& e) { e.ref = e.ref == 1 ? 2 : 1; }

std::vector<corruption> corruptions() {
  using k = entry_kind;
  constexpr std::int64_t century = 3'000'000'000'000'000'000;
  return {
      {k::intent_accepted, "context sequence, up", [](entry& e) { e.s += 1; }},
      {k::intent_accepted, "context sequence, down", [](entry& e) { e.s -= 1; }, has_effect},
      {k::intent_accepted, "context generation", [](entry& e) { e.aux += 1; }, has_effect},
      {k::intent_accepted, "stamp, up", [](entry& e) { e.value = century; }},
      {k::intent_accepted, "stamp, down", [](entry& e) { e.value = 1; }, has_effect},
      {k::intent_write, "value before",
       [](entry& e) {
         e.aux += 1;
         e.flags = static_cast<std::uint32_t>(value_tag::integer);
       }},
      {k::intent_write, "value", [](entry& e) { e.value += 1; }},
      {k::value_read, "value", [](entry& e) { e.value += 1; }},
      {k::value_read, "writer", other_intent, has_writer},
      {k::row_read, "presence", [](entry& e) { e.code = e.code == 0 ? 2 : 0; }},
      {k::verdict_received, "code", [](entry& e) { e.code = e.code == 1 ? 2 : 1; }},
      {k::verdict_received, "rule", [](entry& e) { e.rule += 1; }},
      {k::verdict_received, "sequence", [](entry& e) { e.s += 1; }},
      {k::verdict_received, "winner", other_winner},
      {k::verdict_received, "intent", other_intent},
      {k::queue_exit, "code", [](entry& e) { e.code = e.code == 1 ? 5 : 1; }},
      {k::queue_exit, "intent", other_intent, [](const entry& e) { return e.intent > 1; }},
      {k::surfaced, "code", [](entry& e) { e.code = 5; }},
      {k::overlay_dropped, "cursor, up", [](entry& e) { e.s += 100; }, has_effect},
      {k::group_applied, "sequence", [](entry& e) { e.s += 1; }},
      {k::group_applied, "intent", other_intent},
      {k::cursor_moved, "sequence, up", [](entry& e) { e.s += 1; }},
      {k::cursor_moved, "sequence, down", [](entry& e) { e.s -= 1; }},
      {k::cursor_moved, "from", [](entry& e) { e.ref += 100; }},
      {k::cursor_moved, "generation", [](entry& e) { e.aux += 1; }},
      {k::status_shown, "cursor", [](entry& e) { e.s += 1; }},
      {k::intent_committed, "sequence, up", [](entry& e) { e.s += 1; }},
      {k::intent_committed, "sequence, down", [](entry& e) { e.s -= 1; }},
      {k::intent_committed, "generation", [](entry& e) { e.aux += 1; }, [](const entry& e) { return e.s > 1; }},
      {k::intent_committed, "intent", other_intent, [](const entry& e) { return e.intent > 2; }},
      {k::verdict_released, "code", [](entry& e) { e.code = e.code == 1 ? 2 : 1; }},
      {k::verdict_released, "to a refusal",
       [](entry& e) {
         e.code = 5;
         e.rule = 5;
         e.s = 0;
         e.ref = 0;
       }},
      {k::verdict_released, "sequence", [](entry& e) { e.s += 1; }},
      {k::verdict_released, "winner", other_winner, [](const entry& e) { return e.code == 3; }},
      {k::verdict_field, "field", [](entry& e) { e.field += 1; }},
      {k::verdict_field, "winner", other_winner},
      {k::verdict_field, "rule", [](entry& e) { e.rule += 1; }},
      {k::page_served, "cursor after, down", [](entry& e) { e.s -= 1; }},
      {k::page_served, "scope", [](entry& e) { e.scope += 1; }},
      {k::feed_entry, "intent", other_intent},
      {k::feed_entry, "sequence", [](entry& e) { e.s += 1; }},
      {k::feed_entry, "entry before", [](entry& e) { e.ref += 1; }},
      {k::feed_row, "code", [](entry& e) { e.code = e.code == 0 ? 1 : 0; }},
      {k::feed_field, "value", [](entry& e) { e.value += 1; }},
      {k::feed_field, "writer", other_intent, has_intent},
      {k::feed_field, "sequence", [](entry& e) { e.s += 1; }},
      {k::export_began, "cursor", [](entry& e) { e.s -= 1; }, [](const entry& e) { return e.actor != 0; }},
      {k::export_row, "presence", [](entry& e) { e.code = 1; }},
      {k::export_field, "value", [](entry& e) { e.value += 1; }},
      {k::export_field, "writer", other_intent, has_writer},
      {k::queue_row, "verdict is durable", [](entry& e) { e.code = 0; }},
      {k::queue_row, "intent", other_intent},
  };
}

void expect_noticed(const tale& good, const std::vector<corruption>& all) {
  ASSERT_EQ(judge_tale(good).failed(), std::set<std::string>{}) << explain(judge_tale(good));
  for (const auto& c : all) {
    std::size_t places = 0;
    for (std::size_t i = 0; i < good.entries.size(); ++i) {
      if (good.entries[i].kind != c.kind || (c.where && !c.where(good.entries[i])))
        continue;
      auto bad = good;
      c.change(bad.entries[i]);
      if (bad.entries[i] == good.entries[i])
        continue;
      ++places;
      const auto o = judge_tale(bad);
      EXPECT_TRUE(!o.failed().empty() || o.unknown().size() == o.of.size())
          << "unnoticed: " << c.field << " of entry " << i << " of kind " << static_cast<int>(c.kind);
    }
    EXPECT_GT(places, 0U) << "the good tale has no " << c.field << " of kind " << static_cast<int>(c.kind);
  }
}

TEST(Witnesses, AreNeverBelievedWhenTheyAreChanged) {
  auto good = a_good_tale();
  // A device that still waits at its crash, so that there is a row of a queue to change.
  const auto waits = good.write(3, {create("pages", {set("title", "q")})});
  good.crash(3);
  good.send(3);
  good.commit(waits);
  good.answer(3);
  for (std::uint32_t device = 1; device <= 3; ++device)
    good.pull(device);
  expect_noticed(good, corruptions());
}

TEST(Witnesses, OfTasksAndStampsAreNeverBelievedWhenTheyAreChanged) {
  firm f;
  f.disagree();
  f.t.tell({.kind = entry_kind::task_shown,
            .code = 1,
            .actor = 1,
            .record = f.brief,
            .collection = f.t.collection("briefs"),
            .field = whole_record,
            .value = 1,
            .aux = 1});
  f.t.put(1, {update("counts", f.count, {insert("tags", "y")})});
  const auto late = f.t.write(2, {update("counts", f.count, {take_out("tags", "x")})});
  f.settle(2);
  f.t.commit(late);
  f.t.answer(2);
  f.end();
  using k = entry_kind;
  const auto of_set = [&](const entry& e) { return e.record == f.count && e.tag == value_tag::text; };
  expect_noticed(
      f.t, {
               {k::intent_committed, "stamp as counted, down", [](entry& e) { e.value -= 1; }},
               {k::intent_committed, "stamp as counted, up", [](entry& e) { e.value += 1; }},
               {k::branch_kept, "task", [](entry& e) { e.aux += 1; }},
               {k::branch_kept, "subject", [](entry& e) { e.field = 0; }},
               {k::branch_kept, "record", [](entry& e) { e.record = e.record == 1 ? 2 : 1; }},
               {k::branch_kept, "place", [](entry& e) { e.s -= 1; }},
               {k::branch_kept, "intent", other_intent},
               {k::verdict_released, "task", [](entry& e) { e.aux += 1; }, [](const entry& e) { return e.code == 4; }},
               {k::task_shown, "task", [](entry& e) { e.aux += 1; }},
               {k::task_shown, "record", [](entry& e) { e.record += 1; }},
               {k::task_shown, "state", [](entry& e) { e.code = 0; }},
               {k::export_task, "state", [](entry& e) { e.code = 0; }},
               {k::export_task, "subject", [](entry& e) { e.field = 0; }},
               {k::export_task, "branches", [](entry& e) { e.value += 1; }},
               {k::export_branch, "intent", other_intent},
               {k::export_field, "member", [](entry& e) { e.value += 1; }, of_set},
               {k::feed_field, "member", [](entry& e) { e.value += 1; }, of_set},
           });
}

TEST(Witnesses, OfLifetimesAreNeverBelievedWhenTheyAreChanged) {
  grave g;
  g.forget();
  g.t.put(1, {remove("pages", g.other)});
  g.end();
  g.t.tell({.kind = entry_kind::verdicts_read, .peer = 1, .s = 4, .value = 1, .aux = 1});
  using k = entry_kind;
  expect_noticed(g.t, {
                          {k::fence_moved, "fence, up", [](entry& e) { e.s += 1; }},
                          {k::fence_moved, "fence, down", [](entry& e) { e.s -= 1; }},
                          {k::fence_moved, "fence before", [](entry& e) { e.ref += 1; }},
                          {k::fence_moved, "server's time, up", [](entry& e) { e.value += 1; }},
                          {k::fence_moved, "server's time, down", [](entry& e) { e.value -= 1; }},
                          {k::fence_told, "fence, up", [](entry& e) { e.s += 1; }},
                          {k::fence_told, "fence, down", [](entry& e) { e.s -= 1; }},
                          {k::fence_told, "generation", [](entry& e) { e.aux += 1; }},
                          {k::export_began, "fence, up", [](entry& e) { e.ref += 1; }},
                          {k::export_began, "fence, down", [](entry& e) { e.ref -= 1; }},
                          {k::verdicts_read, "how many", [](entry& e) { e.value += 20; }},
                      });
}

TEST(Witnesses, OfScopesAndGrantsAreNeverBelievedWhenTheyAreChanged) {
  office o;
  o.move_box();
  o.does(3, update("boxes", o.box, {set("status", "sent")}));
  o.all_pull();
  o.does(2, create("suppliers", {set("name", "acme")}));
  o.t.read(1, o.box);
  o.withdraw();
  o.t.give(3, 2, 1);
  o.t.give(2, 1, 1);
  o.all_pull();
  o.all_pull();
  o.does(2, create("rates", {set("percent", 5)})); // as a boss
  o.all_pull();
  o.t.status(3);
  o.end();
  using k = entry_kind;
  const auto to_another = [](entry& e) { e.scope = e.scope == 1 ? 2 : 1; };
  const auto of_move = [](const entry& e) { return e.code == static_cast<std::uint8_t>(operation_code::move); };
  const auto later = [](const entry& e) { return e.aux > 1; };
  const auto of_boss = [](const entry& e) { return e.code == 1 && e.ref == 2; };
  const auto told_cursor = [](const entry& e) { return e.code == 1 && e.actor != 2; };
  expect_noticed(o.t, {
                          {k::intent_accepted, "scope", to_another},
                          {k::intent_operation, "where to", [](entry& e) { e.scope = 3; }, of_move},
                          {k::intent_operation, "kind", [](entry& e) { e.code = 2; }, of_move},
                          {k::group_applied, "scope", to_another},
                          {k::cursor_moved, "scope", to_another, [](const entry& e) { return e.s != e.ref; }},
                          {k::status_shown, "scope", [](entry& e) { e.scope = 7; }, told_cursor},
                          {k::status_shown, "generation", [](entry& e) { e.aux += 1; }, told_cursor},
                          {k::export_began, "generation", [](entry& e) { e.aux += 1; }},
                          {k::feed_row, "exit", [](entry& e) { e.code = e.code == 2 ? 1 : 2; }},
                          {k::grants_told, "version, up", [](entry& e) { e.aux += 1; }},
                          {k::grants_told, "version, down", [](entry& e) { e.aux -= 1; }},
                          {k::scope_purged, "scope", to_another},
                          {k::grant, "version", [](entry& e) { e.aux += 1; }, later},
                          {k::grant, "role", [](entry& e) { e.code = 0; }, of_boss},
                          {k::grant, "scope", to_another, later},
                          {k::grant, "user", [](entry& e) { e.ref = e.ref % 3 + 1; }, later},
                          {k::revoke, "user", [](entry& e) { e.ref = e.ref % 3 + 1; }},
                          {k::revoke, "version", [](entry& e) { e.aux += 1; }},
                          {k::revoke, "scope", [](entry& e) { e.scope = 1; }},
                          {k::export_began, "scope", to_another},
                      });
}

TEST(Witnesses, OfOverloadAreNeverBelievedWhenTheyAreChanged) {
  setting s;
  auto& knobs = *s.t.plan.mutable_knobs();
  knobs.set_queue_max(1);
  knobs.set_contact_within_ns(60 * second);
  knobs.set_invalidate_for_ns(60 * second);
  wire line(s.t);
  line.ask(1);
  line.refuse(1, refused_unavailable, 30 * second);
  s.t.wait(30 * second);
  line.ask(1);
  line.answer(1);
  s.t.tell({.kind = entry_kind::flag_told, .code = static_cast<std::uint8_t>(offline_code::stopped), .actor = 1});
  s.t.put(2, {update("pages", s.page, {set("title", "new")})});
  line.invalidate(1, 2);
  s.t.write(1, {update("pages", s.page, {set("title", "newer")})});
  const auto refuse = [&](std::uint64_t intention, failure_code why) {
    s.t.tell({.kind = entry_kind::intention_invoked, .actor = 1, .ref = intention});
    s.t.tell(
        {.kind = entry_kind::intention_failed, .code = static_cast<std::uint8_t>(why), .actor = 1, .ref = intention});
  };
  refuse(900, failure_code::queue_full);
  s.t.wait(61 * second);
  refuse(901, failure_code::offline_forbidden);
  using k = entry_kind;
  const auto hint = [](const entry& e) { return e.code == static_cast<std::uint8_t>(message_code::invalidation); };
  const auto full = [](const entry& e) { return e.code == static_cast<std::uint8_t>(failure_code::queue_full); };
  expect_noticed(s.t, {
                          {k::request_refused, "how long to wait", [](entry& e) { e.value += second; }},
                          {k::flag_told, "flag", [](entry& e) { e.code = 0; }},
                          {k::message_sent, "who is told", [](entry& e) { e.peer = 2; }, hint},
                          {k::message_sent, "head that is told, down", [](entry& e) { e.s -= 1; }, hint},
                          {k::message_sent, "head that is told, up", [](entry& e) { e.s += 1; }, hint},
                          {k::message_sent, "scope that is told of", [](entry& e) { e.scope += 1; }, hint},
                          {k::message_sent, "generation that is told", [](entry& e) { e.aux += 1; }, hint},
                          {k::intention_failed, "why",
                           [](entry& e) { e.code = static_cast<std::uint8_t>(failure_code::offline_forbidden); }, full},
                      });
}

// Two changes of device 1 are undone, each by a restore of its own, and offered again.
TEST(Witnesses, OfBackupsAndTokensAreNeverBelievedWhenTheyAreChanged) {
  firm f;
  f.t.backs_up();
  f.t.pull(1);
  f.t.back_up();
  const auto titled = f.t.put(1, {update("notes", f.note, {set("title", "two")})});
  f.t.crash(1);
  f.t.pull(2);
  f.t.restore_server(2);
  for (const auto device : {1, 2}) {
    f.t.resync(device);
    f.t.snapshot(device);
  }
  f.t.send(1);
  f.t.commit(titled);
  f.t.answer(1);
  f.t.pull(1);
  f.t.back_up();
  const auto sized = f.t.put(1, {update("briefs", f.brief, {set("size", 3)})});
  f.t.restore_server(3);
  for (const auto device : {1, 2}) {
    f.t.resync(device);
    f.t.snapshot(device);
  }
  f.t.send(1);
  f.t.commit(sized);
  f.t.answer(1);
  f.end();
  using k = entry_kind;
  const auto late = [&](const entry& e) { return e.aux > 1; };
  const auto synced = [](const entry& e) { return e.code == 1; };
  // Two copies of one state are told apart by when they were put away.
  for (auto& e : f.t.entries)
    if (e.kind == k::server_restored)
      e.value = f.t.last(k::backed_up, [&](const entry& copy) { return copy.s == e.s; }).at_ns;
  expect_noticed(
      f.t, {
               {k::backed_up, "sequence, up", [](entry& e) { e.s += 1; }},
               {k::backed_up, "sequence, down", [](entry& e) { e.s -= 1; }},
               {k::backed_up, "generation", [](entry& e) { e.aux += 1; }},
               {k::server_restored, "sequence", [](entry& e) { e.s -= 1; }},
               {k::server_restored, "generation", [](entry& e) { e.aux += 1; }},
               {k::server_restored, "generation before", [](entry& e) { e.ref += 1; }},
               {k::server_restored, "when it was put away", [](entry& e) { e.value += 1; }},
               {k::export_began, "generation", [](entry& e) { e.aux -= 1; }},
               {k::status_shown, "generation", [](entry& e) { e.aux -= 1; }, synced},
               {k::intent_committed, "generation", [](entry& e) { e.aux -= 1; }, late},
               {k::intent_committed, "sequence", [](entry& e) { e.s += 1; }, late},
               {k::cursor_moved, "generation", [](entry& e) { e.aux -= 1; }, late},
               {k::cursor_moved, "sequence", [](entry& e) { e.s -= 1; }, late},
               {k::page_served, "generation", [](entry& e) { e.aux -= 1; },
                [](const entry& e) { return e.aux > 1 && e.code != 1; }},
               {k::export_began, "cursor", [](entry& e) { e.s -= 1; }, [](const entry& e) { return e.actor != 0; }},
               {k::queue_row, "intent", other_intent},
               {k::token_issued, "end", [](entry& e) { e.value = 1; }},
               {k::token_issued, "device", [](entry& e) { e.peer = 3 - e.peer; }},
               {k::token_obtained, "end", [](entry& e) { e.value += 1; }},
           });
}

} // namespace
} // namespace squall::told
