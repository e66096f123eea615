// Every schedule of the small scenarios: complete, judged, and able to fail.
#include "campaigns/exhaustive/exhaustive.hpp"
#include "campaigns/exhaustive/prepared.hpp"
#include "campaigns/failure.hpp"
#include "campaigns/run_plan.hpp"
#include "campaigns/workers.hpp"
#include "scenarios/planner/planner.hpp"
#include "tests/campaigns/mortal.hpp"
#include "tests/campaigns/plans.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

namespace squall::campaigns {
namespace {

#ifdef SQUALL_EXHAUSTIVE_LOSE
constexpr std::uint32_t lose = SQUALL_EXHAUSTIVE_LOSE;
#else
constexpr std::uint32_t lose = 0;
#endif

scenarios::Plan plan_of(const std::string& name, const std::string& sabotage = "") {
  auto plan = scenarios::plan(scenario_of("exhaustive/" + name + ".yaml", {}), 1);
  if (!sabotage.empty())
    plan.add_sabotages(sabotage);
  return plan;
}

std::vector<std::string> names(const std::string& below) {
  std::vector<std::string> all;
  for (const auto& file : std::filesystem::directory_iterator(SQUALL_SOURCE_DIR "/scenarios/exhaustive/" + below))
    if (file.path().extension() == ".yaml")
      all.push_back(file.path().stem().string());
  std::sort(all.begin(), all.end());
  return all;
}

reports::Run explored(const scenarios::Plan& plan, const exhaustive_options& options) {
  auto run = explore(plan, options);
  EXPECT_TRUE(run.ok()) << (run ? "" : run.err().message);
  return run ? std::move(*run) : reports::Run{};
}

class Exhaustive : public testing::TestWithParam<std::string> {};

TEST_P(Exhaustive, JudgesEveryScheduleAndAllPass) {
  const auto run = explored(plan_of(GetParam()), {.search = {.lose = lose}});
  const auto& e = run.exploration();
  EXPECT_EQ(run.verdict(), reports::PASS) << run.signature() << e.incomplete_because();
  EXPECT_TRUE(e.complete());
  EXPECT_GE(e.schedules(), lose == 0 ? 8U : 100U);
  ASSERT_EQ(static_cast<std::uint32_t>(e.lost_size()), lose + 1);
  for (const auto n : e.lost())
    EXPECT_GT(n, 0U);
}

INSTANTIATE_TEST_SUITE_P(Scenarios, Exhaustive, testing::ValuesIn(names("")),
                         [](const auto& info) { return info.param; });

#ifdef SQUALL_EXHAUSTIVE_LOSE

TEST(ExhaustiveSearch, ThreeDevicesAreDoneWhereNothingIsLost) {
  for (const auto& name : names("three/")) {
    const auto run = explored(plan_of("three/" + name), {.search = {.lose = 0}});
    EXPECT_EQ(run.verdict(), reports::PASS) << name << run.signature() << run.exploration().incomplete_because();
    EXPECT_GT(run.exploration().schedules(), 1000U) << name;
  }
}

#else

TEST(ExhaustiveSearch, FindsABugThatOnlyALostMessageShows) {
  const auto plan = plan_of("counter", "no_dedupe");
  EXPECT_NE(explored(plan, {.search = {.lose = 0}}).verdict(), reports::FAIL);
  const auto run = explored(plan, {.search = {.lose = 1}});
  EXPECT_EQ(run.verdict(), reports::FAIL);
  EXPECT_EQ(run.signature().rfind("exactly_once/", 0), 0U) << run.signature();
}

TEST(ExhaustiveSearch, FindsABugThatOnlyAnOrderShows) {
  for (const char* sabotage :
       {"overlay_dropped_at_verdict", "lower_version_stands", "early_sequence", "stale_decision"}) {
    const auto run = explored(plan_of("field_merge", sabotage), {.search = {.lose = 0}});
    EXPECT_EQ(run.verdict(), reports::FAIL) << sabotage;
  }
}

/// Schedules by the name of what happened in them, and how they were judged.
struct judgements {
  std::map<std::uint64_t, std::set<std::string>> by_name;
  /// By a device and what it and the server lived through, as the search names it: what came of it at both.
  std::map<std::pair<std::size_t, std::uint64_t>, std::set<std::pair<std::uint64_t, std::uint64_t>>> by_device;
};

judgements judged(const scenarios::Plan& plan, const search_options& how, std::uint64_t at_most = 1'000'000) {
  judgements all;
  const auto note = [&](const judged_schedule& s) {
    all.by_name[s.key].insert(reports::Verdict_Name(s.run.verdict()) + s.run.signature() + " " +
                              std::to_string(s.run.messages()) + " " + std::to_string(s.run.operations()));
    for (std::size_t d = 0; d < s.seen_by.size(); ++d)
      all.by_device[{d + 1, s.seen_by[d]}].insert({s.lived[0], s.lived[d + 1]});
  };
  const auto run = explored(plan, {.search = how, .schedules_max = at_most, .all_failures = true, .judged = note});
  EXPECT_EQ(run.exploration().complete(), run.exploration().schedules() < at_most);
  return all;
}

TEST(ExhaustiveSearch, OrdersOfOneNameAreJudgedAlikeAndTheMergedSearchHasEach) {
  const auto plan = plan_of("create_group");
  const auto merged = judged(plan, {.lose = 0, .ends_apart = false, .alone_first = false}).by_name;
  const auto some = judged(plan, {.lose = 0, .ends_apart = false, .alone_first = false, .merge = false}, 1500).by_name;
  EXPECT_GT(some.size(), 1U);
  for (const auto& [key, how] : some) {
    EXPECT_EQ(how.size(), 1U);
    ASSERT_EQ(merged.count(key), 1U);
    EXPECT_EQ(merged.at(key), how);
  }
}

TEST(ExhaustiveSearch, DevicesThatGoFirstAloneLoseNoSchedule) {
  for (const auto& [name, lost] : {std::pair("counter", 0U), std::pair("create_group", 1U)}) {
    const auto plan = plan_of(name);
    const auto all = judged(plan, {.lose = lost, .ends_apart = false, .alone_first = false});
    EXPECT_EQ(judged(plan, {.lose = lost, .ends_apart = false, .alone_first = true}).by_name, all.by_name) << name;
  }
}

/// Fewer schedules, and yet each device lives through all that it can, with the same outcome for it and the server.
TEST(ExhaustiveSearch, WhatNobodyElseNoticesNeedNotBeCombined) {
  for (const auto& [name, lost] : {std::pair("counter", 0U), std::pair("create_group", 1U), std::pair("manual", 0U)}) {
    const auto plan = plan_of(name);
    const auto all = judged(plan, {.lose = lost, .ends_apart = false}); // every combination
    for (const bool alone_first : {false, true}) {
      const auto apart = judged(plan, {.lose = lost, .alone_first = alone_first});
      EXPECT_LT(apart.by_name.size(), all.by_name.size()) << name;
      EXPECT_EQ(apart.by_device, all.by_device) << name;
      for (const auto& [key, how] : apart.by_name)
        EXPECT_EQ(all.by_name.count(key), 1U) << name;
    }
    for (const auto& [seen, came] : all.by_device)
      EXPECT_EQ(came.size(), 1U) << name << ": what device " << seen.first << " lived through is not all that decides";
  }
}

TEST(ExhaustiveSearch, TellsTheSameWithSeveralProcesses) {
  const auto told = [](const char* sabotage, int jobs) {
    auto run = explored(plan_of("counter", sabotage), {.search = {.lose = 1}, .jobs = jobs});
    run.clear_wall_ns();
    run.clear_peak_rss_bytes();
    return run.DebugString();
  };
  EXPECT_EQ(told("", 1), told("", 3));
  EXPECT_EQ(told("no_dedupe", 1), told("no_dedupe", 3));
}

TEST(ExhaustiveSearch, AFailureIsReplayedToTheSameDigest) {
  const scratch_folder out("exhaustive");
  const auto run = explored(plan_of("counter", "no_dedupe"), {.search = {.lose = 1}, .failure = out.path() + "/kept"});
  ASSERT_FALSE(run.failure().empty());
  const auto kept = read_failure(run.failure());
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(kept->digest, run.digest());
  EXPECT_GT(kept->plan.schedule().turns_size(), 0);
  const auto again = run_plan(kept->plan, {});
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->run.digest(), run.digest());
  EXPECT_EQ(again->run.signature(), run.signature());
}

TEST(ExhaustiveSearch, ADeathIsKeptWithWhatLedToItAndHappensAgain) {
  const scratch_folder out("death");
  mortal::mortal_system system;
  const auto plan = plan_of("counter");
  const auto unharmed = explored(plan, {.search = {.lose = 0}, .system = &system});
  EXPECT_EQ(unharmed.verdict(), reports::PASS) << unharmed.signature() << unharmed.crash();
  for (const int jobs : {1, 3}) {
    const auto run =
        explored(plan, {.search = {.lose = 1}, .jobs = jobs, .failure = out.below("kept"), .system = &system});
    EXPECT_EQ(run.verdict(), reports::FAIL);
    EXPECT_EQ(run.signature(), "crash/killed by Aborted");
    EXPECT_NE(run.crash().find("["), std::string::npos) << "no stack: " << run.crash();
    EXPECT_EQ(run.exploration().incomplete_because(), "a process died");
    const auto kept = read_failure(run.failure());
    ASSERT_TRUE(kept.ok()) << kept.err().message;
    EXPECT_EQ(kept->signature, run.signature());
    const auto& turns = kept->plan.schedule().turns();
    EXPECT_EQ(std::count_if(turns.begin(), turns.end(), [](const auto& turn) { return turn.lost(); }), 1);
    const auto again = run_in_workers(
        1, [&](std::size_t) { return std::move(run_plan(kept->plan, {.system = &system})->run); },
        [](std::size_t, reports::Run&) {}, {});
    EXPECT_EQ(again.runs[0].signature(), run.signature());
  }
}

TEST(ExhaustiveSearch, ALimitMakesItUnknown) {
  const auto run = explored(plan_of("counter"), {.search = {.lose = 2}, .schedules_max = 10});
  EXPECT_EQ(run.verdict(), reports::UNKNOWN);
  EXPECT_FALSE(run.exploration().complete());
  EXPECT_EQ(run.exploration().schedules(), 10U);
  EXPECT_EQ(run.exploration().incomplete_because(), "the limit of 10 schedules was reached");
}

TEST(ExhaustiveSearch, RefusesWhatIsTooLarge) {
  const auto large = scenarios::plan(scenario_of("library/airplane_mode.yaml", {}), 1);
  const auto run = explore(large, {});
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.err().code, errc::invalid_argument);
}

#endif

} // namespace
} // namespace squall::campaigns
