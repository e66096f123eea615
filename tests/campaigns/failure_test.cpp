// A failure, once seen: it is kept whole, replays to the same digest.
#include "campaigns/failure.hpp"
#include "campaigns/run_plan.hpp"
#include "tests/campaigns/plans.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace squall::campaigns {
namespace {

reports::Run judged(const scenarios::Plan& plan) {
  auto outcome = run_plan(plan, {});
  EXPECT_TRUE(outcome.ok());
  return outcome ? std::move(outcome->run) : reports::Run{};
}

/// The first seed whose run an engine without deduplication fails.
const scenarios::Plan& failing_plan() {
  static const scenarios::Plan found = [] {
    const auto scenario = small_adversity();
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      auto plan = scenarios::plan(scenario, seed);
      plan.add_sabotages("no_dedupe");
      if (!judged(plan).signature().empty())
        return plan;
    }
    ADD_FAILURE() << "no_dedupe fails nothing";
    return scenarios::Plan{};
  }();
  return found;
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(folder))
    names.push_back(file.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

TEST(Failure, ReplaysToTheSameDigestFromItsDirectory) {
  const scratch_folder out("failure");
  auto run = judged(failing_plan());
  const auto digest = run.digest();
  ASSERT_TRUE(write_failure(failing_plan(), out.below("f"), run).ok());
  EXPECT_EQ(run.digest(), digest) << "tracing a run changed it";
  EXPECT_GT(run.story().lines_size(), 0);
  EXPECT_EQ(names_in(out.path()), std::vector<std::string>{"f"});
  EXPECT_EQ(names_in(out.below("f")),
            (std::vector<std::string>{"failure.json", "history.bin", "plan.bin", "plan.txt", "report.txt"}));
  const auto kept = read_failure(out.below("f"));
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(kept->digest, digest);
  EXPECT_EQ(kept->signature, run.signature());
  EXPECT_EQ(kept->version, program_version());
  EXPECT_EQ(kept->plan.SerializeAsString(), failing_plan().SerializeAsString());
  EXPECT_EQ(judged(kept->plan).digest(), digest);
}

TEST(Failure, ThatCannotBeWrittenLeavesNothing) {
  const scratch_folder out("unwritable");
  std::filesystem::create_directories(out.path());
  std::ofstream(out.below("file")) << "in the way";
  auto run = judged(failing_plan());
  const auto written = write_failure(failing_plan(), out.below("file/f"), run);
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.err().code, errc::storage);
  EXPECT_NE(written.err().message.find("file"), std::string::npos);
  EXPECT_EQ(names_in(out.path()), std::vector<std::string>{"file"});
}

TEST(Failure, ThatIsDamagedIsNamed) {
  const scratch_folder out("damaged");
  const auto missing = read_failure(out.below("nowhere"));
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.err().code, errc::not_found);
  std::filesystem::create_directories(out.path());
  std::ofstream(out.below("plan.bin")) << "not a plan";
  const auto damaged = read_failure(out.path());
  ASSERT_FALSE(damaged.ok());
  EXPECT_EQ(damaged.err().code, errc::corrupt);
  EXPECT_NE(damaged.err().message.find("plan.bin"), std::string::npos);
}

} // namespace
} // namespace squall::campaigns
