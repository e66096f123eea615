// The purchasing model and its mix: what each kind of work means there, and that taking one out leaves the rest as it was.
#include "scenarios/planner/planner.hpp"
#include "tests/scenarios/samples.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace squall::scenarios {
namespace {

Scenario purchasing() {
  const load_outcome outcome = load_file(std::string(SQUALL_SOURCE_DIR) + "/scenarios/library/purchasing.yaml");
  EXPECT_TRUE(outcome.ok()) << to_string(outcome.diagnostics);
  return outcome.ok() ? *outcome.scenario : Scenario{};
}

std::vector<Intention> of_kind(const Plan& p, std::string_view kind) {
  std::vector<Intention> out;
  for (const Intention& i : p.intentions())
    if (i.kind() == kind)
      out.push_back(i);
  return out;
}

const std::string* text_of(const Act& act, std::string_view field) {
  for (const Assignment& a : act.fields())
    if (a.field() == field)
      return &a.text();
  return nullptr;
}

TEST(Purchasing, IsMixedAsTheReferenceModelSays) {
  const Scenario s = purchasing();
  std::map<std::string, double> kinds;
  double all = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Plan p = plan(s, seed);
    for (const Intention& i : p.intentions())
      if (i.kind() != "seed")
        ++kinds[i.kind()], ++all;
  }
  const auto share = [&](const char* kind) { return 100 * kinds[kind] / all; };
  EXPECT_NEAR(share("edit"), 25 + 20, 4) << "different fields of one order; the same line's quantity or price";
  EXPECT_NEAR(share("reserve"), 15, 3);
  EXPECT_NEAR(share("approve"), 10, 2);
  EXPECT_NEAR(share("tag") + share("edit_same"), 10, 3);
  EXPECT_NEAR(share("create_order"), 8, 2);
  EXPECT_NEAR(share("cancel"), 5, 2);
  EXPECT_NEAR(share("twin"), 4, 2);
}

TEST(Purchasing, AnApprovalIsOfWhatItsAuthorSaw) {
  const auto approvals = of_kind(plan(purchasing(), 1), "approve");
  ASSERT_GT(approvals.size(), 20u);
  std::set<std::string> roles;
  for (const Intention& i : approvals) {
    ASSERT_EQ(i.acts_size(), 2);
    EXPECT_EQ(i.acts(0).kind(), Act::CREATE);
    EXPECT_EQ(i.acts(0).collection(), "approvals");
    roles.insert(*text_of(i.acts(0), "role"));
    EXPECT_EQ(i.acts(1).collection(), "orders");
    EXPECT_EQ(i.acts(1).fields(0).text(), "approved");
    ASSERT_EQ(i.guards_size(), 2);
    EXPECT_EQ(i.guards(0).field(), "content");
    EXPECT_TRUE(i.guards(0).as_seen());
    EXPECT_EQ(i.guards(1).field(), "status");
    EXPECT_EQ(i.guards(1).text(), "draft");
    for (const Assignment& a : i.acts(0).fields())
      if (a.field() == "order") {
        EXPECT_EQ(a.record(), i.acts(1).record());
      }
  }
  EXPECT_EQ(roles, (std::set<std::string>{"manager", "buyer", "user"})) << "the user's own role";
}

TEST(Purchasing, TwinsShareTheirKeyWithinATeamAndAWindow) {
  const Plan p = plan(purchasing(), 1);
  std::map<std::string, std::set<std::uint32_t>> devices_by_key;
  for (const Intention& i : of_kind(p, "twin")) {
    ASSERT_EQ(i.acts_size(), 1);
    const auto* key = text_of(i.acts(0), "po_number");
    ASSERT_NE(key, nullptr);
    devices_by_key[*key].insert(i.device());
  }
  std::size_t shared = 0;
  for (const auto& [key, devices] : devices_by_key) {
    shared += devices.size() > 1;
    std::set<std::uint32_t> teams;
    for (const std::uint32_t d : devices)
      teams.insert(p.topology().devices(static_cast<int>(d) - 1).team());
    EXPECT_EQ(teams.size(), 1u) << key;
  }
  EXPECT_GE(shared, 3u);
}

TEST(Purchasing, TagsAreMostlyTheSameFewAndErasuresOnlyOfThose) {
  std::map<std::string, int> inserted;
  int erased = 0, own = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed)
    for (const Intention& i : of_kind(plan(purchasing(), seed), "tag")) {
      const std::string& text = i.acts(0).fields(0).text();
      if (i.acts(0).kind() == Act::ERASE) {
        ++erased;
        EXPECT_EQ(text.find(' '), std::string::npos) << text;
        continue;
      }
      EXPECT_EQ(i.acts(0).kind(), Act::INSERT);
      ++inserted[text.find(' ') == std::string::npos ? text : text + " of seed " + std::to_string(seed)];
      own += text.find(' ') != std::string::npos;
    }
  EXPECT_GT(erased, 50);
  EXPECT_GT(own, 20);
  for (const auto& [text, times] : inserted)
    EXPECT_TRUE(text.find(' ') == std::string::npos || times == 1) << text << " is somebody's own";
}

TEST(Purchasing, NumbersBeginWithinTheirBoundsAndRecordsInTheirFirstState) {
  int orders = 0, lines = 0;
  const Plan p = plan(purchasing(), 1);
  for (const Intention& i : p.intentions())
    for (const Act& act : i.acts()) {
      if (act.kind() != Act::CREATE)
        continue;
      if (act.collection() == "orders") {
        ++orders;
        EXPECT_EQ(*text_of(act, "status"), "draft");
      }
      for (const Assignment& a : act.fields())
        if (a.field() == "quantity") {
          ++lines;
          EXPECT_GE(a.integer(), 0);
          EXPECT_LE(a.integer(), 500);
        }
    }
  EXPECT_GT(orders, 10);
  EXPECT_GT(lines, 20);
}

TEST(Purchasing, WithoutOneKindOfWorkTheOthersStay) {
  const Scenario whole = purchasing();
  const Plan larger = plan(whole, 4);
  std::map<std::uint64_t, std::string> before;
  for (const Intention& i : larger.intentions())
    before[i.id()] = i.SerializeAsString();
  for (int w = 0; w < whole.workload_size(); ++w) {
    Scenario less = whole;
    less.mutable_workload()->DeleteSubrange(w, 1);
    const Plan smaller = plan(less, 4);
    std::set<std::uint64_t> left;
    for (const Intention& i : smaller.intentions())
      left.insert(i.id());
    int same = 0, looks_elsewhere = 0;
    for (const Intention& i : smaller.intentions()) {
      ASSERT_EQ(before.count(i.id()), 1u) << "something new appeared";
      i.SerializeAsString() == before[i.id()] ? ++same : ++looks_elsewhere;
    }
    // Only what was about a record that nobody creates any more may look elsewhere.
    const bool creates = whole.workload(w).kind() == "create_order" || whole.workload(w).kind() == "twin";
    EXPECT_GT(creates ? same + looks_elsewhere : same, 300) << whole.workload(w).name();
    if (!creates) {
      EXPECT_EQ(looks_elsewhere, 0) << whole.workload(w).name();
    }
    EXPECT_EQ(smaller.reactions_size(), larger.reactions_size());
  }
}

TEST(Purchasing, WithoutAReactionUsersMeanTheSame) {
  const Scenario whole = purchasing();
  const Plan larger = plan(whole, 4);
  for (int r = 0; r < whole.reactions_size(); ++r) {
    Scenario less = whole;
    less.mutable_reactions()->DeleteSubrange(r, 1);
    const Plan smaller = plan(less, 4);
    ASSERT_EQ(smaller.reactions_size(), larger.reactions_size() - 1);
    for (const Reaction& kept : smaller.reactions()) {
      int found = 0;
      for (const Reaction& was : larger.reactions())
        found += was.SerializeAsString() == kept.SerializeAsString();
      EXPECT_EQ(found, 1);
    }
    ASSERT_EQ(smaller.intentions_size(), larger.intentions_size());
    for (int i = 0; i < larger.intentions_size(); ++i)
      EXPECT_EQ(smaller.intentions(i).SerializeAsString(), larger.intentions(i).SerializeAsString());
  }
}

} // namespace
} // namespace squall::scenarios
