// What users make of what they are shown: a pure function of the rule, the seed and the stimulus.
#include "scenarios/reactions/reactions.hpp"

#include "engine/base/time.hpp"

#include <gtest/gtest.h>

#include <set>

namespace squall::scenarios {
namespace {

Reaction rule(const char* name, std::uint32_t chance_ppm = 1'000'000) {
  Reaction r;
  r.set_id(7);
  r.set_rule(name);
  r.mutable_delay()->mutable_uniform()->set_low_ns(minute_ns);
  r.mutable_delay()->mutable_uniform()->set_high_ns(5 * minute_ns);
  r.set_chance_ppm(chance_ppm);
  r.set_take_ppm(500'000);
  return r;
}

stimulus task(std::vector<std::uint64_t> branches = {11, 22}) {
  return {.device = 3,
          .at_ns = hour_ns,
          .record = 5 << 8 | 1,
          .collection = "orders",
          .subject = 2,
          .field = "notes",
          .branches = std::move(branches)};
}

Intention refused() {
  Intention i;
  i.set_id(9);
  i.set_device(3);
  i.set_kind("approve");
  i.set_after(4);
  Act& made = *i.add_acts();
  made.set_kind(Act::CREATE);
  made.set_collection("orders");
  made.set_record(9 << 8);
  Act& child = *i.add_acts();
  child.set_kind(Act::CREATE);
  child.set_collection("lines");
  child.set_record(9 << 8 | 1);
  child.add_fields()->set_record(9 << 8);
  child.add_fields()->set_record(5 << 8);
  i.add_guards()->set_record(5 << 8);
  return i;
}

TEST(Reactions, SettleATaskOnce) {
  const auto meant = react(rule("resolve_tasks"), 1, task());
  ASSERT_TRUE(meant);
  EXPECT_TRUE(is_reaction(meant->id()));
  EXPECT_EQ(meant->device(), 3u);
  EXPECT_EQ(meant->after(), 0u);
  EXPECT_GE(meant->due_ns(), hour_ns + minute_ns);
  EXPECT_LE(meant->due_ns(), hour_ns + 5 * minute_ns);
  ASSERT_EQ(meant->acts_size(), 1);
  EXPECT_EQ(meant->acts(0).kind(), Act::SETTLE);
  EXPECT_EQ(meant->acts(0).record(), std::uint64_t{5 << 8 | 1});
  EXPECT_EQ(meant->acts(0).settle().field(), "notes");
}

TEST(Reactions, AreTheSameForTheSameStimulusAndOthersForOthers) {
  const auto r = rule("resolve_tasks");
  EXPECT_EQ(react(r, 1, task({11, 22}))->SerializeAsString(), react(r, 1, task({22, 11}))->SerializeAsString())
      << "in whatever order the branches come";
  std::set<std::uint64_t> ids;
  std::set<std::int64_t> times;
  const auto put = [&](const stimulus& s) {
    const auto meant = react(r, 1, s);
    EXPECT_TRUE(ids.insert(meant->id()).second);
    times.insert(meant->due_ns());
  };
  put(task());
  put(task({11}));
  put(task({11, 22, 33}));
  auto other = task();
  other.device = 4;
  put(other);
  other = task();
  other.subject = 3;
  put(other);
  other = task();
  other.record = 6 << 8;
  put(other);
  EXPECT_EQ(times.size(), ids.size());
  auto later = task();
  later.at_ns += minute_ns;
  EXPECT_EQ(react(r, 1, later)->id(), react(r, 1, task())->id()) << "the same stimulus, shown again";
  EXPECT_NE(react(r, 2, task())->due_ns(), react(r, 1, task())->due_ns());
}

TEST(Reactions, ComeAsOftenAsTheyAreSaidToAndTakeAsOften) {
  int acted = 0, took = 0;
  for (std::uint64_t k = 1; k <= 2000; ++k)
    if (const auto meant = react(rule("resolve_tasks", 300'000), 1, task({k}))) {
      ++acted;
      took += meant->acts(0).settle().take();
    }
  EXPECT_NEAR(acted, 600, 120);
  EXPECT_NEAR(took, acted / 2, 70);
}

TEST(Reactions, KeepToTheirDevicesAndCollections) {
  auto r = rule("resolve_tasks");
  r.add_devices(4);
  EXPECT_FALSE(react(r, 1, task()));
  r.add_devices(3);
  EXPECT_TRUE(react(r, 1, task()));
  r.add_collections("lines");
  EXPECT_FALSE(react(r, 1, task()));
  r.add_collections("orders");
  EXPECT_TRUE(react(r, 1, task()));
}

TEST(Reactions, TryARefusedChangeOnceMoreAsAChangeOfItsOwn) {
  const Intention first = refused();
  const auto again = react(rule("retry_rejected"), 1, {.device = 3, .at_ns = hour_ns, .refused = &first});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->after(), 0u);
  ASSERT_EQ(again->acts_size(), 2);
  const std::uint64_t own = again->id() << 8;
  EXPECT_EQ(again->acts(0).record(), own);
  EXPECT_EQ(again->acts(1).record(), own | 1);
  EXPECT_EQ(again->acts(1).fields(0).record(), own) << "what it makes itself";
  EXPECT_EQ(again->acts(1).fields(1).record(), std::uint64_t{5 << 8});
  EXPECT_EQ(again->guards(0).record(), std::uint64_t{5 << 8});
  EXPECT_FALSE(react(rule("retry_rejected"), 1, {.device = 3, .at_ns = hour_ns, .refused = &*again}))
      << "not a third time";
  EXPECT_FALSE(react(rule("resolve_tasks"), 1, {.device = 3, .at_ns = hour_ns, .refused = &first}));
  EXPECT_FALSE(react(rule("retry_rejected"), 1, task()));
}

TEST(Reactions, CanBeWrittenOutIntoThePlan) {
  Plan plan;
  *plan.add_reactions() = rule("resolve_tasks");
  *plan.add_intentions() = refused();
  const Plan out =
      written_out(plan, {*react(rule("resolve_tasks"), 1, task({33})), *react(rule("resolve_tasks"), 1, task())});
  EXPECT_EQ(out.reactions_size(), 0);
  ASSERT_EQ(out.intentions_size(), 3);
  EXPECT_EQ(out.intentions(0).id(), 9u);
  EXPECT_LT(out.intentions(1).id(), out.intentions(2).id());
}

} // namespace
} // namespace squall::scenarios
