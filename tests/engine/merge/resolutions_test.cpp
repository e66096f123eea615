// Resolutions of tasks, as far as `decide` judges them.
#include "tests/engine/merge/linked_world.hpp"

namespace squall::merge::linked {
namespace {

using telemetry::sabotage;

operation resolving(std::uint64_t task, operation op) {
  op.task = task;
  op.branches_seen = {{50, 1, 1}};
  return op;
}

TEST(Resolutions, OfAnUnknownTaskOrAnotherRecordAreGone) {
  linked_world w;
  const auto a = w.made({}), b = w.made({});
  w.rows.tasks[1] = {.number = 1, .subject = {a, items}};
  const auto update = [&](const record_id& id) { return update_of(items, id, {set(site, number(1))}); };
  expect(w.commit({resolving(2, update(a))}), verdict_kind::rejected, verdict_rule::gone);
  expect(w.commit({resolving(1, update(b))}), verdict_kind::rejected, verdict_rule::gone);
  expect(w.commit({resolving(1, update(a))}), verdict_kind::applied, verdict_rule::none);
}

// It may have been told of it, and begun anew since.
TEST(Resolutions, OfAnUnknownTaskAreShownByTheirDevice) {
  linked_world w;
  const auto a = w.made({}), b = w.made({});
  w.rows.tasks[1] = {.number = 1, .subject = {a, items}, .open = false};
  const auto update = [&](const record_id& id) { return update_of(items, id, {set(site, number(1))}); };
  EXPECT_TRUE(w.judge(w.act({resolving(2, update(a))}), pending_sequence).committed());
  EXPECT_TRUE(w.judge(w.act({resolving(1, update(b))}), pending_sequence).committed());
  EXPECT_FALSE(w.judge(w.act({resolving(1, update(a))}), pending_sequence).committed());
}

TEST(Resolutions, OfAClosedTaskFollowWhatTheFirstOneDid) {
  linked_world w;
  const auto a = w.made({});
  const intent_id settler{51, 1, 1};
  const auto decided = update_of(items, a, {set(site, number(1))});
  w.rows.tasks[1] = {
      .number = 1, .subject = {a, items, site}, .open = false, .settled_by = settler, .settlement = {decided}};
  auto same = w.commit({resolving(1, decided)});
  expect(same, verdict_kind::superseded, verdict_rule::resolution);
  EXPECT_EQ(same.outcome.winner, settler);
  auto other = w.commit({resolving(1, update_of(items, a, {set(site, number(2))}))});
  expect(other, verdict_kind::conflicted, verdict_rule::resolution);
  EXPECT_EQ(other.outcome.winner, settler);
  EXPECT_EQ(other.subject, (task_subject{a, items, site}));
  EXPECT_EQ(kind_of(w.rows.all.at(a).fields[site].current), value_kind::none);
}

TEST(Resolutions, NameBranchesOnceAndOnlyWithATask) {
  linked_world w;
  const auto a = w.made({});
  auto op = resolving(0, update_of(items, a, {set(site, number(1))}));
  expect(w.commit({op}), verdict_kind::rejected, verdict_rule::malformed);
  op.task = 1;
  op.branches_seen.push_back(op.branches_seen[0]);
  expect(w.commit({op}), verdict_kind::rejected, verdict_rule::malformed);
}

TEST(ConstraintSabotage, SecondResolutionOverwrites) {
  linked_world w;
  w.counts = telemetry::counters(only(sabotage::second_resolution_overwrites));
  const auto a = w.made({});
  w.rows.tasks[1] = {.number = 1, .subject = {a, items, site}, .open = false, .settled_by = {51, 1, 1}};
  expect(w.commit({resolving(1, update_of(items, a, {set(site, number(2))}))}), verdict_kind::applied,
         verdict_rule::none);
  EXPECT_GT(w.counts.hits(sabotage::second_resolution_overwrites), 0u);
}

} // namespace
} // namespace squall::merge::linked
