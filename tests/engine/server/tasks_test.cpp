// Conflicted intents, kept in tasks until a person resolves them.
#include "engine/wire/codec.hpp"
#include "tests/engine/server/workbench.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace squall::server {
namespace {

using telemetry::fact_kind;
using telemetry::probe;
using telemetry::sabotage;

device numbered(std::uint32_t id) {
  device d;
  d.id = id;
  return d;
}

/// An order that everybody has seen, and what people do to it.
struct office {
  explicit office(bench_options o = {}) : b(std::move(o)) {
    order = record_id::derive({9, 1, founder.seq + 1}, 0);
    start = b.commit(founder, {create(orders, {set(order_note, text("first"))})});
  }

  /// The device has seen everything.
  device& up_to_date(device& d) {
    d.seen.sequence = b.server->head({1})->sequence;
    return d;
  }
  verdict push(device& d, const intent& in) {
    const auto reply = b.push(d, {in});
    EXPECT_EQ(reply.verdicts_size(), 1);
    return reply.verdicts_size() == 1 ? wire::from_wire(reply.verdicts(0).verdict()) : verdict{};
  }
  verdict push(device& d, std::vector<operation> operations) { return push(d, d.act(std::move(operations))); }

  void remove_order() { b.commit(up_to_date(founder), {remove(orders, order)}); }
  /// Somebody who had not seen the removal writes: a branch.
  verdict write_blindly(device& d, const char* note) {
    d.seen.sequence = start;
    return push(d, {update(orders, order, {set(order_note, text(note))})});
  }
  operation resolution(std::uint64_t task, std::vector<intent_id> seen, operation op) const {
    op.task = task;
    op.branches_seen = std::move(seen);
    std::sort(op.branches_seen.begin(), op.branches_seen.end());
    return op;
  }
  std::vector<io::task_view> tasks(scope_id scope = {1}) {
    std::vector<io::task_view> out;
    EXPECT_TRUE(b.server->export_tasks(scope, [&](const io::task_view& t) { out.push_back(t); }).ok());
    return out;
  }
  wire::PullResponse pull_tasks(std::uint64_t through) {
    wire::PullRequest r;
    r.set_token(b.token(7, 1));
    r.set_device(7);
    r.set_incarnation(1);
    r.set_scope(1);
    r.mutable_cursor()->set_generation(1);
    r.mutable_cursor()->set_sequence(b.server->head({1})->sequence);
    r.mutable_cursor()->set_scope_version(1);
    r.set_tasks_through(through);
    const auto c = b.send(r);
    b.drain();
    return b.pull_reply(c);
  }

  bench b;
  device founder = numbered(9);
  record_id order;
  std::uint64_t start = 0;
};

std::vector<intent_id> branches_of(const io::task_view& t) {
  std::vector<intent_id> out;
  for (const auto& branch : t.branches)
    out.push_back(branch.intent);
  return out;
}

// -- opening and appending -----------------------------------------------------------------------------------------------

TEST(Tasks, AConflictOpensATaskAndTheNextOneOfItsSubjectJoinsIt) {
  office o;
  o.remove_order();
  device a = numbered(1), c = numbered(2);
  const auto first = o.write_blindly(a, "a"), second = o.write_blindly(c, "c");
  EXPECT_EQ(first.kind, verdict_kind::conflicted);
  EXPECT_EQ(first.task, 1u);
  EXPECT_EQ(second.task, 1u);
  const auto tasks = o.tasks();
  ASSERT_EQ(tasks.size(), 1u);
  EXPECT_EQ(tasks[0].record, o.order);
  EXPECT_EQ(tasks[0].subject, whole_record);
  EXPECT_TRUE(tasks[0].open);
  EXPECT_EQ(branches_of(tasks[0]), (std::vector<intent_id>{{1, 1, 1}, {2, 1, 1}}));
  ASSERT_EQ(tasks[0].branches[1].operations.size(), 1u);
  EXPECT_EQ(tasks[0].branches[1].operations[0].writes[0].to, text("c"));
  EXPECT_EQ(o.b.hits(probe::task_opened), 1u);
  EXPECT_EQ(o.b.hits(probe::task_appended), 1u);
}

TEST(Tasks, ABranchShowsItsOperationsOnTheTasksRecordOnly) {
  office o;
  o.remove_order();
  device a = numbered(1);
  a.seen.sequence = o.start;
  const auto v =
      o.push(a, {create(notes, {set(note_text, text("n"))}), update(orders, o.order, {set(order_note, text("a"))})});
  EXPECT_EQ(v.kind, verdict_kind::conflicted);
  const auto tasks = o.tasks();
  ASSERT_EQ(tasks.at(0).branches.at(0).operations.size(), 1u);
  EXPECT_EQ(tasks[0].branches[0].operations[0].record, o.order);
}

TEST(Tasks, BranchesAreReportedDenselyInTheOrderOfJudgement) {
  office o;
  o.remove_order();
  device a = numbered(1), c = numbered(2);
  o.write_blindly(a, "a");
  o.b.restart();
  o.write_blindly(c, "c");
  o.write_blindly(a, "again");
  std::vector<std::uint64_t> numbers;
  for (const auto& f : o.b.facts)
    if (f.kind == fact_kind::branch_kept) {
      numbers.push_back(f.sequence);
      EXPECT_EQ(f.aux, 1u);
      EXPECT_EQ(f.record, o.order);
      EXPECT_EQ(f.field, whole_record);
    }
  EXPECT_EQ(numbers, (std::vector<std::uint64_t>{0, 1, 2}));
  const auto released = std::find_if(o.b.facts.begin(), o.b.facts.end(), [](const auto& f) {
    return f.kind == fact_kind::verdict_released && f.verdict == verdict_kind::conflicted;
  });
  ASSERT_NE(released, o.b.facts.end());
  EXPECT_EQ(released->from_sequence, 1u) << "the verdict names its task";
}

TEST(Tasks, ADuplicateGetsItsVerdictAndTaskAgainAndNoSecondBranch) {
  office o;
  o.remove_order();
  device a = numbered(1);
  a.seen.sequence = o.start;
  const auto in = a.act({update(orders, o.order, {set(order_note, text("a"))})});
  EXPECT_EQ(o.push(a, in).task, 1u);
  o.b.restart();
  const auto again = o.push(a, in);
  EXPECT_TRUE(again.was_duplicate);
  EXPECT_EQ(again.kind, verdict_kind::conflicted);
  EXPECT_EQ(again.task, 1u);
  EXPECT_EQ(branches_of(o.tasks().at(0)).size(), 1u);
}

TEST(Tasks, AreTheirScopesOwn) {
  office o;
  o.remove_order();
  device a = numbered(1);
  o.write_blindly(a, "a");
  EXPECT_TRUE(o.tasks({2}).empty());
  device stranger;
  stranger.id = 3;
  stranger.user = 3;
  stranger.scope = {2};
  const auto own = stranger.act({create(notes, {})});
  EXPECT_EQ(o.push(stranger, own).kind, verdict_kind::applied);
  const auto op = o.resolution(1, {{1, 1, 1}}, update(notes, own.operations[0].record, {set(note_text, text("x"))}));
  const auto v = o.push(stranger, {op});
  EXPECT_EQ(v.kind, verdict_kind::rejected);
  EXPECT_EQ(v.rule, verdict_rule::gone);
}

// -- resolving -----------------------------------------------------------------------------------------------------------

TEST(Tasks, AResolutionThatSawEveryBranchCloses) {
  office o;
  o.remove_order();
  device a = numbered(1), c = numbered(2), boss = numbered(4);
  o.write_blindly(a, "a");
  o.write_blindly(c, "c");
  const auto in = o.up_to_date(boss).act({o.resolution(1, {{1, 1, 1}, {2, 1, 1}}, restore(orders, o.order)),
                                          update(orders, o.order, {set(order_note, text("c"))})});
  EXPECT_EQ(o.push(boss, in).kind, verdict_kind::applied);
  auto tasks = o.tasks();
  ASSERT_EQ(tasks.size(), 1u);
  EXPECT_FALSE(tasks[0].open);
  EXPECT_EQ(tasks[0].settled_by, in.id);
  EXPECT_TRUE(tasks[0].branches.empty());
  EXPECT_EQ(o.b.hits(probe::task_resolved), 1u);

  // Who says the same later is superseded, who says another thing opens the question again.
  device late = numbered(5);
  const auto same = o.push(late, {o.resolution(1, {{1, 1, 1}}, restore(orders, o.order)),
                                  update(orders, o.order, {set(order_note, text("c"))})});
  EXPECT_EQ(same.kind, verdict_kind::superseded);
  EXPECT_EQ(same.rule, verdict_rule::resolution);
  EXPECT_EQ(same.winner, in.id);
  const auto other =
      o.push(late, {o.resolution(1, {{1, 1, 1}}, update(orders, o.order, {set(order_note, text("z"))}))});
  EXPECT_EQ(other.kind, verdict_kind::conflicted);
  EXPECT_EQ(other.rule, verdict_rule::resolution);
  EXPECT_EQ(other.task, 2u);
  tasks = o.tasks();
  ASSERT_EQ(tasks.size(), 2u);
  EXPECT_EQ(tasks[1].record, o.order);
  EXPECT_EQ(tasks[1].subject, whole_record);
  EXPECT_EQ(branches_of(tasks[1]), (std::vector<intent_id>{{5, 1, 2}}));
  EXPECT_EQ(field_of(o.b.rows({1}).at(o.order), order_note), text("c"));
}

TEST(Tasks, ABranchThatTheResolutionHadNotSeenStays) {
  office o;
  o.remove_order();
  device a = numbered(1), c = numbered(2), boss = numbered(4);
  o.write_blindly(a, "a");
  o.write_blindly(c, "c");
  EXPECT_EQ(o.push(o.up_to_date(boss), {o.resolution(1, {{1, 1, 1}}, remove(orders, o.order))}).kind,
            verdict_kind::applied);
  const auto tasks = o.tasks();
  EXPECT_TRUE(tasks.at(0).open);
  EXPECT_EQ(branches_of(tasks[0]), (std::vector<intent_id>{{2, 1, 1}}));
  EXPECT_EQ(o.b.hits(probe::task_resolved_in_part), 1u);
}

TEST(Tasks, AResolutionThatConflictsBecomesABranchAndTakesNoneAway) {
  office o;
  o.remove_order();
  device a = numbered(1), boss = numbered(4);
  o.write_blindly(a, "a");
  boss.seen.sequence = o.start; // had not seen the removal itself
  const auto v = o.push(boss, {o.resolution(1, {{1, 1, 1}}, update(orders, o.order, {set(order_note, text("b"))}))});
  EXPECT_EQ(v.kind, verdict_kind::conflicted);
  EXPECT_EQ(v.task, 1u);
  EXPECT_EQ(branches_of(o.tasks().at(0)), (std::vector<intent_id>{{1, 1, 1}, {4, 1, 1}}));
}

TEST(Tasks, TwoResolutionsAtOnceCommitInTurnAndTheSecondIsHeldAgainstTheFirst) {
  for (const bool alike : {true, false}) {
    office o;
    o.remove_order();
    device a = numbered(1), x = numbered(4), y = numbered(5);
    o.write_blindly(a, "a");
    const auto rx = o.up_to_date(x).act({o.resolution(1, {{1, 1, 1}}, remove(orders, o.order))});
    const auto ry =
        o.up_to_date(y).act({o.resolution(1, {{1, 1, 1}}, alike ? remove(orders, o.order) : restore(orders, o.order))});
    const auto cx = o.b.send(o.b.push_request(x, {rx})), cy = o.b.send(o.b.push_request(y, {ry}));
    o.b.drain();
    EXPECT_EQ(wire::from_wire(o.b.push_reply(cx).verdicts(0).verdict()).kind, verdict_kind::applied);
    const auto second = wire::from_wire(o.b.push_reply(cy).verdicts(0).verdict());
    EXPECT_EQ(second.kind, alike ? verdict_kind::superseded : verdict_kind::conflicted);
    EXPECT_EQ(second.rule, verdict_rule::resolution);
    EXPECT_EQ(second.winner, rx.id);
  }
}

TEST(Tasks, SurviveARestartAtAnyStep) {
  office o;
  o.remove_order();
  device a = numbered(1), c = numbered(2), boss = numbered(4);
  o.write_blindly(a, "a");
  o.b.restart();
  o.write_blindly(c, "c");
  o.b.restart();
  const auto in = o.up_to_date(boss).act({o.resolution(1, {{1, 1, 1}, {2, 1, 1}}, remove(orders, o.order))});
  o.b.send(o.b.push_request(boss, {in})); // the job is lost with the process
  o.b.restart();
  EXPECT_TRUE(o.tasks().at(0).open);
  EXPECT_EQ(branches_of(o.tasks()[0]).size(), 2u);
  EXPECT_EQ(o.push(boss, in).kind, verdict_kind::applied);
  o.b.restart();
  EXPECT_FALSE(o.tasks().at(0).open);
  EXPECT_EQ(o.tasks()[0].settled_by, in.id);
  EXPECT_EQ(o.push(boss, in).kind, verdict_kind::applied) << "and the verdict is remembered";
  EXPECT_EQ(o.tasks().size(), 1u);
}

// -- pages ---------------------------------------------------------------------------------------------------------------

TEST(TaskPages, HoldWhatChangedSinceTheVersionTold) {
  office o;
  EXPECT_EQ(o.pull_tasks(0).tasks_size(), 0);
  o.remove_order();
  device a = numbered(1), c = numbered(2);
  o.write_blindly(a, "a");
  const auto first = o.pull_tasks(0);
  ASSERT_EQ(first.tasks_size(), 1);
  EXPECT_EQ(first.tasks_from(), 0u);
  EXPECT_EQ(first.tasks_through(), first.tasks(0).version());
  EXPECT_EQ(first.tasks_through(), *o.b.server->tasks_through({1}));
  const auto nothing = o.pull_tasks(first.tasks_through());
  EXPECT_EQ(nothing.tasks_size(), 0);
  EXPECT_EQ(nothing.tasks_through(), first.tasks_through());
  EXPECT_FALSE(nothing.more());
  o.write_blindly(c, "c");
  const auto next = o.pull_tasks(first.tasks_through());
  ASSERT_EQ(next.tasks_size(), 1);
  EXPECT_EQ(next.tasks(0).branches_size(), 2);
}

TEST(TaskPages, AreBoundedAndSayThatThereIsMore) {
  office o({.change = [](options& s) { s.page_tasks_max = 2; }});
  device a = numbered(1);
  for (int i = 0; i < 5; ++i) {
    const auto record = record_id::derive({9, 1, o.founder.seq + 1}, 0);
    a.seen.sequence = o.b.commit(o.founder, {create(orders, {})});
    o.b.commit(o.up_to_date(o.founder), {remove(orders, record)});
    EXPECT_EQ(o.push(a, {update(orders, record, {set(order_note, text("x"))})}).kind, verdict_kind::conflicted);
  }
  std::vector<std::uint64_t> seen;
  std::uint64_t through = 0;
  for (int pages = 0; pages < 3; ++pages) {
    const auto page = o.pull_tasks(through);
    EXPECT_EQ(page.more(), pages < 2);
    for (const auto& t : page.tasks())
      seen.push_back(t.task());
    through = page.tasks_through();
  }
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{1, 2, 3, 4, 5}));
  EXPECT_EQ(o.b.hits(probe::tasks_page_full), 2u);
}

// -- sabotage ------------------------------------------------------------------------------------------------------------

template <class Answer, class Exchange>
void differs(sabotage bug, Answer clean, Answer broken, Exchange exchange) {
  office good;
  EXPECT_EQ(exchange(good), clean) << "clean";
  office bad({.sabotages = {bug}});
  EXPECT_EQ(exchange(bad), broken) << "with the bug";
  EXPECT_GT(bad.b.server->counters().hits(bug), 0u);
}

std::string two_branches_one_seen(office& o) {
  o.remove_order();
  device a = numbered(1), c = numbered(2), boss = numbered(4);
  o.write_blindly(a, "a");
  o.write_blindly(c, "c");
  std::string out =
      std::to_string(o.tasks().size()) + " tasks, " + std::to_string(branches_of(o.tasks().at(0)).size()) + " branches";
  o.push(o.up_to_date(boss), {o.resolution(1, {{1, 1, 1}}, remove(orders, o.order))});
  return out + (o.tasks()[0].open ? ", open" : ", closed");
}

TEST(TaskSabotage, BranchReplacesBranch) {
  differs<std::string>(sabotage::branch_replaces_branch, "1 tasks, 2 branches, open", "1 tasks, 1 branches, open",
                       two_branches_one_seen);
}
TEST(TaskSabotage, TaskForEachBranch) {
  differs<std::string>(sabotage::task_for_each_branch, "1 tasks, 2 branches, open", "2 tasks, 1 branches, closed",
                       two_branches_one_seen);
}
TEST(TaskSabotage, ResolutionTakesAll) {
  differs<std::string>(sabotage::resolution_takes_all, "1 tasks, 2 branches, open", "1 tasks, 2 branches, closed",
                       two_branches_one_seen);
}

TEST(TaskSabotage, BranchExposedByDelete) {
  differs<bool>(sabotage::branch_exposed_by_delete, true, false, [](office& o) {
    device a = numbered(1), boss = numbered(4);
    a.seen.sequence = o.start;
    o.b.commit(o.up_to_date(o.founder), {update(orders, o.order, {set(order_note, text("newer"))})});
    EXPECT_EQ(o.push(a, {remove(orders, o.order)}).kind, verdict_kind::conflicted);
    o.b.commit(o.up_to_date(boss), {remove(orders, o.order)});
    return o.b.rows({1}).at(o.order).deleted;
  });
}

TEST(TaskSabotage, TasksCutAtPage) {
  const auto told = [](std::vector<sabotage> bugs) {
    office o({.sabotages = std::move(bugs), .change = [](options& s) { s.page_tasks_max = 1; }});
    device a = numbered(1);
    for (int i = 0; i < 2; ++i) {
      const auto record = record_id::derive({9, 1, o.founder.seq + 1}, 0);
      a.seen.sequence = o.b.commit(o.founder, {create(orders, {})});
      o.b.commit(o.up_to_date(o.founder), {remove(orders, record)});
      o.push(a, {update(orders, record, {set(order_note, text("x"))})});
    }
    const auto page = o.pull_tasks(0);
    return page.tasks_size() + o.pull_tasks(page.tasks_through()).tasks_size();
  };
  EXPECT_EQ(told({}), 2);
  EXPECT_EQ(told({sabotage::tasks_cut_at_page}), 1);
}

} // namespace
} // namespace squall::server
