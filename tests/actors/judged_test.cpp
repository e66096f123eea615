// One oracle judges whatever system the simulation runs: ours, and one that shares nothing with it.
#include "actors/system/squall_system.hpp"
#include "reports/invariants/judge.hpp"
#include "tests/actors/naive/naive.hpp"
#include "tests/actors/plan_builder.hpp"

#include <gtest/gtest.h>

namespace squall::actors {

namespace {

/// Two teams on a bad line, writing the same records.
scenarios::Plan teamwork(std::uint64_t seed) {
  plan_builder b(seed);
  b.devices(6, 2);
  auto* network = b.plan.mutable_network();
  network->mutable_latency()->mutable_uniform()->set_low_ns(20 * millisecond_ns);
  network->mutable_latency()->mutable_uniform()->set_high_ns(400 * millisecond_ns);
  network->set_loss_ppm(50'000);
  network->set_duplicate_ppm(50'000);
  network->set_corrupt_ppm(10'000);
  const std::uint64_t notes[] = {b.create(1, second_ns, {{"title", "first"}, {"count", 1}}),
                                 b.create(2, second_ns, {{"title", "second"}, {"count", 1}})};
  for (std::uint32_t k = 0; k < 60; ++k) {
    const std::uint32_t device = 1 + k % 6;
    const auto note = notes[(device - 1) % 2];
    if (k % 4 == 0)
      b.add(device, (30 + 3 * k) * second_ns, note, {{"count", 1}});
    else
      b.set(device, (30 + 3 * k) * second_ns, note, {{"text", "text " + std::to_string(k)}});
  }
  b.fault("offline", {.at = minute_ns, .for_ns = 2 * minute_ns}, {1, 4});
  b.remove(5, 4 * minute_ns, notes[0]);
  b.set(3, 4 * minute_ns, notes[0], {{"text", "too late"}});
  return b.plan;
}

void expect_no_violation(system_under_test& system, std::uint64_t seed) {
  const auto plan = teamwork(seed);
  invariants::judge judge(plan);
  auto outcome = simulate(plan, {.system = &system, .sinks = {&judge}});
  ASSERT_TRUE(outcome.ok()) << outcome.err().message;
  EXPECT_EQ(outcome->end, history::end_code::settled) << outcome->end_detail;
  const auto judgement = judge.finish(outcome->names);
  std::size_t checked = 0;
  for (const auto& invariant : judgement.invariants) {
    checked += invariant.checked() > 0;
    EXPECT_NE(invariant.verdict(), reports::FAIL)
        << system.name() << " " << seed << " " << invariant.name() << ": "
        << (invariant.violations_size() > 0 ? invariant.violations(0).message() : "");
  }
  EXPECT_GE(checked, 8u);
  EXPECT_GE(judgement.metrics.at("intents"), 50u);
}

TEST(Judged, OurEngineBreaksNothing) {
  squall_system system;
  for (std::uint64_t seed = 1; seed <= 5; ++seed)
    expect_no_violation(system, seed);
}

TEST(Judged, TheNaiveEngineBreaksNothing) {
  naive::naive_system system;
  for (std::uint64_t seed = 1; seed <= 5; ++seed)
    expect_no_violation(system, seed);
}

} // namespace

} // namespace squall::actors
