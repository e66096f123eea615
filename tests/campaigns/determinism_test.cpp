// One plan, one digest: whatever order SQL leaves open, whatever fresh memory holds, whatever ran before in the process, and
// however many workers there are.
#include "actors/simulation.hpp"
#include "actors/system/squall_system.hpp"
#include "campaigns/run_plan.hpp"
#include "campaigns/sweep.hpp"
#include "campaigns/workers.hpp"
#include "tests/campaigns/plans.hpp"

#include <gtest/gtest.h>
#include <malloc.h>

#include <set>

namespace squall::campaigns {
namespace {

constexpr std::uint64_t seeds = 6;

struct ran {
  std::uint64_t digest = 0, entries = 0;
  history::end_code end{};
  bool operator==(const ran&) const = default;
};

ran run_with(const scenarios::Plan& plan, const std::string& pragmas) {
  actors::squall_system system(pragmas);
  const auto outcome = actors::simulate(plan, {.system = &system});
  EXPECT_TRUE(outcome.ok());
  return outcome ? ran{outcome->digest, outcome->entries, outcome->end} : ran{};
}

TEST(OneDigest, RowsThatSqlMayGiveInAnyOrderAreNeverTakenInTheOrderTheyCame) {
  const auto scenario = small_adversity();
  std::set<std::uint64_t> digests;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const auto plan = scenarios::plan(scenario, seed);
    const auto straight = run_with(plan, "");
    EXPECT_EQ(straight, run_with(plan, "PRAGMA reverse_unordered_selects=ON")) << "seed " << seed;
    EXPECT_GT(straight.entries, 1000U);
    digests.insert(straight.digest);
  }
  EXPECT_EQ(digests.size(), seeds);
}

TEST(OneDigest, PragmasReachEveryStore) {
  const auto plan = scenarios::plan(small_adversity(), 1);
  EXPECT_EQ(run_with(plan, "").end, history::end_code::settled);
  EXPECT_NE(run_with(plan, "PRAGMA query_only=ON").end, history::end_code::settled);
}

TEST(OneDigest, DoesNotDependOnWhatFreshMemoryHolds) {
  const auto scenario = small_adversity();
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const auto plan = scenarios::plan(scenario, seed);
    const auto clean = run_with(plan, "");
    for (const int garbage : {0xa5, 0x5a}) {
      ASSERT_EQ(::mallopt(M_PERTURB, garbage), 1);
      const auto dirty = run_with(plan, "");
      ::mallopt(M_PERTURB, 0);
      EXPECT_EQ(clean, dirty) << "seed " << seed << ", garbage " << garbage;
    }
  }
}

/// The run of one plan, in a process that has run nothing else.
std::string digest_alone(const scenarios::Plan& plan) {
  const auto work = [&](std::size_t) {
    auto outcome = run_plan(plan, {});
    return outcome ? std::move(outcome->run) : reports::Run{};
  };
  return run_in_workers(1, work, [](std::size_t, reports::Run&) {}, {}).runs[0].digest();
}

TEST(OneDigest, ASeedAloneIsTheSeedAfterAHundredOthers) {
  const auto last = scenarios::plan(small_adversity(), 101);
  const auto alone = digest_alone(last);
  ASSERT_EQ(alone.size(), 16U);
  const auto others = small_adversity({"devices.count=4", "devices.teams=2", "duration=34m"});
  for (std::uint64_t seed = 1; seed <= 100; ++seed)
    ASSERT_TRUE(run_plan(scenarios::plan(others, seed), {}).ok());
  const auto after = run_plan(last, {});
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(after->run.digest(), alone);
}

/// What must be the same for any number of workers: all but what the machine's time and memory say.
std::vector<std::string> comparable(reports::Batch batch) {
  std::vector<std::string> runs;
  for (auto& run : *batch.mutable_runs()) {
    run.clear_wall_ns();
    run.clear_peak_rss_bytes();
    runs.push_back(run.SerializeAsString());
  }
  return runs;
}

TEST(OneDigest, ABatchIsTheSameForAnyNumberOfWorkers) {
  const scratch_folder out("jobs");
  const std::vector<loaded_scenario> scenarios{{"adversity", small_adversity()},
                                               {"small", scenario_of("generic/small.yaml", {"devices.count=10"})}};
  std::vector<std::vector<std::string>> batches;
  for (const int jobs : {1, 3}) {
    auto batch = sweep(scenarios, {.seed_last = 5, .jobs = jobs, .out = out.path()});
    ASSERT_TRUE(batch.ok());
    batches.push_back(comparable(std::move(*batch)));
  }
  ASSERT_EQ(batches[0].size(), 10U);
  EXPECT_EQ(batches[0], batches[1]);
}

} // namespace
} // namespace squall::campaigns
