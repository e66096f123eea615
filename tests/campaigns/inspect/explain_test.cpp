// Failures of many kinds, explained: bugs that real engines had are switched on, and the story must name the change that
// suffered and where its life took the wrong turn. Nothing in the story knows any of the bugs.
#include "campaigns/inspect/explain.hpp"

#include "campaigns/run_plan.hpp"
#include "tests/campaigns/plans.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace squall::campaigns::inspect {
namespace {

using testing::HasSubstr;

struct known_bug {
  const char* sabotage;
  const char* turn; ///< in a line that is marked; empty: it need not have one
};

/// The first failing seed, written as a failure.
failure failed(const char* sabotage, const std::string& directory, const scenarios::Scenario& scenario) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    auto plan = scenarios::plan(scenario, seed);
    plan.add_sabotages(sabotage);
    auto ran = run_plan(plan, {});
    EXPECT_TRUE(ran.ok());
    if (!ran || ran->run.verdict() != reports::FAIL)
      continue;
    EXPECT_TRUE(write_failure(plan, directory, ran->run).ok());
    auto read = read_failure(directory);
    EXPECT_TRUE(read.ok());
    return read ? std::move(*read) : failure{};
  }
  ADD_FAILURE() << sabotage << " is not caught by seeds 1 to 12";
  return {};
}

failure failed_small(const std::string& directory) {
  static const auto scenario = small_adversity({"devices.count=8", "duration=35m"});
  return failed("no_dedupe", directory, scenario);
}

class Explained : public testing::TestWithParam<known_bug> {};

TEST_P(Explained, NamesTheChangeAndItsWrongTurnAndThePlanPassesWithoutTheBug) {
  const auto& bug = GetParam();
  const scratch_folder folder(std::string("explain-") + bug.sabotage);
  static const auto scenario = scenario_of("generic/adversity.yaml", {});
  const auto of = failed(bug.sabotage, folder.path(), scenario);
  ASSERT_FALSE(of.signature.empty());
  const auto told = explain(folder.path(), "");
  ASSERT_TRUE(told.ok()) << told.err().message;
  EXPECT_FALSE(told->story.lines.empty());
  EXPECT_FALSE(told->story.players.empty() && told->story.record.empty());
  const auto text = to_text(*told, {}, {"squall", folder.path(), {}, false});
  for (const auto& player : told->story.players)
    EXPECT_THAT(text, HasSubstr(player.substr(0, player.find(':', player.find(':') + 1))));
  bool turned = bug.turn[0] == '\0';
  for (const auto& line : told->story.lines)
    turned |= line.turn && line.what.find(bug.turn) != std::string::npos;
  EXPECT_TRUE(turned) << text;

  const auto tried = run_without(of.plan, {{entry_of::sabotage, 0, bug.sabotage}}, {.signature = signature_of(*told)});
  ASSERT_EQ(tried.size(), 1U);
  EXPECT_EQ(tried[0].outcome, without_it::does_not_fail) << tried[0].signature;
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Sabotages, Explained, testing::Values(
  known_bug{"no_dedupe", "NOT what happened before"},
  known_bug{"dequeue_on_send", "NOT in its queue"},
  known_bug{"page_edge_tie", "LEAVES OUT"},
  known_bug{"overlay_dropped_at_verdict", "BEFORE the feed"},
  known_bug{"early_sequence", ""},
  known_bug{"snapshot_upserts_only", ""},
  known_bug{"counter_set", ""},
  known_bug{"push_not_retried_after_5xx", ""}),
  [](const auto& info) { return std::string(info.param.sabotage); });
// clang-format on

TEST(Explain, SuspectsTheFaultWithoutWhichThePlanPasses) {
  const scratch_folder folder("explain-suspect");
  const auto of = failed("push_not_retried_after_5xx", folder.path(), scenario_of("generic/adversity.yaml", {}));
  const auto told = explain(folder.path(), "");
  ASSERT_TRUE(told.ok());
  const auto tried =
      run_without(of.plan, suspects_of(*told), {.signature = signature_of(*told), .about = &told->violation});
  const bool proven = std::any_of(tried.begin(), tried.end(), [](const counterfactual& one) {
    return one.entry.kind == entry_of::fault && one.outcome == without_it::does_not_fail;
  });
  EXPECT_TRUE(proven);
  EXPECT_THAT(to_text(*told, tried, {"squall", folder.path(), {}, false}),
              HasSubstr("Without it the same plan does not fail."));
}

TEST(Explain, SaysWhatItTakesEntryByEntryWhateverTheNumberOfWorkers) {
  const scratch_folder folder("explain-counterfactual");
  const auto of = failed_small(folder.path());
  auto entries = entries_of(of.plan);
  ASSERT_GT(entries.size(), 12U);
  entries.resize(12);
  const auto told = explain(folder.path(), "");
  ASSERT_TRUE(told.ok());
  const auto one = run_without(of.plan, entries, {.signature = signature_of(*told), .jobs = 1});
  const auto three = run_without(of.plan, entries, {.signature = signature_of(*told), .jobs = 3});
  ASSERT_EQ(one.size(), entries.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].outcome, three[i].outcome);
    EXPECT_NE(one[i].outcome, without_it::untried);
  }
  EXPECT_EQ(one[0].entry.kind, entry_of::sabotage);
  EXPECT_EQ(one[0].outcome, without_it::does_not_fail);
  const auto text = to_text(*told, one, {"squall", folder.path(), {}, true});
  EXPECT_THAT(text, HasSubstr("+ the bug no_dedupe"));
  EXPECT_THAT(text, HasSubstr("of 12 entries of the plan are necessary"));
}

TEST(Explain, TellsOfTheInvariantThatIsAskedForAndOfNoOther) {
  const scratch_folder folder("explain-invariant");
  failed_small(folder.path());
  const auto told = explain(folder.path(), "exactly_once");
  ASSERT_TRUE(told.ok());
  EXPECT_EQ(told->invariant, "exactly_once");
  EXPECT_THAT(told->also_broken, testing::Not(testing::Contains("exactly_once")));
  bool again = false;
  for (const auto& line : told->story.lines)
    again |= line.turn && line.what.find("AGAIN") != std::string::npos;
  EXPECT_TRUE(again);
  EXPECT_FALSE(explain(folder.path(), "clock_sane").ok());
  EXPECT_EQ(explain(folder.below("nowhere"), "").err().code, errc::not_found);
}

TEST(Explain, RunsThePlanWhereNoHistoryWasKept) {
  const scratch_folder folder("explain-fresh");
  failed_small(folder.path());
  const auto kept = explain(folder.path(), "");
  std::filesystem::remove(folder.below("history.bin"));
  const auto fresh = explain(folder.path(), "");
  ASSERT_TRUE(kept.ok() && fresh.ok());
  const text_options how{"squall", "failure", {}, false};
  EXPECT_EQ(to_text(*kept, {}, how), to_text(*fresh, {}, how));
}

} // namespace
} // namespace squall::campaigns::inspect
