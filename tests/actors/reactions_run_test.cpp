// Users who react, in whole runs of our engine: tasks are settled and refused changes tried again, the same way each time, and
// what has nothing to do with a reaction does not change it.
#include "actors/system/squall_system.hpp"
#include "scenarios/reactions/reactions.hpp"
#include "tests/actors/plan_builder.hpp"

#include <gtest/gtest.h>

#include <map>

namespace squall::actors {

namespace {

using history::end_code;
using history::entry_kind;
using history::verdict_code;

ran run(const scenarios::Plan& plan) {
  squall_system system;
  auto done = run_plan(plan, system);
  EXPECT_EQ(done.outcome.end, end_code::settled) << done.outcome.end_detail;
  return done;
}

scenarios::Reaction& reaction(plan_builder& b, const char* rule, duration_ns low, duration_ns high) {
  auto& r = *b.plan.add_reactions();
  r.set_id(static_cast<std::uint64_t>(b.plan.reactions_size()));
  r.set_rule(rule);
  r.mutable_delay()->mutable_uniform()->set_low_ns(low);
  r.mutable_delay()->mutable_uniform()->set_high_ns(high);
  r.set_chance_ppm(1'000'000);
  return r;
}

/// Two users change one note while they are cut off; a third sees both.
struct quarrel {
  plan_builder b{1, "manual"};
  std::uint64_t note = 0;
  std::uint64_t unrelated = 0;

  explicit quarrel(bool with_unrelated = true) {
    b.devices(3);
    note = b.create(1, 5 * second_ns, {{"title", "plan"}, {"text", "none"}});
    for (const std::uint32_t device : {1u, 2u})
      b.fault("offline", {.at = minute_ns, .for_ns = minute_ns}, {device});
    b.set(1, 90 * second_ns, note, {{"text", "one's"}});
    b.set(2, 91 * second_ns, note, {{"text", "two's"}});
    unrelated = b.create(3, 80 * second_ns, {{"title", "other"}});
    if (!with_unrelated)
      b.plan.mutable_intentions()->RemoveLast();
  }
};

std::size_t open_at_the_end(const keeper& h) {
  std::map<std::uint64_t, bool> open;
  for (const auto& e : h.of(entry_kind::export_task))
    if (e.actor == 0)
      open[e.aux] = e.code != 0;
  std::size_t count = 0;
  for (const auto& [task, is] : open)
    count += is;
  return count;
}

TEST(Reactions, AnOpenTaskIsSettledByWhoeverTheRuleNames) {
  quarrel q;
  auto& r = reaction(q.b, "resolve_tasks", minute_ns, 2 * minute_ns);
  r.add_devices(3);
  r.set_take_ppm(1'000'000);
  const auto done = run(q.b.plan);
  ASSERT_EQ(done.history.of(entry_kind::branch_kept).size(), 1u);
  ASSERT_EQ(done.outcome.reacted.size(), 1u);
  EXPECT_EQ(done.outcome.reacted[0].device(), 3u);
  EXPECT_EQ(open_at_the_end(done.history), 0u);
  const auto branches = done.history.of(entry_kind::intent_branch);
  ASSERT_EQ(branches.size(), 1u);
  EXPECT_EQ(branches[0].ref, done.history.of(entry_kind::branch_kept)[0].intent) << "it names what it settles";
  // The branch's value is what everybody sees now.
  const auto kept = done.history.of(entry_kind::branch_kept)[0].intent;
  std::int64_t meant = 0;
  for (const auto& e : done.history.of(entry_kind::intent_write))
    if (e.intent == kept && e.field == 1)
      meant = e.value;
  std::size_t rows = 0;
  for (const auto& e : done.history.of(entry_kind::export_field))
    if (e.at_ns >= q.b.plan.heal_at_ns() && e.field == 1) {
      EXPECT_EQ(e.value, meant) << e.actor;
      ++rows;
    }
  EXPECT_GE(rows, 4u);
}

TEST(Reactions, ATaskThatNobodySettlesStaysAndIsNoFailure) {
  quarrel q;
  const auto done = run(q.b.plan);
  EXPECT_EQ(open_at_the_end(done.history), 1u);
  EXPECT_TRUE(done.outcome.reacted.empty());
  EXPECT_GE(done.history.of(entry_kind::task_shown).size(), 3u) << "everybody in the scope sees it";
}

TEST(Reactions, TheSamePlanReactsTheSameWay) {
  quarrel q;
  reaction(q.b, "resolve_tasks", minute_ns, 3 * minute_ns).set_take_ppm(500'000);
  const auto one = run(q.b.plan);
  const auto two = run(q.b.plan);
  EXPECT_EQ(one.outcome.digest, two.outcome.digest);
  ASSERT_GE(one.outcome.reacted.size(), 1u);
}

TEST(Reactions, KeepTheirDrawsWhenSomethingElseIsTakenOut) {
  quarrel whole, less(false);
  for (auto* q : {&whole, &less})
    reaction(q->b, "resolve_tasks", minute_ns, 3 * minute_ns).set_take_ppm(500'000);
  std::map<std::uint64_t, const scenarios::Intention*> before;
  const auto one = run(whole.b.plan);
  const auto two = run(less.b.plan);
  for (const auto& i : one.outcome.reacted)
    before[i.id()] = &i;
  ASSERT_FALSE(two.outcome.reacted.empty());
  for (const auto& i : two.outcome.reacted) {
    ASSERT_EQ(before.count(i.id()), 1u);
    EXPECT_EQ(before[i.id()]->acts(0).SerializeAsString(), i.acts(0).SerializeAsString());
  }
}

TEST(Reactions, WrittenOutIntoThePlanTheyHappenAllTheSame) {
  quarrel q;
  auto& r = reaction(q.b, "resolve_tasks", minute_ns, 2 * minute_ns);
  r.set_take_ppm(1'000'000);
  const auto live = run(q.b.plan);
  const auto plan = scenarios::written_out(q.b.plan, live.outcome.reacted);
  EXPECT_EQ(plan.reactions_size(), 0);
  const auto frozen = run(plan);
  EXPECT_EQ(frozen.outcome.digest, live.outcome.digest);
  EXPECT_TRUE(frozen.outcome.reacted.empty());
}

TEST(Reactions, ARefusedChangeIsTriedOnceMore) {
  plan_builder b(1, "field_merge");
  b.devices(2);
  auto* count = b.plan.mutable_model()->mutable_collections(0)->mutable_fields(2);
  count->set_at_least(0);
  const auto note = b.create(1, 5 * second_ns, {{"title", "shelf"}, {"count", 3}});
  b.add(2, minute_ns, note, {{"count", -5}});
  reaction(b, "retry_rejected", 30 * second_ns, 40 * second_ns);
  const auto first = run(b.plan);
  ASSERT_EQ(first.outcome.reacted.size(), 1u) << "once, and not again for ever";
  EXPECT_EQ(first.outcome.reacted[0].kind(), "retry");
  b.add(1, 65 * second_ns, note, {{"count", 4}});
  const auto second = run(b.plan);
  ASSERT_EQ(second.outcome.reacted.size(), 1u);
  EXPECT_EQ(second.outcome.reacted[0].SerializeAsString(), first.outcome.reacted[0].SerializeAsString());
  std::int64_t left = -1;
  for (const auto& e : second.history.of(entry_kind::export_field))
    if (e.field == 2)
      left = e.value;
  EXPECT_EQ(left, 2) << "there was enough the second time";
}

TEST(Reactions, ADeviceThatDiedWhileItLearntOfATaskShowsItWhenItIsUpAgain) {
  std::size_t crashed = 0;
  for (int k = 1; k <= 12; ++k) {
    quarrel q;
    q.b.fault("crash", {.at = 2 * minute_ns, .for_ns = 3 * second_ns}, {3},
              {{"disk_operation", k}, {"within", 40 * second_ns}, {"moment", k % 3}});
    reaction(q.b, "resolve_tasks", 90 * second_ns, 2 * minute_ns).add_devices(3);
    const auto done = run(q.b.plan);
    crashed += done.history.of(entry_kind::crashed).size();
    EXPECT_EQ(open_at_the_end(done.history), 0u) << k;
    std::size_t shown = 0;
    for (const auto& e : done.history.of(entry_kind::task_shown))
      shown += e.actor == 3 && e.code == 1;
    EXPECT_GE(shown, 1u) << k;
  }
  EXPECT_GE(crashed, 10u);
}

} // namespace

} // namespace squall::actors
