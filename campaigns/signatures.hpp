// Failures of many seeds, by what they have in common: their signature.
#pragma once

#include "reports/run.pb.h"

#include <cstddef>
#include <string>
#include <vector>

namespace squall::campaigns {

struct failure_group {
  std::string signature;
  std::vector<std::size_t> runs; ///< ascending indices
  /// The one to look at: with the fewest changes, then the fewest events, then the first.
  std::size_t representative = 0;
};

/// Groups of those of `runs` that failed, in the order of their first runs. Does not depend on how long anything took.
std::vector<failure_group> group_failures(const std::vector<reports::Run>& runs);

/// The batch's groups, from its runs: signature, seeds, and where the representative is kept.
void tell_groups(reports::Batch& batch);

} // namespace squall::campaigns
