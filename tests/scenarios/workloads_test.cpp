// What each kind of work makes of an occasion.
#include "scenarios/workloads/registry.hpp"

#include "scenarios/planner/planner.hpp"
#include "tests/scenarios/samples.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace squall::scenarios {
namespace {

using samples::good;
using samples::loaded;

std::vector<Intention> intentions_of(const std::string& workload, std::vector<std::string> sets = {}) {
  sets.push_back("workload=[" + workload + "]");
  std::vector<Intention> out;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const Plan p = plan(loaded(good, {.sets = sets}), seed);
    for (const Intention& i : p.intentions())
      if (i.kind() != "seed")
        out.push_back(i);
  }
  EXPECT_GT(out.size(), 20u) << "too few to say anything";
  return out;
}

TEST(CreateOrder, IsOneGroupWithItsLines) {
  std::set<int> sizes;
  for (const Intention& i : intentions_of("{kind: create_order, per_device: 10/h, lines: [0, 2]}")) {
    sizes.insert(i.acts_size());
    EXPECT_EQ(i.acts(0).collection(), "orders");
    for (int k = 0; k < i.acts_size(); ++k) {
      const Act& act = i.acts(k);
      EXPECT_EQ(act.kind(), Act::CREATE);
      EXPECT_EQ(act.record(), i.id() << 8 | static_cast<std::uint64_t>(k));
      for (const Assignment& a : act.fields()) {
        EXPECT_NE(a.field(), "total") << "derived fields are never written";
        if (a.field() == "order") {
          EXPECT_EQ(a.record(), i.acts(0).record());
        }
        if (a.field() == "status") {
          EXPECT_EQ(a.text(), "draft") << "the lowest rank";
        }
      }
      if (k > 0) {
        EXPECT_EQ(act.fields(0).field(), "order");
      }
    }
  }
  EXPECT_EQ(sizes, (std::set<int>{1, 2, 3}));
}

TEST(Edit, WritesTheFieldsByWeight) {
  int notes = 0, status = 0, two = 0;
  const auto all = intentions_of("{kind: edit, collection: orders, per_device: 60/h, fields: {notes: 9, status: 1}}");
  for (const Intention& i : all) {
    ASSERT_EQ(i.acts_size(), 1);
    EXPECT_EQ(i.acts(0).kind(), Act::SET);
    two += i.acts(0).fields_size() == 2;
    for (const Assignment& a : i.acts(0).fields()) {
      notes += a.field() == "notes";
      status += a.field() == "status";
      EXPECT_TRUE(a.field() != "status" || a.text() == "approved" || a.text() == "draft") << "cancelling is for cancel";
    }
  }
  EXPECT_GT(notes, 4 * status);
  EXPECT_GT(status, 0);
  EXPECT_GT(two, 0);
}

TEST(Edit, AddsToCountersAndSetsTheRest) {
  bool both = false;
  for (const Intention& i : intentions_of("{kind: edit, collection: lines, per_device: 60/h}")) {
    for (const Act& act : i.acts())
      for (const Assignment& a : act.fields()) {
        EXPECT_EQ(act.kind(), a.field() == "quantity" ? Act::ADD : Act::SET);
        EXPECT_NE(a.integer(), 0);
      }
    both = both || i.acts_size() == 2;
  }
  EXPECT_TRUE(both);
}

TEST(EditSame, CrowdsOnOneFieldOfFewRecords) {
  std::map<std::uint64_t, int> hits;
  int all = 0;
  for (const Intention& i : intentions_of("{kind: edit_same, collection: orders, field: notes, per_device: 60/h}",
                                          {"initial={orders: 20}", "devices.teams=1"})) {
    ASSERT_EQ(i.acts_size(), 1);
    EXPECT_EQ(i.acts(0).fields(0).field(), "notes");
    ++hits[i.acts(0).record()];
    ++all;
  }
  int above = 0; // hits on records that got more than twice their even share
  for (const auto& [record, count] : hits)
    above += count > 2 * all / 60 ? count : 0;
  EXPECT_GT(above, all / 2);
}

TEST(Reserve, TakesUnderAGuardAndGivesBackWithout) {
  int takes = 0, gives = 0;
  for (const Intention& i : intentions_of("{kind: reserve, per_device: 60/h, amount: [2, 4], release: 25%}")) {
    const std::int64_t by = i.acts(0).fields(0).integer();
    EXPECT_EQ(i.acts(0).kind(), Act::ADD);
    if (by > 0) {
      ++gives;
      EXPECT_EQ(i.guards_size(), 0);
      continue;
    }
    ++takes;
    ASSERT_EQ(i.guards_size(), 1);
    EXPECT_EQ(i.guards(0).compare(), "at_least");
    EXPECT_EQ(i.guards(0).integer(), -by);
    EXPECT_EQ(i.guards(0).record(), i.acts(0).record());
    EXPECT_GE(-by, 2);
    EXPECT_LE(-by, 4);
  }
  EXPECT_GT(takes, 2 * gives);
  EXPECT_GT(gives, 20);
}

TEST(Cancel, SetsTheValueThatBeatsAllOthers) {
  for (const Intention& i : intentions_of("{kind: cancel, per_device: 10/h}")) {
    EXPECT_EQ(i.acts(0).fields(0).field(), "status");
    EXPECT_EQ(i.acts(0).fields(0).text(), "cancelled");
  }
}

TEST(Delete, LeavesMostRecordsToTheEditors) {
  Scenario s =
      loaded(good, {.sets = {"initial={orders: 40}", "workload=[{kind: delete, collection: orders, per_device: "
                                                     "60/h}, {kind: edit, collection: orders, per_device: 60/h}]"}});
  const Plan p = plan(s, 1);
  std::map<std::uint64_t, std::int64_t> first_delete;
  for (const Intention& i : p.intentions())
    if (i.kind() == "delete") {
      EXPECT_EQ(i.acts(0).kind(), Act::DELETE);
      auto [it, fresh] = first_delete.emplace(i.acts(0).record(), i.due_ns());
      it->second = std::min(it->second, i.due_ns());
    }
  EXPECT_GT(first_delete.size(), 4u);
  EXPECT_LT(first_delete.size(), 40u);
  int edits = 0, too_late = 0, near = 0;
  for (const Intention& i : p.intentions())
    if (i.kind() == "edit") {
      ++edits;
      const auto it = first_delete.find(i.acts(0).record());
      too_late += it != first_delete.end() && i.due_ns() > it->second;
      near += it != first_delete.end();
    }
  EXPECT_GT(near, 0) << "some edits meet a delete";
  EXPECT_LT(too_late, edits / 10) << "few edits are of records deleted before";
}

TEST(Restore, BringsBackWhatSomebodyMayHaveDeleted) {
  const Plan p = plan(
      loaded(good, {.sets = {"initial={orders: 40}", "workload=[{kind: delete, collection: orders, per_device: 60/h}, "
                                                     "{kind: restore, collection: orders, per_device: 60/h}]"}}),
      1);
  std::set<std::uint64_t> deleted;
  for (const Intention& i : p.intentions())
    if (i.kind() == "delete")
      deleted.insert(i.acts(0).record());
  int restores = 0, of_deleted = 0;
  for (const Intention& i : p.intentions())
    if (i.kind() == "restore") {
      ASSERT_EQ(i.acts_size(), 1);
      EXPECT_EQ(i.acts(0).kind(), Act::RESTORE);
      ++restores;
      of_deleted += deleted.contains(i.acts(0).record());
    }
  EXPECT_GT(restores, 20);
  EXPECT_GT(of_deleted, restores / 2);
}

} // namespace
} // namespace squall::scenarios
