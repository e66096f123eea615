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

} // namespace
} // namespace squall::campaigns
