// Scenarios x seeds -> a batch of runs, over worker processes; of each kind of failure the smallest is run
// again with the full trace and kept.
#pragma once

#include "engine/base/result.hpp"
#include "reports/run.pb.h"
#include "scenarios/diagnostic.hpp"
#include "scenarios/scenario.pb.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace squall::campaigns {

struct loaded_scenario {
  std::string file;
  scenarios::Scenario scenario;
};

struct sweep_options {
  std::uint64_t seed_first = 1;
  std::uint64_t seed_last = 1; ///< inclusive; >= seed_first
  int jobs = 1;
  std::vector<std::string> sabotages;
  bool verify = false;               ///< every run twice, each in a fresh process; digests must be equal
  bool lost_acks_everywhere = false; ///< see lost_acks.hpp
  std::string out = "squall-out";    ///< failure directories go below it
  std::size_t failures_kept = 20;    ///< at most so many failure directories, one for each signature
  const volatile bool* stop = nullptr;
  std::function<void(const reports::Run&, std::size_t done, std::size_t all)> progress;
};

/// Runs all; the batch's runs are ordered by scenario, then seed (then acknowledgement), whatever `jobs` is.
/// Errors: `invalid_argument` (a plan cannot be run), `storage` (`out` cannot be written; nothing ran).
result<reports::Batch> sweep(const std::vector<loaded_scenario>& scenarios, const sweep_options& options);

} // namespace squall::campaigns
