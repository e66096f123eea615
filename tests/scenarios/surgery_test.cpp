// Take something out of a scenario, and the rest of its plan stays as it was: this is what lets a failure shrink and two
// variants be compared run by run.
#include "scenarios/planner/planner.hpp"
#include "tests/scenarios/samples.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace squall::scenarios {
namespace {

using samples::loaded;

constexpr std::string_view busy = R"(name: busy
about: Every kind of work and a few faults.
duration: 1h
devices: {count: 12, team_size: 4}
collections:
  orders:
    policy: field_merge
    fields: {status: {precedence: [cancelled, approved, draft]}, notes: lww_server, total: {derived: sum(lines.quantity)}}
  lines:
    policy: field_merge
    fields: {order: {ref: orders, rule: lww_server}, quantity: counter}
  stock:
    policy: lww_server
    fields: {sku: text, on_hand: integer}
workload:
  - {kind: create_order, per_device: 6/h}
  - {kind: edit, collection: orders, per_device: 20/h, hot: {records: 20%, receive: 60%}}
  - {kind: edit_same, collection: orders, field: notes, per_device: 8/h}
  - {kind: edit, name: quantities, collection: lines, per_device: 10/h}
  - {kind: reserve, per_device: 10/h, release: 30%}
  - {kind: cancel, per_device: 4/h}
  - {kind: delete, collection: orders, per_device: 6/h}
faults:
  - {rate: 2/h, fault: offline, for: {uniform: [1m, 9m]}}
  - {rate: 2/h, fault: crash, for: 5s, disk_operation: {uniform: [1, 9]}, chance: 50%}
  - {every: 10m, fault: token_expiry, share: 50%}
  - {rate: 3/h, fault: server_crash, for: {uniform: [1s, 9s]}}
)";

/// Those that are not about a record that the smaller plan lacks: its dependants may look elsewhere.
std::map<std::uint64_t, std::string> independent(const Plan& of, const std::set<std::uint64_t>& creators_left) {
  std::map<std::uint64_t, std::string> out;
  for (const Intention& i : of.intentions()) {
    bool depends = false;
    for (const Act& act : i.acts())
      depends = depends || (act.kind() != Act::CREATE && creators_left.count(act.record() >> 8) == 0);
    if (!depends)
      out[i.id()] = i.SerializeAsString();
  }
  return out;
}

std::set<std::uint64_t> ids(const Plan& p) {
  std::set<std::uint64_t> out;
  for (const Intention& i : p.intentions())
    out.insert(i.id());
  return out;
}

/// Everything of `smaller` was in `larger`, the same but for dependants; nothing else is missing than what `gone` says.
template <class Gone>
void expect_the_rest_unchanged(const Plan& larger, const Plan& smaller, Gone gone) {
  const auto left = ids(smaller);
  const auto before = independent(larger, left);
  std::map<std::uint64_t, std::string> after;
  for (const Intention& i : smaller.intentions())
    after[i.id()] = i.SerializeAsString();
  int same = 0;
  for (const auto& [id, bytes] : before) {
    if (gone(id, larger))
      continue;
    ASSERT_EQ(after.count(id), 1u) << id;
    EXPECT_EQ(after[id], bytes);
    ++same;
  }
  EXPECT_GT(same, 50) << "too little left to say anything";
  for (const auto& [id, bytes] : after)
    EXPECT_EQ(ids(larger).count(id), 1u) << "something new appeared";
}

const Intention& find(const Plan& p, std::uint64_t id) {
  for (const Intention& i : p.intentions())
    if (i.id() == id)
      return i;
  static const Intention none;
  return none;
}

std::string fault_bytes(const Plan& p, const std::string& except) {
  std::string out;
  for (const Fault& f : p.faults())
    if (f.name() != except)
      out += f.SerializeAsString();
  return out;
}

class Surgery : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Surgery, WithoutAWorkloadTheOthersStay) {
  const Scenario whole = loaded(busy);
  const Plan larger = plan(whole, GetParam());
  for (int w = 0; w < whole.workload_size(); ++w) {
    Scenario less = whole;
    less.mutable_workload()->DeleteSubrange(w, 1);
    const Plan smaller = plan(less, GetParam());
    EXPECT_LT(smaller.intentions_size(), larger.intentions_size()) << whole.workload(w).name();
    const std::string kind = whole.workload(w).kind();
    std::set<std::uint64_t> left = ids(smaller);
    expect_the_rest_unchanged(larger, smaller, [&](std::uint64_t id, const Plan& p) {
      return find(p, id).kind() == kind && left.count(id) == 0;
    });
    EXPECT_EQ(fault_bytes(smaller, ""), fault_bytes(larger, ""));
  }
}

TEST_P(Surgery, WithoutADeviceTheOthersStay) {
  const Plan larger = plan(loaded(busy), GetParam());
  const Plan smaller = plan(loaded(busy, {.sets = {"devices.count=11"}}), GetParam());
  expect_the_rest_unchanged(larger, smaller,
                            [](std::uint64_t id, const Plan& p) { return find(p, id).device() == 12; });
  std::map<std::uint64_t, std::string> before;
  for (const Fault& f : larger.faults())
    before[f.id()] = f.SerializeAsString();
  for (const Fault& f : smaller.faults())
    EXPECT_EQ(before[f.id()], f.SerializeAsString());
}

TEST_P(Surgery, WithoutAFaultRuleTheOthersStayAndUsersDoTheSame) {
  const Scenario whole = loaded(busy);
  const Plan larger = plan(whole, GetParam());
  for (int r = 0; r < whole.faults_size(); ++r) {
    Scenario less = whole;
    less.mutable_faults()->DeleteSubrange(r, 1);
    const Plan smaller = plan(less, GetParam());
    EXPECT_EQ(fault_bytes(smaller, ""), fault_bytes(larger, whole.faults(r).fault()));
    ASSERT_EQ(smaller.intentions_size(), larger.intentions_size());
    for (int i = 0; i < larger.intentions_size(); ++i)
      ASSERT_EQ(smaller.intentions(i).SerializeAsString(), larger.intentions(i).SerializeAsString());
  }
}

TEST_P(Surgery, AnotherPolicyOrSettingChangesNoIntention) {
  const Plan a = plan(loaded(busy), GetParam());
  const Plan b =
      plan(loaded(busy, {.sets = {"collections.lines.policy=lww_server", "collections.orders.policy=lww_server",
                                  "network={loss: 20%}", "engine={push_batch_max: 1}"}}),
           GetParam());
  ASSERT_EQ(a.intentions_size(), b.intentions_size());
  for (int i = 0; i < a.intentions_size(); ++i)
    ASSERT_EQ(a.intentions(i).SerializeAsString(), b.intentions(i).SerializeAsString());
}

INSTANTIATE_TEST_SUITE_P(Seeds, Surgery, testing::Values(1, 2, 3, 1000, 0xffff'ffff'ffffull));

} // namespace
} // namespace squall::scenarios
