// Leaving entries out of a plan: what depends on them goes too, and nothing else changes.
#include "campaigns/lost_acks.hpp"
#include "campaigns/shrink/shrink.hpp"

#include <gtest/gtest.h>

namespace squall::campaigns {
namespace {

scenarios::Plan small_plan() {
  scenarios::Plan plan;
  auto add = [&](std::uint64_t id, scenarios::Act::Kind kind, std::uint64_t record) -> scenarios::Intention& {
    auto& intention = *plan.add_intentions();
    intention.set_id(id);
    auto& act = *intention.add_acts();
    act.set_kind(kind);
    act.set_record(record);
    return intention;
  };
  add(1, scenarios::Act::CREATE, 1 << 8);
  add(2, scenarios::Act::SET, 1 << 8);
  add(3, scenarios::Act::CREATE, 3 << 8).mutable_acts(0)->add_fields()->set_record(1 << 8);
  add(4, scenarios::Act::SET, 3 << 8);
  add(5, scenarios::Act::CREATE, 5 << 8).set_after(2);
  add(6, scenarios::Act::CREATE, 6 << 8);
  plan.add_faults()->set_id(1);
  plan.add_faults()->set_id(2);
  return plan;
}

std::vector<std::uint64_t> ids(const scenarios::Plan& plan) {
  std::vector<std::uint64_t> all;
  for (const auto& intention : plan.intentions())
    all.push_back(intention.id());
  return all;
}

TEST(PlanSurgery, DependantsGoWithWhatTheyDependOn) {
  EXPECT_EQ(ids(without_entries(small_plan(), {1}, {})), (std::vector<std::uint64_t>{6}));
  EXPECT_EQ(ids(without_entries(small_plan(), {3}, {})), (std::vector<std::uint64_t>{1, 2, 5, 6}));
  EXPECT_EQ(ids(without_entries(small_plan(), {2}, {})), (std::vector<std::uint64_t>{1, 3, 4, 6}));
}

TEST(PlanSurgery, FaultsAndIntentionsHaveIdsOfTheirOwn) {
  const auto plan = without_entries(small_plan(), {6}, {1});
  ASSERT_EQ(plan.faults_size(), 1);
  EXPECT_EQ(plan.faults(0).id(), 2u);
  EXPECT_EQ(ids(plan), (std::vector<std::uint64_t>{1, 2, 3, 4, 5}));
}

TEST(PlanSurgery, APrunedModelHoldsWhatTheStoryNames) {
  scenarios::Plan plan;
  const auto field = [](scenarios::Collection& of, const char* name, const char* target = "") {
    auto& f = *of.add_fields();
    f.set_name(name);
    f.set_type(*target ? "reference" : "text");
    f.set_target(target);
  };
  for (const char* name : {"orders", "lines", "partners", "visits"})
    plan.mutable_model()->add_collections()->set_name(name);
  auto& orders = *plan.mutable_model()->mutable_collections(0);
  for (const char* name : {"status", "notes", "po_number", "day"})
    field(orders, name);
  orders.add_unique()->add_fields("po_number");
  auto& key = *orders.add_unique();
  key.add_fields("po_number");
  key.add_fields("day");
  field(*plan.mutable_model()->mutable_collections(1), "partner", "partners");
  field(*plan.mutable_model()->mutable_collections(2), "name");
  auto& act = *plan.add_intentions()->add_acts();
  act.set_collection("orders");
  act.add_fields()->set_field("po_number");
  auto& line = *plan.add_intentions()->add_acts();
  line.set_collection("lines");
  line.add_fields()->set_field("partner");
  auto& settle = *plan.add_intentions()->add_acts();
  settle.set_kind(scenarios::Act::SETTLE);
  settle.set_collection("orders");
  settle.mutable_settle()->set_field("notes");

  const auto pruned = with_model_pruned(plan).model();
  ASSERT_EQ(pruned.collections_size(), 3) << "partners are referred to, visits are not";
  EXPECT_EQ(pruned.collections(2).name(), "partners");
  ASSERT_EQ(pruned.collections(0).fields_size(), 2);
  EXPECT_EQ(pruned.collections(0).fields(0).name(), "notes") << "somebody settles what it is about";
  ASSERT_EQ(pruned.collections(0).unique_size(), 1) << "a key over a field that is gone";
  EXPECT_EQ(pruned.collections(0).unique(0).fields_size(), 1);
}

TEST(PlanSurgery, ALostAcknowledgementIsOneMoreFault) {
  const auto plan = without_acknowledgement(small_plan(), {.device = 7, .ordinal = 3});
  ASSERT_EQ(plan.faults_size(), 3);
  EXPECT_EQ(plan.faults(2).name(), "drop_message");
  EXPECT_EQ(plan.faults(2).message().device(), 7u);
  EXPECT_EQ(plan.faults(2).message().ordinal(), 3u);
  EXPECT_EQ(plan.intentions_size(), small_plan().intentions_size());
}

TEST(AcknowledgementList, CountsTheServersPushRepliesPerDevice) {
  acknowledgement_list list;
  std::vector<history::entry> entries(4);
  for (auto& e : entries)
    e.kind = history::entry_kind::message_sent, e.code = 2;
  entries[0].peer = 5;
  entries[1].peer = 6;
  entries[2].peer = 5;
  entries[3].actor = 5; // not the server's
  list.append(entries, history::name_table{});
  ASSERT_EQ(list.all().size(), 3u);
  EXPECT_EQ(list.all()[2].device, 5u);
  EXPECT_EQ(list.all()[2].ordinal, 2u);
}

TEST(PlanSurgery, MakesADayLongerByWholeMinutesAndNeverShorter) {
  scenarios::Plan plan;
  plan.set_heal_at_ns(10'000'000'000);
  EXPECT_EQ(with_end(plan, 61'000'000'000).heal_at_ns(), 120'000'000'000);
  EXPECT_EQ(with_end(plan, 9'000'000'000).heal_at_ns(), 10'000'000'000);
  EXPECT_EQ(with_end(plan, 0).heal_at_ns(), 10'000'000'000);
}

} // namespace
} // namespace squall::campaigns
