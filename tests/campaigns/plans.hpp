// Plans of the scenarios that come with Squall, made small enough for tests.
#pragma once

#include "scenarios/loader.hpp"
#include "scenarios/planner/planner.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <unistd.h>

namespace squall::campaigns {

/// `file` below scenarios/; without what it expects to have been reached, which a small run need not.
inline scenarios::Scenario scenario_of(const std::string& file, std::vector<std::string> sets) {
  auto outcome = scenarios::load_file(std::string(SQUALL_SOURCE_DIR "/scenarios/") + file, {.sets = std::move(sets)});
  EXPECT_TRUE(outcome.ok()) << scenarios::to_string(outcome.diagnostics);
  if (!outcome.ok())
    return {};
  outcome.scenario->mutable_expect()->clear_reached();
  return std::move(*outcome.scenario);
}

/// Everything at once, on eight devices for a while.
inline scenarios::Scenario small_adversity(std::vector<std::string> sets = {"devices.count=8", "devices.teams=2",
                                                                            "duration=35m"}) {
  return scenario_of("generic/adversity.yaml", std::move(sets));
}

/// Every policy and constraint, and users who react, on eight devices for a while.
inline scenarios::Scenario small_enterprise() {
  return scenario_of("generic/enterprise.yaml", {"devices.count=8", "devices.teams=2", "duration=40m"});
}

/// A folder of one test; gone with it.
class scratch_folder {
public:
  explicit scratch_folder(const std::string& name)
      : path_(testing::TempDir() + "squall-" + name + "-" + std::to_string(::getpid())) {
    std::filesystem::remove_all(path_);
  }
  ~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  const std::string& path() const { return path_; }
  std::string below(const std::string& name) const { return path_ + "/" + name; }

private:
  std::string path_;
};

} // namespace squall::campaigns
