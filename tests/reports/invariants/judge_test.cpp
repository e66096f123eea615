// Good histories pass, and have been checked; empty ones are unknown.
#include "tests/reports/invariants/judging.hpp"

#include <gtest/gtest.h>

namespace squall::told {
namespace {

TEST(Judge, PassesAGoodHistoryAndHasCheckedEveryInvariant) {
  const auto o = judge_tale(a_good_tale());
  EXPECT_EQ(o.failed(), std::set<std::string>{}) << explain(o);
  EXPECT_EQ(o.unknown(), std::set<std::string>{}) << explain(o);
  for (const auto& [name, result] : o.of)
    EXPECT_GT(result.checked(), 0U) << name;
}

TEST(Judge, CountsWhatTheHistoryReached) {
  const auto m = judge_tale(a_good_tale()).metrics;
  EXPECT_EQ(m.at("intents"), 7U);
  EXPECT_EQ(m.at("merged"), 1U);
  EXPECT_EQ(m.at("superseded"), 1U);
  EXPECT_EQ(m.at("applied"), 5U);
  EXPECT_EQ(m.at("commits"), 6U);
  EXPECT_EQ(m.at("duplicates"), 1U);
  EXPECT_EQ(m.at("lost_acks"), 1U);
  EXPECT_EQ(m.at("resyncs"), 1U);
  EXPECT_EQ(m.at("concurrent_edits"), 2U);
  EXPECT_EQ(m.at("deletes"), 1U);
  EXPECT_EQ(m.at("crashes"), 1U);
  EXPECT_EQ(m.at("max_queue_depth"), 1U);
  for (const auto& metric : invariants::metric_names())
    EXPECT_TRUE(m.contains(std::string(metric.name))) << metric.name;
}

TEST(Judge, DoesNotPassAnEmptyHistory) {
  const tale t(2);
  const auto o = judge_tale(t);
  EXPECT_EQ(o.failed(), std::set<std::string>{});
  EXPECT_EQ(o.unknown().size(), o.of.size()) << explain(o);
  for (const auto& [name, result] : o.of)
    EXPECT_FALSE(result.reason().empty()) << name;
}

TEST(Judge, DoesNotPassAHistoryThatBreaksItsFormat) {
  auto t = a_good_tale();
  t.first(entry_kind::intent_write).record += 1;
  const auto o = judge_tale(t);
  EXPECT_EQ(o.failed(), std::set<std::string>{}) << explain(o);
  EXPECT_EQ(o.unknown().size(), o.of.size());
  EXPECT_NE(o.of.at("policy").reason().find("cannot be judged"), std::string::npos);
}

TEST(Judge, NamesItsInvariantsInReportOrder) {
  tale t(1, enterprise_of_tales());
  t.forgets(1);
  invariants::judge judge(t.plan);
  const auto results = judge.finish(t.names).invariants;
  const auto names = invariants::invariant_names();
  // Those that say nothing of an empty run are left out.
  std::size_t at = 0;
  for (const auto& result : results) {
    while (at < names.size() && names[at].name != result.name())
      ++at;
    ASSERT_LT(at, names.size()) << result.name();
  }
  EXPECT_EQ(results.size(), names.size() - 2); // staleness and audit
}

} // namespace
} // namespace squall::told
