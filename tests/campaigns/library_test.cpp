// Every scenario of the library earns its pass: over many seeds at up to 20 devices, and over a few at the size that it
// declares. How many is the build's choice: a sample in the gate, all of them among the slow ones.
#include "campaigns/sweep.hpp"
#include "scenarios/loader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#ifndef SQUALL_LIBRARY_SEEDS
#define SQUALL_LIBRARY_SEEDS 8
#endif
#ifndef SQUALL_LIBRARY_DECLARED_SEEDS
#define SQUALL_LIBRARY_DECLARED_SEEDS 0
#endif

namespace squall::campaigns {
namespace {

std::vector<std::string> library() {
  std::vector<std::string> files;
  for (const auto& item : std::filesystem::directory_iterator(SQUALL_SOURCE_DIR "/scenarios/library"))
    files.push_back(item.path().string());
  std::sort(files.begin(), files.end());
  return files;
}

std::string name_of(const ::testing::TestParamInfo<std::string>& info) {
  return std::filesystem::path(info.param).stem().string();
}

class Library : public ::testing::TestWithParam<std::string> {
protected:
  /// Runs seeds 1..`seeds`; nothing fails, and under 1 % (one, in a sample) is unknown.
  void expect_passes(const std::vector<std::string>& sets, std::uint64_t seeds) {
    auto loaded = scenarios::load_file(GetParam(), {.sets = sets});
    ASSERT_TRUE(loaded.ok()) << scenarios::to_string(loaded.diagnostics);
    sweep_options options;
    options.seed_last = seeds;
    options.jobs = 2;
    options.out = (std::filesystem::temp_directory_path() / "squall-library").string();
    auto batch = sweep({{GetParam(), *loaded.scenario}}, options);
    ASSERT_TRUE(batch.ok()) << batch.err().message;
    ASSERT_EQ(static_cast<std::uint64_t>(batch->runs_size()), seeds);
    std::uint64_t unknown = 0;
    for (const auto& run : batch->runs()) {
      EXPECT_NE(run.verdict(), reports::FAIL) << "seed " << run.seed() << ": " << run.signature() << run.crash();
      unknown += run.verdict() == reports::UNKNOWN;
      for (const auto& why : run.unknown_because())
        std::printf("seed %llu unknown because %s\n", static_cast<unsigned long long>(run.seed()), why.c_str());
    }
    EXPECT_LE(unknown, seeds / 100 + (seeds < 100 ? 1 : 0));
  }

  /// Fewer devices reach fewer events: what must be reached is for the declared size.
  std::vector<std::string> at_most_20_devices() {
    const auto loaded = scenarios::load_file(GetParam());
    if (!loaded.ok() || loaded.scenario->devices().count() <= 20)
      return {};
    return {"devices={count: 20, team_size: 5}", "expect.reached={intents: '>= 20'}"};
  }
};

TEST_P(Library, PassesAtTwentyDevices) { expect_passes(at_most_20_devices(), SQUALL_LIBRARY_SEEDS); }

#if SQUALL_LIBRARY_DECLARED_SEEDS > 0
TEST_P(Library, PassesAtItsDeclaredSize) { expect_passes({}, SQUALL_LIBRARY_DECLARED_SEEDS); }
#endif

INSTANTIATE_TEST_SUITE_P(Scenarios, Library, ::testing::ValuesIn(library()), name_of);

} // namespace
} // namespace squall::campaigns
