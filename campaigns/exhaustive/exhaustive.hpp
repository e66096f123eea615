// Every schedule of a small plan, judged: `squall run FILE --exhaustive`. docs/exhaustive.md says what is enumerated.
#pragma once

#include "campaigns/exhaustive/search.hpp"
#include "engine/base/result.hpp"
#include "reports/run.pb.h"
#include "scenarios/plan.pb.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace squall::actors {
class system_under_test;
}

namespace squall::campaigns {

/// A schedule that was judged.
struct judged_schedule {
  std::uint64_t key = 0;                  ///< names what happened in it
  std::span<const std::uint64_t> seen_by; ///< by device - 1: names what it and the server lived through
  std::span<const std::uint64_t> lived;   ///< by actor: experience.hpp
  const reports::Run& run;
};

struct exhaustive_options {
  search_options search;
  int jobs = 1; ///< processes at a time; the outcome is the same where the search is complete
  std::uint64_t schedules_max = 1'000'000; ///< judged; then the outcome is incomplete
  std::int64_t seconds_max = 0;            ///< of real time; 0: no limit
  bool all_failures = false;               ///< go on after the first
  std::string failure; ///< directory for the shortest failing schedule, or the one that died; empty: none is written
  actors::system_under_test* system = nullptr;        ///< null: ours
  const volatile bool* stop = nullptr;                ///< where set and true: incomplete
  std::function<void(const search_counts&)> progress; ///< once a second
  std::function<void(const judged_schedule&)> judged;
};

/// The outcome of all schedules as one, with `exploration` filled in. Pass only if the search was complete.
/// Errors: `invalid_argument` (the plan is too large, or cannot be run).
result<reports::Run> explore(const scenarios::Plan& plan, const exhaustive_options& options);

} // namespace squall::campaigns
