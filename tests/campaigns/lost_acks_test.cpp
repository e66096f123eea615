// A lost acknowledgement at every boundary: each that a clean run sends is lost in one run, and each of those is judged.
#include "campaigns/run_plan.hpp"
#include "campaigns/sweep.hpp"
#include "tests/campaigns/plans.hpp"

#include <gtest/gtest.h>

#include <set>

namespace squall::campaigns {
namespace {

/// A team of two for four hours, on a network that loses nothing by itself, with tokens that last: no reply is a refusal.
scenarios::Scenario calm_flight() {
  return scenario_of("library/airplane_mode.yaml",
                     {"devices.count=2", "devices.team_size=2", "network.loss=0%", "engine.access_token_lifetime=24h"});
}

std::uint64_t count_of(const google::protobuf::RepeatedPtrField<reports::Count>& counts, const std::string& name) {
  for (const auto& count : counts)
    if (count.name() == name)
      return count.value();
  return 0;
}

reports::Batch swept(const scratch_folder& out, std::vector<std::string> sabotages) {
  auto batch = sweep({{"airplane_mode", calm_flight()}}, {.seed_last = 2,
                                                          .jobs = 2,
                                                          .sabotages = std::move(sabotages),
                                                          .lost_acks_everywhere = true,
                                                          .out = out.path(),
                                                          .failures_kept = 1});
  EXPECT_TRUE(batch.ok());
  return batch ? std::move(*batch) : reports::Batch{};
}

TEST(LostAcksEverywhere, JudgesOneRunForEachAcknowledgementThatTheCleanRunsSent) {
  std::uint64_t sent = 0;
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    const auto clean = run_plan(scenarios::plan(calm_flight(), seed), {});
    ASSERT_TRUE(clean.ok());
    sent += clean->acknowledgements;
  }
  ASSERT_GT(sent, 10U);
  const scratch_folder out("lost-acks");
  const auto batch = swept(out, {});
  EXPECT_EQ(batch.acknowledgements_enumerated(), sent);
  ASSERT_EQ(static_cast<std::uint64_t>(batch.runs_size()), sent);
  std::set<std::pair<std::uint64_t, std::string>> variants;
  for (const auto& run : batch.runs()) {
    EXPECT_EQ(run.verdict(), reports::PASS) << run.variant() << " " << run.signature();
    EXPECT_EQ(count_of(run.faults(), "drop_message"), 1U) << run.variant();
    EXPECT_GE(count_of(run.probes(), "push_duplicate"), 1U) << run.variant() << " was not sent again";
    variants.emplace(run.seed(), run.variant());
  }
  EXPECT_EQ(variants.size(), sent);
}

TEST(LostAcksEverywhere, FindsAnEngineThatAppliesWhatComesAgainWhichACleanRunDoesNot) {
  auto clean = scenarios::plan(calm_flight(), 1);
  clean.add_sabotages("no_dedupe");
  const auto missed = run_plan(clean, {});
  ASSERT_TRUE(missed.ok());
  EXPECT_NE(missed->run.verdict(), reports::FAIL);
  const scratch_folder out("lost-acks-sabotaged");
  const auto batch = swept(out, {"no_dedupe"});
  EXPECT_GT(batch.runs_size(), 0);
  for (const auto& run : batch.runs())
    EXPECT_EQ(run.verdict(), reports::FAIL) << run.variant();
}

} // namespace
} // namespace squall::campaigns
