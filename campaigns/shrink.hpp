// Shrinking: the smallest part of a failing plan that still fails in the same way. Entries (intentions, faults, devices'
// clock skews, noise, sabotages' company) are dropped; what depends on a dropped entry is dropped with it; nothing is
// renumbered, so no draw of the rest changes.
//
// Delta debugging (Zeller, Hildebrandt: "Simplifying and isolating failure-inducing input", TSE 2002): the complement half
// of ddmin over chunks of halving size, to 1-minimality.
#pragma once

#include "reports/run.pb.h"
#include "scenarios/plan.pb.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace squall::campaigns {

struct shrink_progress {
  std::size_t entries = 0; ///< left
  std::size_t tried = 0;   ///< runs so far
};

struct shrink_options {
  std::string signature;                          ///< what the plan must go on failing with
  int jobs = 1;                                   ///< candidates tried at a time
  std::int64_t real_time_ns_max = 60'000'000'000; ///< stop trying after so long; the best so far is kept
  const volatile bool* stop = nullptr;
  std::function<void(const shrink_progress&)> progress;
};

struct shrink_result {
  scenarios::Plan plan;
  std::size_t entries_before = 0; ///< intentions and faults
  std::size_t entries_after = 0;
  std::size_t devices_after = 0; ///< that still act or are hit by a fault
  std::size_t tried = 0;
  bool minimal = false; ///< no single entry can be dropped
};

/// Precondition: running `plan` fails with `options.signature`.
shrink_result shrink(const scenarios::Plan& plan, const shrink_options& options);

/// The plan without the intentions and faults of these ids, nor what depends on them (records created, `after` chains).
scenarios::Plan without_entries(const scenarios::Plan& plan, const std::vector<std::uint64_t>& intentions,
                                const std::vector<std::uint64_t>& faults);

} // namespace squall::campaigns
