// The simulation with a system that is not ours: what it does must not depend on our engine.
#include "tests/actors/naive/naive.hpp"
#include "tests/actors/plan_builder.hpp"

#include <gtest/gtest.h>

namespace squall::actors {

namespace {

using history::end_code;
using history::entry_kind;

plan_builder two_devices() {
  plan_builder b;
  b.devices(2);
  return b;
}

TEST(NaiveRun, SettlesAfterTwoDevicesWroteOneRecord) {
  auto b = two_devices();
  const auto note = b.create(1, 5 * second_ns, {{"title", "a"}, {"count", 1}});
  b.set(2, minute_ns, note, {{"text", "from two"}});
  b.add(1, 2 * minute_ns, note, {{"count", 41}});
  naive::naive_system system;
  const auto done = run_plan(b.plan, system);
  EXPECT_EQ(done.outcome.end, end_code::settled) << done.outcome.end_detail;
  EXPECT_EQ(done.history.of(entry_kind::intent_accepted).size(), 3u);
  EXPECT_EQ(done.history.of(entry_kind::intent_committed).size(), 3u);
  std::vector<std::int64_t> counts;
  for (const auto& e : done.history.of(entry_kind::export_field))
    if (e.field == 2 && e.at_ns >= b.plan.heal_at_ns())
      counts.push_back(e.value);
  EXPECT_FALSE(counts.empty());
  for (const auto count : counts)
    EXPECT_EQ(count, 42);
}

TEST(NaiveRun, LeavesOutFaultsThatTheSystemCannotHave) {
  auto b = two_devices();
  b.create(1, 5 * second_ns, {{"title", "a"}});
  b.fault("crash", {.at = 20 * second_ns}, {1});
  naive::naive_system system;
  const auto done = run_plan(b.plan, system);
  EXPECT_EQ(done.outcome.end, end_code::settled);
  EXPECT_TRUE(done.history.of(entry_kind::crashed).empty());
  EXPECT_EQ(done.outcome.faults.at("crash (not injected)"), 1u);
}

TEST(NaiveRun, GivesTheSameDigestTwiceAndAnotherForAnotherSeed) {
  const auto digest = [](std::uint64_t seed) {
    plan_builder b(seed);
    b.devices(3);
    b.plan.mutable_network()->mutable_latency()->mutable_uniform()->set_high_ns(200 * millisecond_ns);
    b.plan.mutable_network()->set_loss_ppm(100'000);
    const auto note = b.create(1, second_ns, {{"title", "a"}});
    for (std::uint32_t k = 0; k < 10; ++k)
      b.set(1 + k % 3, (20 + k) * second_ns, note, {{"text", "v" + std::to_string(k)}});
    naive::naive_system system;
    return run_plan(b.plan, system).outcome.digest;
  };
  EXPECT_EQ(digest(7), digest(7));
  EXPECT_NE(digest(7), digest(8));
}

} // namespace

} // namespace squall::actors
