// Conflicts, their branches, and resolutions: for each thing that can go wrong, a history in which it does.
#include "tests/reports/invariants/firm.hpp"

namespace squall::told {
namespace {

TEST(Tasks, PassAConflictThatIsResolvedAndThenResolvedAgain) {
  firm f;
  f.disagree();
  f.t.pull(1);
  f.t.pull(2);
  const auto one = f.t.write(1, {settles(1, {f.sized}, update("briefs", f.brief, {set("size", 3)}))});
  const auto same = f.t.write(2, {settles(1, {f.sized}, update("briefs", f.brief, {set("size", 3)}))});
  f.t.send(1);
  f.t.commit(one);
  f.t.answer(1);
  f.t.send(2);
  f.t.refuse(same, verdict_code::superseded, rule_code::resolution, one);
  f.t.answer(2);
  f.end();
  const auto o = judge_tale(f.t);
  EXPECT_EQ(o.failed(), names{}) << explain(o);
  EXPECT_EQ(o.metrics.at("second_resolutions"), 1U);
  EXPECT_EQ(o.metrics.at("tasks_resolved"), 1U);
}

TEST(Tasks, AnotherSecondResolutionIsABranchOfANewTask) {
  firm f;
  f.disagree();
  f.t.pull(1);
  f.t.pull(2);
  const auto one = f.t.write(1, {settles(1, {f.sized}, update("briefs", f.brief, {set("size", 3)}))});
  const auto other = f.t.write(2, {settles(1, {f.sized}, update("briefs", f.brief, {set("title", "two")}))});
  f.t.plan.mutable_intentions(f.t.plan.intentions_size() - 1)->mutable_acts(0)->mutable_settle()->set_take(false);
  f.t.send(1);
  f.t.commit(one);
  f.t.answer(1);
  f.t.send(2);
  f.t.conflict(other, rule_code::resolution, one, f.brief);
  f.t.answer(2);
  f.end();
  const auto o = judge_tale(f.t);
  EXPECT_EQ(o.failed(), names{}) << explain(o);
  EXPECT_EQ(o.metrics.at("tasks_opened"), 2U);
}

TEST(Policy, FailsIfABranchIsNotInItsTask) {
  firm f;
  f.disagree();
  f.end();
  f.t.erase([](const entry& e) { return e.kind == entry_kind::export_branch && at_server(e); });
  expect_only(f.t, "policy", "task with other branches");
}

TEST(Policy, FailsIfABranchIsInItsTaskTwice) {
  firm f;
  f.disagree();
  f.end();
  const auto again = f.t.first(entry_kind::export_branch, at_server);
  f.t.insert_after(f.t.first(entry_kind::export_branch, at_server), again);
  expect_only(f.t, "policy", "task with other branches");
}

TEST(Policy, FailsIfAnOpenTaskIsGone) {
  firm f;
  f.disagree();
  f.end();
  f.t.erase([](const entry& e) {
    return (e.kind == entry_kind::export_branch || e.kind == entry_kind::export_task) && at_server(e);
  });
  expect_only(f.t, "policy", "open task not shown");
}

TEST(Policy, FailsIfASubjectHasTwoOpenTasks) {
  firm f;
  f.disagree();
  const auto more = f.t.write(2, {update("briefs", f.brief, {set("size", 4)})});
  f.t.send(2);
  f.t.conflict(more, rule_code::manual, f.titled, f.brief);
  f.t.last(entry_kind::branch_kept).aux = 2;
  f.t.answer(2);
  f.t.last(entry_kind::verdict_released).aux = 2;
  expect_fails(f.t, "policy", "branch in the wrong task");
}

TEST(Policy, FailsIfWhatIsNotInConflictBecomesABranch) {
  firm f;
  const auto edit = f.t.write(2, {update("briefs", f.brief, {set("size", 3)})});
  f.t.send(2);
  f.t.conflict(edit, rule_code::manual, f.made, f.brief);
  f.t.answer(2);
  expect_fails(f.t, "policy", "branch against the policy");
}

TEST(Policy, FailsIfAConflictIsAboutSomethingElse) {
  firm f;
  f.disagree();
  f.t.last(entry_kind::branch_kept).field = f.t.field("briefs", "size");
  expect_fails(f.t, "policy", "branch against the policy");
}

TEST(Policy, FailsIfAVerdictNamesAnotherTask) {
  firm f;
  f.disagree();
  f.t.last(entry_kind::verdict_released).aux = 9;
  expect_only(f.t, "policy", "wrong verdict");
}

TEST(Policy, FailsIfAClosedTaskIsResolvedAgain) {
  firm f;
  f.disagree();
  f.t.pull(1);
  f.t.pull(2);
  const auto one = f.t.write(1, {settles(1, {f.sized}, update("briefs", f.brief, {set("size", 3)}))});
  const auto same = f.t.write(2, {settles(1, {f.sized}, update("briefs", f.brief, {set("size", 3)}))});
  f.t.send(1);
  f.t.commit(one);
  f.t.answer(1);
  f.t.send(2);
  f.t.commit(same);
  f.t.answer(2);
  const auto o = judge_tale(f.t);
  // A superseded intent that commits is a wrong verdict, and an effect too many.
  EXPECT_TRUE(o.failed().contains("policy")) << explain(o);
}

TEST(Policy, FailsIfADeviceShowsATaskThatNobodyOpened) {
  firm f;
  f.t.tell({.kind = entry_kind::task_shown, .code = 1, .actor = 2, .record = f.brief, .field = whole_record, .aux = 3});
  expect_only(f.t, "policy", "task that nobody opened");
}

TEST(NoLostWrite, FailsIfAConflictLeavesNoBranch) {
  firm f;
  f.disagree();
  f.t.erase([](const entry& e) { return e.kind == entry_kind::branch_kept; });
  expect_fails(f.t, "no_lost_write", "conflicted but no branch kept");
}

TEST(ExactlyOnce, FailsIfABranchIsKeptTwice) {
  firm f;
  f.disagree();
  f.t.tell(f.t.last(entry_kind::branch_kept));
  expect_fails(f.t, "exactly_once", "kept twice");
}

TEST(ExactlyOnce, FailsIfABranchTakesEffect) {
  firm f;
  const auto titled = f.t.write(1, {update("briefs", f.brief, {set("title", "two")})});
  const auto sized = f.t.write(2, {update("briefs", f.brief, {set("size", 3)})});
  f.t.send(1);
  f.t.commit(titled);
  f.t.send(2);
  f.t.conflict(sized, rule_code::manual, titled, f.brief);
  f.t.commit(sized);
  expect_fails(f.t, "exactly_once", "effect of a branch");
}

TEST(ReplaySafe, FailsIfARepeatNamesAnotherTask) {
  firm f;
  f.disagree();
  auto again = f.t.last(entry_kind::verdict_released);
  again.flags = 1;
  again.aux = 2;
  f.t.tell(again);
  expect_only(f.t, "replay_safe", "replay answered otherwise");
}

TEST(Convergence, FailsIfADeviceAtRestDoesNotShowATask) {
  firm f;
  f.disagree();
  f.end();
  f.t.erase([](const entry& e) {
    return (e.kind == entry_kind::export_branch || e.kind == entry_kind::export_task) && e.actor == 1;
  });
  expect_only(f.t, "convergence", "open task not shown");
}

TEST(Convergence, ExcusesADeviceThatNoPageHasReachedSince) {
  firm f;
  f.disagree();
  f.t.pull(2);
  f.t.pull(1);
  f.t.put(1, {settles(1, {f.sized}, update("briefs", f.brief, {set("size", 3)}))});
  f.t.rest();
  EXPECT_FALSE(judge_tale(f.t).failed().contains("convergence")) << explain(judge_tale(f.t));
}

TEST(Intention, FailsIfAResolutionWritesWhatNoBranchWrote) {
  firm f;
  f.disagree();
  f.t.pull(1);
  f.t.write(1, {settles(1, {f.sized}, update("briefs", f.brief, {set("size", 99)}))});
  expect_only(f.t, "intention", "intent is not what was meant");
}

// What names a task that nobody has, or one about another record, is folded in as if it named none; whether a device knows that
// somebody has closed one, nobody can tell.
TEST(ReadYourWrites, FailsIfAResolutionOfAnUnknownTaskIsNotShown) {
  const auto hides = [](std::uint32_t task, bool of_note, bool closed) {
    firm f;
    f.disagree();
    f.t.pull(1);
    f.t.pull(2);
    if (closed)
      f.t.put(2, {settles(1, {f.sized}, update("briefs", f.brief, {set("size", 3)}))});
    const auto record = of_note ? f.note : f.brief;
    f.t.write(1, {settles(task, {f.sized}, update(of_note ? "notes" : "briefs", record, {set("title", "new")}))});
    f.t.read(1, record);
    f.t.last(entry_kind::value_read, [&](const entry& e) { return e.record == record && e.tag == value_tag::text; })
        .value = txt("one").number;
    return judge_tale(f.t).failed().contains("read_your_writes");
  };
  EXPECT_TRUE(hides(1, false, false));
  EXPECT_FALSE(hides(1, false, true));
  EXPECT_TRUE(hides(7, false, true));
  EXPECT_TRUE(hides(1, true, true));
}

} // namespace
} // namespace squall::told
