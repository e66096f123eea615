// squall run FILE --exhaustive
#pragma once

#include "campaigns/sweep.hpp"
#include "reports/run.pb.h"

#include <cstdint>
#include <string>
#include <vector>

namespace squall::cli {

struct exhaustive_arguments {
  std::uint32_t lose = 2;
  std::uint64_t limit = 1'000'000; ///< schedules
  std::int64_t seconds = 0;        ///< 0: no limit
  bool all_failures = false;
  std::uint64_t seed = 1;
  int jobs = 1;
  std::vector<std::string> sabotages;
  std::string out;
  bool quiet = false;
};

/// One run of the batch for each scenario, each in a worker process.
reports::Batch run_exhaustively(const std::vector<campaigns::loaded_scenario>& scenarios,
                                const exhaustive_arguments& args);

} // namespace squall::cli
