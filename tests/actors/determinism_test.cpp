// The same plan gives the same history; and cutting a plan shifts no draw of what is left.
#include "actors/system/squall_system.hpp"
#include "tests/actors/naive/naive.hpp"
#include "tests/actors/plan_builder.hpp"

#include <gtest/gtest.h>

#include <map>
#include <tuple>

namespace squall::actors {

namespace {

using history::entry_kind;

/// Three devices on a bad network, with crashes and an offline spell.
plan_builder busy(std::uint64_t seed) {
  plan_builder b(seed, "field_merge");
  b.devices(3);
  auto* network = b.plan.mutable_network();
  network->mutable_latency()->mutable_lognormal()->set_median_ns(60 * millisecond_ns);
  network->mutable_latency()->mutable_lognormal()->set_sigma_milli(500);
  network->set_jitter_ns(20 * millisecond_ns);
  network->set_loss_ppm(50'000);
  network->set_duplicate_ppm(50'000);
  network->set_corrupt_ppm(20'000);
  const auto first = b.create(1, 2 * second_ns, {{"title", "a"}, {"count", 1}});
  const auto second = b.create(2, 3 * second_ns, {{"title", "b"}, {"count", 1}});
  for (std::uint32_t k = 0; k < 24; ++k) {
    const auto record = k % 2 ? first : second;
    const time_ns at = (20 + 7 * k) * second_ns;
    if (k % 3)
      b.set(1 + k % 3, at, record, {{"text", "text " + std::to_string(k)}});
    else
      b.add(1 + k % 3, at, record, {{"count", k}});
  }
  b.fault("crash", {.at = 50 * second_ns, .for_ns = 5 * second_ns}, {2}, {{"disk_operation", 4}});
  b.fault("crash", {.at = 90 * second_ns, .for_ns = 5 * second_ns}, {1});
  b.fault("server_crash", {.at = 120 * second_ns, .for_ns = 2 * second_ns}, {}, {{"disk_operation", 7}});
  b.fault("restart", {.at = 60 * second_ns}, {3});
  b.fault("slow_disk", {.at = 70 * second_ns, .for_ns = 20 * second_ns}, {3});
  b.fault("refused_refresh", {.at = 100 * second_ns, .for_ns = 30 * second_ns}, {});
  b.fault("token_expiry", {.at = 95 * second_ns, .for_ns = 60 * second_ns}, {1, 2, 3});
  b.fault("clock_step", {.at = 80 * second_ns}, {1});
  b.fault("offline", {.at = 130 * second_ns, .for_ns = 20 * second_ns}, {3});
  return b;
}

std::uint64_t digest_of_run(const plan_builder& b) {
  squall_system system;
  return run_plan(b.plan, system).outcome.digest;
}

TEST(Determinism, TwoRunsInOneProcessAreTheSame) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto b = busy(seed);
    squall_system system;
    const auto one = run_plan(b.plan, system);
    const auto two = run_plan(b.plan, system);
    ASSERT_EQ(one.outcome.digest, two.outcome.digest) << seed;
    EXPECT_TRUE(one.history.entries == two.history.entries);
    EXPECT_EQ(one.outcome.probes, two.outcome.probes);
    EXPECT_EQ(one.outcome.end, history::end_code::settled) << seed << " " << one.outcome.end_detail;
  }
}

TEST(Determinism, RunsInBetweenChangeNothing) {
  const auto b = busy(11);
  const auto alone = digest_of_run(b);
  for (std::uint64_t seed = 20; seed < 24; ++seed) {
    digest_of_run(busy(seed));
    naive::naive_system other;
    plan_builder plain(seed);
    plain.devices(2).create(1, second_ns, {{"title", "a"}});
    run_plan(plain.plan, other);
    EXPECT_EQ(digest_of_run(b), alone);
  }
}

TEST(Determinism, AnotherSeedIsAnotherRun) { EXPECT_NE(digest_of_run(busy(1)), digest_of_run(busy(2))); }

/// What the network drew for a message, by the draw's key: link, direction, 1 ms slot and ordinal in it. Messages whose fate
/// a fault of the plan decided, or whose receiver was down, say nothing of a draw.
using draw_key = std::tuple<std::uint32_t, std::uint32_t, std::int64_t, std::uint32_t>;
struct network_draw {
  bool lost = false, duplicated = false;
  std::int64_t delay_ns = -1;
  bool operator==(const network_draw&) const = default;
};

std::map<draw_key, network_draw> network_draws(const keeper& h) {
  std::map<std::uint64_t, std::pair<draw_key, network_draw>> by_message;
  std::map<std::uint64_t, std::int64_t> sent_at;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::int64_t>, std::uint32_t> next;
  for (const auto& e : h.entries) {
    const auto at = by_message.find(e.message);
    if (e.kind == entry_kind::message_sent) {
      const auto slot = e.at_ns / millisecond_ns;
      by_message[e.message] = {{e.actor, e.peer, slot, next[{e.actor, e.peer, slot}]++}, {}};
      sent_at[e.message] = e.at_ns;
    } else if (at == by_message.end()) {
      continue;
    } else if (e.kind == entry_kind::message_lost) {
      if (e.code == static_cast<std::uint8_t>(history::loss_code::noise))
        at->second.second.lost = true;
      else
        by_message.erase(at);
    } else if (e.kind == entry_kind::message_duplicated) {
      at->second.second.duplicated = true;
    } else if (e.kind == entry_kind::message_delivered && at->second.second.delay_ns < 0) {
      at->second.second.delay_ns = e.at_ns - sent_at[e.message];
    }
  }
  std::map<draw_key, network_draw> draws;
  for (const auto& [message, draw] : by_message)
    if (!draw.second.duplicated || draw.second.delay_ns >= 0) // the last ones may still be under way
      draws.insert(draw);
  return draws;
}

TEST(PlanSurgery, DeletingAnyEntryShiftsNoDrawOfTheNetwork) {
  auto whole = busy(3);
  // A busy participant hears late: without a slow disk the time of hearing is the time of arrival.
  for (int i = 0; i < whole.plan.faults_size(); ++i)
    if (whole.plan.faults(i).name() == "slow_disk")
      whole.plan.mutable_faults()->DeleteSubrange(i, 1);
  squall_system system;
  const auto before = network_draws(run_plan(whole.plan, system).history);
  ASSERT_GT(before.size(), 200u);
  std::size_t compared = 0;
  const auto compare = [&](const scenarios::Plan& cut) {
    const auto after = network_draws(run_plan(cut, system).history);
    for (const auto& [key, draw] : after)
      if (const auto same = before.find(key);
          same != before.end() && draw.delay_ns >= 0 && same->second.delay_ns >= 0) {
        ++compared;
        ASSERT_EQ(draw, same->second);
      }
  };
  for (int i = 0; i < whole.plan.intentions_size(); ++i) {
    auto cut = whole.plan;
    cut.mutable_intentions()->DeleteSubrange(i, 1);
    compare(cut);
  }
  for (int i = 0; i < whole.plan.faults_size(); ++i) {
    auto cut = whole.plan;
    cut.mutable_faults()->DeleteSubrange(i, 1);
    compare(cut);
  }
  EXPECT_GT(compared, 2000u);
}

TEST(PlanSurgery, WhatIsNotCausedByTheCutKeepsItsLineage) {
  const auto whole = busy(5);
  auto cut = whole.plan;
  cut.mutable_intentions()->DeleteSubrange(cut.intentions_size() - 1, 1);
  const auto removed_at = whole.plan.intentions(whole.plan.intentions_size() - 1).due_ns();
  squall_system system;
  const auto one = run_plan(whole.plan, system).history;
  const auto two = run_plan(cut, system).history;
  std::vector<std::uint64_t> first, second;
  for (const auto& e : one.of(entry_kind::message_sent))
    if (e.at_ns < removed_at)
      first.push_back(e.message);
  for (const auto& e : two.of(entry_kind::message_sent))
    if (e.at_ns < removed_at)
      second.push_back(e.message);
  EXPECT_GT(first.size(), 100u);
  EXPECT_EQ(first, second);
}

} // namespace

} // namespace squall::actors
