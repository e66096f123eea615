#include "scenarios/planner/planner.hpp"

#include "engine/base/time.hpp"
#include "scenarios/planner/causes.hpp"
#include "scenarios/planner/sampling.hpp"
#include "tests/scenarios/samples.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

namespace squall::scenarios {
namespace {

using samples::good;
using samples::loaded;
using samples::with;

TEST(Planner, SameScenarioAndSeedGiveTheSameBytes) {
  const Scenario s = loaded(good);
  EXPECT_EQ(plan(s, 7).SerializeAsString(), plan(s, 7).SerializeAsString());
  EXPECT_NE(plan(s, 7).SerializeAsString(), plan(s, 8).SerializeAsString());
}

TEST(Planner, CopiesWhatTheRunNeeds) {
  const Plan p = plan(loaded(good), 3);
  EXPECT_EQ(p.format(), 1u);
  EXPECT_EQ(p.scenario(), "sample");
  EXPECT_EQ(p.seed(), 3u);
  EXPECT_EQ(p.heal_at_ns(), hour_ns);
  EXPECT_EQ(p.settle_within_ns(), 5 * minute_ns);
  EXPECT_EQ(p.network().loss_ppm(), 10'000u);
  ASSERT_EQ(p.model().collections_size(), 3);
  const Field& total = p.model().collections(0).fields(2);
  EXPECT_EQ(total.type(), "derived");
  EXPECT_EQ(total.child(), "lines");
  EXPECT_EQ(total.child_reference(), "order");
  ASSERT_EQ(total.factors_size(), 2);
  EXPECT_EQ(total.factors(1), "price");
  const Field& quantity = p.model().collections(1).fields(1);
  EXPECT_EQ(quantity.type(), "counter");
  EXPECT_EQ(quantity.rule(), "counter");
  EXPECT_EQ(p.model().collections(2).fields(1).rule(), "lww_server");
  EXPECT_EQ(p.topology().teams(), 2u);
  EXPECT_EQ(p.topology().devices(2).team(), 1u);
  EXPECT_EQ(p.topology().devices(3).team(), 2u);
}

TEST(Planner, LowersALwwCollectionToOneRule) {
  const Plan p = plan(loaded(good, {.variant = "last"}), 1);
  EXPECT_EQ(p.model().collections(0).fields(0).rule(), "lww_server");
  EXPECT_EQ(p.model().collections(0).fields(2).rule(), "derived");
}

TEST(Planner, IdsAscendAndAreUnique) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    const Plan p = plan(loaded(good), seed);
    std::uint64_t last = 0;
    for (const Intention& i : p.intentions()) {
      EXPECT_GT(i.id(), last);
      last = i.id();
    }
    last = 0;
    for (const Fault& f : p.faults()) {
      EXPECT_GT(f.id(), last);
      last = f.id();
    }
  }
}

TEST(Planner, EveryValueNamesItsWriter) {
  const Scenario s = loaded(good, {.sets = {"workload.0.per_device=60/h", "workload.1.per_device=200/h"}});
  const Plan p = plan(s, 1);
  std::set<std::string> texts;
  std::set<std::int64_t> integers;
  int written = 0;
  for (const Intention& i : p.intentions())
    for (const Act& act : i.acts())
      for (const Assignment& a : act.fields()) {
        if (act.kind() == Act::ADD || a.field() == "status" || a.field() == "quantity" || a.has_record())
          continue;
        ++written;
        EXPECT_TRUE(a.has_text() ? texts.insert(a.text()).second : integers.insert(a.integer()).second)
            << a.ShortDebugString();
        EXPECT_TRUE(!a.has_integer() || a.integer() > 0);
      }
  EXPECT_GT(written, 1000);
}

TEST(Planner, RatesAreKept) {
  // 100 devices x 40 seeds x 6/h x 1 h = 24,000 expected; six standard deviations are 930.
  const Scenario s = loaded(good, {.sets = {"devices.count=100", "workload=[{kind: create_order, per_device: 6/h}]"}});
  int count = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Plan p = plan(s, seed);
    for (const Intention& i : p.intentions())
      count += i.kind() == "create_order";
  }
  EXPECT_GE(count, 24'000 - 930);
  EXPECT_LE(count, 24'000 + 930);
}

RC_GTEST_PROP(Slots, GiveTheRateForAnyRateAndSpan, ()) {
  const auto rate = static_cast<std::uint64_t>(*rc::gen::inRange<std::int64_t>(1'000, 20'000'000'000));
  const auto span = *rc::gen::inRange<std::int64_t>(10 * second_ns, 30 * 24 * hour_ns);
  const slotting s = slots_for(rate, span);
  RC_ASSERT(span / s.length_ns < (std::int64_t{1} << slot_bits));
  RC_ASSERT(s.threshold <= std::uint64_t{1} << 48);
  if (s.threshold < std::uint64_t{1} << 47) { // beyond, the slots are as short as ids allow and the rate is cut
    const double per_hour = static_cast<double>(s.threshold) / static_cast<double>(std::uint64_t{1} << 48) *
                            static_cast<double>(hour_ns) / static_cast<double>(s.length_ns) * 1e6;
    RC_ASSERT(per_hour > static_cast<double>(rate) * 0.999 - 1 && per_hour < static_cast<double>(rate) * 1.001 + 1);
  }
}

TEST(Planner, EditsWaitForRecordsThatExist) {
  const Plan p = plan(loaded(good), 5);
  std::map<std::uint64_t, const Intention*> by_id;
  for (const Intention& i : p.intentions())
    by_id[i.id()] = &i;
  int others = 0;
  for (const Intention& i : p.intentions())
    for (const Act& act : i.acts()) {
      if (act.kind() == Act::CREATE)
        continue;
      const auto creator = by_id.find(act.record() >> 8);
      ASSERT_NE(creator, by_id.end());
      const std::int64_t age = i.due_ns() - creator->second->due_ns();
      if (creator->second->device() == i.device()) {
        EXPECT_GE(age, 2 * second_ns);
      } else {
        EXPECT_GE(age, 2 * minute_ns) << "two polls and a bit";
        ++others;
      }
      const auto team = [&](std::uint32_t device) { return p.topology().devices(static_cast<int>(device) - 1).team(); };
      EXPECT_EQ(team(i.device()), team(creator->second->device())) << "never across teams";
      EXPECT_LE(i.due_ns() + i.wait_limit_ns(), p.heal_at_ns());
    }
  EXPECT_GT(others, 50);
}

TEST(Planner, HotRecordsReceiveTheirShare) {
  const Scenario s = loaded(with("fields: {status: 1, notes: 2}", "hot: {records: 20%, receive: 80%}"),
                            {.sets = {"devices.count=60", "devices.teams=2", "initial={orders: 50}",
                                      "workload.0.per_device=1/d", "workload.2.per_device=1/d"}});
  std::map<std::uint64_t, int> hits;
  int edits = 0;
  const Plan p = plan(s, 1);
  for (const Intention& i : p.intentions())
    if (i.kind() == "edit") {
      ++hits[i.acts(0).record()];
      ++edits;
    }
  std::vector<int> sorted;
  for (const auto& [record, count] : hits)
    sorted.push_back(count);
  std::sort(sorted.rbegin(), sorted.rend());
  int hottest = 0;
  for (std::size_t i = 0; i < 26 && i < sorted.size(); ++i) // about a fifth of 100, as the hash has it
    hottest += sorted[i];
  EXPECT_GT(edits, 900);
  EXPECT_GT(hottest, edits * 65 / 100);
  EXPECT_LT(hottest, edits * 95 / 100);
}

TEST(Planner, RandomFaultsBecomeEntries) {
  const Plan p =
      plan(loaded(with("rate: 2/h, fault: offline, for: 2m", "rate: 20/h, fault: crash, for: {uniform: [1s, 9s]}, "
                                                             "disk_operation: {uniform: [1, 5]}")),
           1);
  int crashes = 0;
  std::set<std::int64_t> lengths, operations;
  for (const Fault& f : p.faults()) {
    EXPECT_LT(f.at_ns(), p.heal_at_ns());
    EXPECT_LE(f.at_ns() + f.for_ns(), p.heal_at_ns());
    if (f.name() != "crash")
      continue;
    ++crashes;
    ASSERT_EQ(f.devices_size(), 1);
    ASSERT_EQ(f.parameters_size(), 1);
    lengths.insert(f.for_ns());
    operations.insert(f.parameters(0).value());
    EXPECT_GE(f.for_ns(), second_ns);
    EXPECT_LE(f.for_ns(), 9 * second_ns);
  }
  EXPECT_GT(crashes, 80);
  EXPECT_LT(crashes, 160);
  EXPECT_GT(lengths.size(), 50u);
  EXPECT_EQ(operations, (std::set<std::int64_t>{1, 2, 3, 4, 5}));
}

TEST(Planner, AServersFaultHasNoDeviceAndAMessagesFaultHasAnAnchor) {
  const Plan p =
      plan(loaded(with("fault: token_expiry, share: 50%", "fault: drop_message, message: push_reply, ordinal: 2")), 1);
  for (const Fault& f : p.faults()) {
    if (f.name() == "server_crash") {
      EXPECT_EQ(f.devices_size(), 0);
    }
    if (f.name() == "drop_message") {
      EXPECT_EQ(f.message().message_class(), "push_reply");
      EXPECT_EQ(f.message().ordinal(), 2u);
      EXPECT_EQ(f.message().device(), f.devices(0));
    }
  }
}

TEST(Planner, ClocksAreWithinTheirSpread) {
  const Plan p = plan(loaded(good, {.sets = {"clocks={skew: 5s, drift: 50ppm, share: 50%}", "devices.count=200"}}), 1);
  int off = 0;
  std::int64_t least = 0, most = 0;
  for (const Device& d : p.topology().devices()) {
    off += d.has_clock();
    least = std::min(least, d.clock().offset_ns());
    most = std::max(most, d.clock().offset_ns());
    EXPECT_LE(std::abs(d.clock().drift_ppb()), 50'000);
  }
  EXPECT_GT(off, 60);
  EXPECT_LT(off, 140);
  EXPECT_GE(least, -5 * second_ns);
  EXPECT_LE(most, 5 * second_ns);
  EXPECT_LT(least, -3 * second_ns);
  EXPECT_GT(most, 3 * second_ns);
}

RC_GTEST_PROP(Sampling, StaysWithinItsBounds, (std::uint64_t bits)) {
  Choice c;
  c.set_low(*rc::gen::inRange<std::int64_t>(-1000, 1000));
  c.set_high(c.low() + *rc::gen::inRange<std::int64_t>(0, 1000));
  const std::int64_t drawn = draw_choice(c, bits);
  RC_ASSERT(drawn >= c.low() && drawn <= c.high());
  Latency l;
  l.mutable_lognormal()->set_median_ns(2 * hour_ns);
  l.mutable_lognormal()->set_sigma_milli(700);
  RC_ASSERT(draw_length(l, bits) > 0);
  const std::int64_t around = draw_around_zero(c.high() < 0 ? -c.high() : c.high(), bits);
  RC_ASSERT(std::abs(around) <= std::abs(c.high()));
}

TEST(Sampling, LognormalHasItsMedian) {
  Latency l;
  l.mutable_lognormal()->set_median_ns(2 * hour_ns);
  l.mutable_lognormal()->set_sigma_milli(700);
  EXPECT_NEAR(static_cast<double>(draw_length(l, std::uint64_t{1} << 63)), 2.0 * hour_ns, 1e-3 * 2 * hour_ns);
}

} // namespace
} // namespace squall::scenarios
