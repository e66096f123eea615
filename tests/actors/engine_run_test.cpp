// Whole runs of our engine on small plans by hand.
#include "actors/system/squall_system.hpp"
#include "tests/actors/plan_builder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace squall::actors {

namespace {

using history::end_code;
using history::entry_kind;
using history::verdict_code;

ran run(const plan_builder& b) {
  squall_system system;
  return run_plan(b.plan, system);
}

/// What each device exported last, by field of the one record.
std::map<std::uint32_t, std::map<std::uint16_t, std::int64_t>> final_rows(const keeper& h) {
  std::map<std::uint32_t, std::map<std::uint16_t, std::int64_t>> rows;
  for (const auto& e : h.of(entry_kind::export_field))
    rows[e.actor][e.field] = e.value;
  return rows;
}

std::int64_t number_of(const std::string& text) { return digest_of_text(text).number; }

TEST(EngineRun, TwoDevicesInAirplaneModeEndWithTheSameRows) {
  plan_builder b(1, "field_merge");
  b.devices(2);
  const auto note = b.create(1, 5 * second_ns, {{"title", "plan"}, {"text", "none"}, {"count", 10}});
  for (std::uint32_t device : {1u, 2u})
    b.fault("offline", {.at = minute_ns, .for_ns = 5 * minute_ns}, {device});
  b.set(1, 2 * minute_ns, note, {{"title", "one's"}});
  b.add(1, 2 * minute_ns, note, {{"count", 5}});
  b.set(2, 3 * minute_ns, note, {{"text", "two's"}});
  b.add(2, 3 * minute_ns, note, {{"count", -3}});
  const auto done = run(b);
  ASSERT_EQ(done.outcome.end, end_code::settled) << done.outcome.end_detail;
  EXPECT_EQ(done.history.of(entry_kind::intent_committed).size(), 5u);
  auto rows = final_rows(done.history);
  for (const std::uint32_t actor : {0u, 1u, 2u}) {
    EXPECT_EQ(rows[actor][0], number_of("one's")) << actor;
    EXPECT_EQ(rows[actor][1], number_of("two's")) << actor;
    EXPECT_EQ(rows[actor][2], 12) << actor;
  }
  // Nothing was sent up while they were offline.
  for (const auto& e : done.history.of(entry_kind::intent_committed))
    EXPECT_TRUE(e.at_ns < minute_ns || e.at_ns >= 6 * minute_ns);
}

TEST(EngineRun, CrashesLoseNothingThatWasAccepted) {
  for (int k = 1; k <= 40; ++k) {
    plan_builder b(static_cast<std::uint64_t>(k));
    b.devices(2);
    b.plan.mutable_network()->mutable_latency()->set_constant_ns(50 * millisecond_ns);
    const auto note = b.create(1, 5 * second_ns, {{"title", "plan"}});
    b.fault("crash", {.at = 29 * second_ns, .for_ns = 3 * second_ns}, {1},
            {{"disk_operation", k}, {"within", 10 * second_ns}, {"moment", k % 3}});
    b.set(1, 30 * second_ns, note, {{"text", "kept"}});
    b.set(2, 31 * second_ns, note, {{"title", "other"}});
    const auto done = run(b);
    ASSERT_EQ(done.outcome.end, end_code::settled) << k << " " << done.outcome.end_detail;
    ASSERT_EQ(done.history.of(entry_kind::crashed).size(), 1u) << k;
    std::set<history::intent_index> accepted, committed;
    for (const auto& e : done.history.of(entry_kind::intent_accepted))
      accepted.insert(e.intent);
    for (const auto& e : done.history.of(entry_kind::intent_committed))
      committed.insert(e.intent);
    EXPECT_EQ(accepted, committed) << k;
    const auto in_doubt = done.history.of(entry_kind::intention_in_doubt).size();
    EXPECT_GE(accepted.size() + in_doubt, 3u) << k;
  }
}

TEST(EngineRun, AServerThatCrashesCommitsNothingTwice) {
  for (int k = 1; k <= 30; ++k) {
    plan_builder b(static_cast<std::uint64_t>(k), "field_merge");
    b.devices(2);
    const auto note = b.create(1, 5 * second_ns, {{"title", "plan"}, {"count", 1}});
    b.fault("server_crash", {.at = 29 * second_ns, .for_ns = 3 * second_ns}, {},
            {{"disk_operation", k}, {"within", 10 * second_ns}, {"moment", k % 3}});
    b.add(1, 30 * second_ns, note, {{"count", 10}});
    b.add(2, 30 * second_ns, note, {{"count", 100}});
    const auto done = run(b);
    ASSERT_EQ(done.outcome.end, end_code::settled) << k << " " << done.outcome.end_detail;
    std::vector<std::uint64_t> sequences;
    for (const auto& e : done.history.of(entry_kind::intent_committed))
      sequences.push_back(e.s);
    EXPECT_EQ(sequences, (std::vector<std::uint64_t>{1, 2, 3})) << k;
    for (auto& [actor, fields] : final_rows(done.history))
      EXPECT_EQ(fields[2], 111) << k << " " << actor;
  }
}

TEST(EngineRun, ALostAcknowledgementIsAnsweredFromTheDedupeTable) {
  plan_builder b;
  b.devices(1);
  b.create(1, 5 * second_ns, {{"title", "once"}});
  const auto creation = b.last().id();
  auto& drop = b.fault("drop_message", {}, {});
  drop.mutable_message()->set_message_class("push_reply");
  drop.mutable_message()->set_device(1);
  drop.mutable_message()->set_intention(creation);
  drop.mutable_message()->set_ordinal(1);
  const auto done = run(b);
  ASSERT_EQ(done.outcome.end, end_code::settled) << done.outcome.end_detail;
  EXPECT_EQ(done.history.of(entry_kind::intent_committed).size(), 1u);
  const auto released = done.history.of(entry_kind::verdict_released);
  ASSERT_GE(released.size(), 2u);
  EXPECT_EQ(released[0].flags, 0u);
  EXPECT_EQ(released[1].flags, 1u);
  EXPECT_EQ(done.outcome.faults.at("drop_message"), 1u);
}

/// One push that carries the creation is late, doubled or damaged; nothing is lost by it.
TEST(EngineRun, OneMessageIsLateDoubledOrDamagedAndTheChangeCommitsOnce) {
  for (const char* name : {"delay_message", "duplicate_message", "corrupt_message"}) {
    plan_builder b;
    b.devices(1);
    b.create(1, 5 * second_ns, {{"title", "once"}});
    const auto creation = b.last().id();
    auto& fault = b.fault(name, {}, {});
    fault.mutable_message()->set_message_class("push");
    fault.mutable_message()->set_device(1);
    fault.mutable_message()->set_intention(creation);
    fault.mutable_message()->set_ordinal(1);
    const auto done = run(b);
    ASSERT_EQ(done.outcome.end, end_code::settled) << name << ": " << done.outcome.end_detail;
    EXPECT_EQ(done.history.of(entry_kind::intent_committed).size(), 1u) << name;
    EXPECT_EQ(done.outcome.faults.at(name), 1u);
    EXPECT_EQ(done.history.of(entry_kind::message_duplicated).size(),
              name == std::string("duplicate_message") ? 1u : 0u);
    EXPECT_EQ(done.history.of(entry_kind::message_corrupted).size(), name == std::string("corrupt_message") ? 1u : 0u);
  }
}

TEST(EngineRun, APartitionHealsAndTheQueueDrains) {
  plan_builder b;
  b.devices(2);
  const auto note = b.create(1, 5 * second_ns, {{"title", "a"}});
  b.fault("partition", {.at = minute_ns, .for_ns = hour_ns}, {1}); // outlasts the adversity
  b.set(1, 2 * minute_ns, note, {{"text", "behind the wall"}});
  const auto done = run(b);
  ASSERT_EQ(done.outcome.end, end_code::settled) << done.outcome.end_detail;
  const auto committed = done.history.of(entry_kind::intent_committed);
  ASSERT_EQ(committed.size(), 2u);
  EXPECT_GE(committed[1].at_ns, b.plan.heal_at_ns());
  EXPECT_EQ(final_rows(done.history)[2][1], number_of("behind the wall"));
}

} // namespace

} // namespace squall::actors
