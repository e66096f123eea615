#include "scenarios/listing.hpp"
#include "tests/scenarios/samples.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace squall::scenarios {
namespace {

TEST(Listing, NamesEveryWorkloadWithItsMeaning) {
  std::vector<std::string_view> names;
  for (const listed& w : list_workloads()) {
    names.push_back(w.name);
    EXPECT_FALSE(w.about.empty()) << w.name;
  }
  EXPECT_EQ(names, (std::vector<std::string_view>{"create_order", "edit", "edit_same", "reserve", "cancel", "delete",
                                                  "restore", "tag", "approve", "twin", "move", "transfer"}));
}

TEST(Listing, NamesPoliciesAndMetrics) {
  EXPECT_EQ(list_policies().size(), 5u);
  const auto metrics = list_metrics();
  EXPECT_TRUE(
      std::any_of(metrics.begin(), metrics.end(), [](const listed& m) { return m.name == "concurrent_edits"; }));
}

TEST(New, WritesAScenarioThatLoadsWithItsVariants) {
  const std::string text = new_scenario_text("my-first");
  const Scenario s = samples::loaded(text);
  EXPECT_EQ(s.name(), "my-first");
  samples::loaded(text, {.variant = "last_to_sync"});
}

TEST(New, MakesANameOfAnyText) {
  EXPECT_EQ(samples::loaded(new_scenario_text("42 My Scenario!")).name(), "My-Scenario");
  EXPECT_EQ(samples::loaded(new_scenario_text("")).name(), "scenario");
}

TEST(Validate, SumsUpAGoodFileAndNamesTheFaultsOfABadOne) {
  const std::string path = std::string(SQUALL_SOURCE_DIR) + "/scenarios/library/airplane_mode.yaml";
  const validation good = validate_file(path);
  EXPECT_TRUE(good.ok);
  EXPECT_NE(good.text.find(": ok: airplane_mode: 40 devices in 8 teams for 4h; seed 1 plans "), std::string::npos)
      << good.text;
  EXPECT_NE(good.text.find("variant last_to_sync"), std::string::npos) << good.text;
  const validation bad = validate_file(path, {.sets = {"duration=80"}});
  EXPECT_FALSE(bad.ok);
  EXPECT_NE(bad.text.find("expected a duration such as 80ms, got `80`"), std::string::npos) << bad.text;
}

} // namespace
} // namespace squall::scenarios
