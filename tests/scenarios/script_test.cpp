// Scripts: work written out, and plans told as scenarios.
#include "scenarios/planner/planner.hpp"
#include "scenarios/writer/from_plan.hpp"
#include "scenarios/writer/yaml.hpp"
#include "tests/scenarios/samples.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>

namespace squall::scenarios {
namespace {

constexpr const char* story = R"(name: story
about: Two people and one order.
duration: 1m
devices: {count: 2}
collections:
  orders:
    policy: field_merge
    fields: {status: {precedence: [cancelled, draft]}, notes: lww_server}
  lines:
    policy: field_merge
    fields: {order: {ref: orders, rule: lww_server}, quantity: counter}
clocks: {devices: [{device: 2, offset: -3m, drift: 5ppm}]}
script:
  - {at: 1s, device: 1, name: made, do: [{create: orders, as: order1, set: {status: draft}}, {create: lines, as: line1, set: {order: order1, quantity: 2}}]}
  - {at: 5s, device: 2, wait: 9s, do: [{update: order1, set: {notes: "a: b"}}, {update: line1, add: {quantity: -3}}], if: [{record: line1, field: quantity, compare: at_least, value: 3}]}
  - {at: 2s, device: 1, after: made, do: [{delete: line1}]}
faults:
  - {at: 2s, fault: drop_message, message: push_reply, devices: [1], carries: made}
  - {at: 3s, fault: offline, devices: [2], for: 1500ms}
sabotage: [no_dedupe]
)";

Plan planned(const std::string& text, std::uint64_t seed = 1) {
  const auto loaded = load_text(text, "s.yaml", {});
  EXPECT_TRUE(loaded.ok()) << to_string(loaded.diagnostics) << text;
  return loaded.ok() ? plan(*loaded.scenario, seed) : Plan{};
}

std::string told(const Plan& plan) {
  const auto scenario = scenario_from(plan);
  EXPECT_TRUE(scenario.ok());
  return scenario ? to_yaml(*scenario) : "";
}

std::string spoiled(const std::string& from, const std::string& to) {
  return samples::complaints(samples::with(from, to, story));
}

TEST(Script, BecomesOneIntentionAStepAndNothingElse) {
  const Plan p = planned(story);
  ASSERT_EQ(p.intentions_size(), 3);
  const Intention& made = p.intentions(0);
  ASSERT_EQ(made.acts_size(), 2);
  EXPECT_EQ(made.acts(1).fields(0).record(), made.id() << 8);
  EXPECT_EQ(made.acts(1).fields(1).integer(), 2);
  const Intention& removal = p.intentions(1);
  EXPECT_EQ(removal.after(), made.id());
  EXPECT_EQ(removal.acts(0).kind(), Act::DELETE);
  EXPECT_EQ(removal.acts(0).record(), made.id() << 8 | 1);
  const Intention& edit = p.intentions(2);
  EXPECT_EQ(edit.device(), 2u);
  EXPECT_EQ(edit.due_ns(), 5'000'000'000);
  EXPECT_EQ(edit.wait_limit_ns(), 9'000'000'000);
  EXPECT_EQ(edit.acts(1).kind(), Act::ADD);
  EXPECT_EQ(edit.acts(1).fields(0).integer(), -3);
  EXPECT_EQ(edit.guards(0).integer(), 3);
  EXPECT_EQ(p.topology().devices(1).clock().offset_ns(), -180'000'000'000);
  EXPECT_EQ(p.topology().devices(1).clock().drift_ppb(), 5'000);
  EXPECT_FALSE(p.topology().devices(0).has_clock());
  ASSERT_EQ(p.sabotages_size(), 1);
  for (const Fault& f : p.faults())
    if (f.name() == "drop_message") {
      EXPECT_EQ(f.message().intention(), made.id());
    }
}

TEST(Script, NamesWhatIsWrongWithIt) {
  EXPECT_NE(spoiled("{delete: line1}", "{delete: line2}").find("did you mean `line1`"), std::string::npos);
  EXPECT_NE(spoiled("after: made", "after: mode").find("no step `mode`"), std::string::npos);
  EXPECT_NE(spoiled("carries: made", "carries: mode").find("no step `mode`"), std::string::npos);
  EXPECT_NE(spoiled("device: 2, wait", "device: 3, wait").find("there is no device 3"), std::string::npos);
  EXPECT_NE(spoiled("set: {notes:", "set: {note:").find("unknown field `note`"), std::string::npos);
  EXPECT_NE(spoiled("order: order1,", "order: line1,").find("no record of `orders`"), std::string::npos);
  EXPECT_NE(spoiled("quantity: -3", "quantity: few").find("expected an integer"), std::string::npos);
  EXPECT_NE(spoiled("{delete: line1}", "{as: line9}").find("needs `create`"), std::string::npos);
  EXPECT_NE(spoiled("{delete: line1}", "{delete: line1, update: line1}").find("cannot stand beside"),
            std::string::npos);
  EXPECT_NE(spoiled("script:", "initial:").find("needs `workload` or `script`"), std::string::npos);
  EXPECT_NE(spoiled("{at: 1s,", "{at: 2m,").find("not before the end"), std::string::npos);
}

TEST(Writer, WritesWhatTheLoaderReadsAsTheSamePlan) {
  const Plan p = planned(story);
  const std::string text = told(p);
  EXPECT_EQ(told(planned(text)), text);
  EXPECT_EQ(planned(text).model().SerializeAsString(), p.model().SerializeAsString());
  EXPECT_EQ(planned(text).network().SerializeAsString(), p.network().SerializeAsString());
  ASSERT_EQ(planned(text).intentions_size(), p.intentions_size());
}

/// Ids of faults are anew in each plan; the order in which they are told must not hang on them, or a story told again and again
/// would flip.
TEST(Writer, TellsFaultsOfOneMomentInOneOrder) {
  for (const char* more :
       {"message: push, devices: [1], carries: made", "message: push_reply, ordinal: 2, devices: [1], carries: made",
        "message: push_reply, devices: [1]"}) {
    const std::string one = "  - {at: 2s, fault: drop_message, message: push_reply, devices: [1], carries: made}\n";
    const std::string other = std::string("  - {at: 2s, fault: drop_message, ") + more + "}\n";
    std::string text = story;
    text.replace(text.find(one), one.size(), one + other);
    std::string reversed = story;
    reversed.replace(reversed.find(one), one.size(), other + one);
    EXPECT_EQ(told(planned(text)), told(planned(reversed)));
    EXPECT_EQ(told(planned(told(planned(text)))), told(planned(text)));
  }
}

TEST(Writer, TellsAPlanInWhichNobodyDoesAnything) {
  Plan idle = planned(story);
  idle.clear_intentions();
  idle.clear_faults();
  EXPECT_EQ(planned(told(idle)).intentions_size(), 0);
  EXPECT_EQ(told(planned(told(idle))), told(idle));
}

/// What a plan says survives being told, whatever scenario it came from: told again it reads the same.
TEST(Writer, TellsEveryPlanOfTheFilesThatComeWithSquall) {
  int files = 0;
  for (const char* folder : {"/scenarios/library", "/scenarios/generic"})
    for (const auto& file : std::filesystem::directory_iterator(std::string(SQUALL_SOURCE_DIR) + folder)) {
      if (file.path().stem() == "ten_thousand_devices")
        continue; // more than a scenario file may say
      const auto loaded = load_file(file.path().string(), {.sets = {"devices.count=12"}});
      ASSERT_TRUE(loaded.ok()) << to_string(loaded.diagnostics);
      const Plan p = plan(*loaded.scenario, 3);
      const std::string text = told(p);
      const Plan again = planned(text, 3);
      const std::string retold = told(again);
      const auto parted = std::mismatch(text.begin(), text.end(), retold.begin(), retold.end());
      EXPECT_TRUE(parted.first == text.end() && parted.second == retold.end())
          << file.path() << " parts at " << std::string(parted.first, std::min(parted.first + 200, text.end()));
      EXPECT_EQ(again.intentions_size(), p.intentions_size()) << file.path();
      EXPECT_EQ(again.faults_size(), p.faults_size()) << file.path();
      EXPECT_TRUE(again.model().SerializeAsString() == p.model().SerializeAsString()) << file.path();
      EXPECT_TRUE(again.knobs().SerializeAsString() == p.knobs().SerializeAsString()) << file.path();
      EXPECT_TRUE(again.topology().SerializeAsString() == p.topology().SerializeAsString()) << file.path();
      ++files;
    }
  EXPECT_GE(files, 8);
}

} // namespace
} // namespace squall::scenarios
