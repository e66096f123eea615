// Shrinking: the smallest story that fails in the same way.
//
// Entries (intentions and faults) are dropped with what depends on them; what chance did becomes entries; devices, teams,
// settings, lengths, values and times become plain; in the end the plan is what a scenario file says, written out step by
// step. At every stage a candidate counts only if it fails with the very same signature; where the plan has sabotages, it
// must not fail without them, so that one bug cannot pass for another.
//
// Delta debugging (Zeller, Hildebrandt: "Simplifying and isolating failure-inducing input", TSE 2002): the complement half
// of ddmin over chunks of halving size, to 1-minimality. The result does not depend on the number of jobs, unless time is up.
#pragma once

#include "campaigns/shrink/shrink.pb.h"
#include "campaigns/shrink/surgery.hpp"
#include "reports/run.pb.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace squall::campaigns {

struct shrink_progress {
  std::size_t entries = 0; ///< left
  std::size_t devices = 0;
  std::size_t tried = 0; ///< runs so far
  const char* doing = "";
};

struct shrink_options {
  std::string signature;                          ///< what the plan must go on failing with
  int jobs = 1;                                   ///< candidates tried at a time
  std::int64_t real_time_ns_max = 60'000'000'000; ///< stop trying after so long; the best so far is kept
  const volatile bool* stop = nullptr;
  std::function<void(const shrink_progress&)> progress;
  /// Gets the best so far, whenever it became better: whoever keeps it can go on from it.
  std::function<void(const ShrinkProgress&)> keep;
  const reports::Run* first = nullptr;    ///< what running the plan gave, where that is known: it need not be run again
  const ShrinkProgress* resume = nullptr; ///< what `keep` got, of the same plan and signature
};

struct shrink_result {
  scenarios::Plan plan;
  std::string scenario;           ///< YAML that gives exactly `plan` with its seed; empty where the plan cannot be told
  std::size_t entries_before = 0; ///< intentions and faults
  std::size_t entries_after = 0;
  std::size_t devices_before = 0;
  std::size_t devices_after = 0;
  std::size_t tried = 0;
  std::int64_t spent_ns = 0; ///< real time, with that of the calls before this one
  bool minimal = false;      ///< no single entry can be dropped
};

/// Precondition: running `plan` fails with `options.signature`.
shrink_result shrink(const scenarios::Plan& plan, const shrink_options& options);

/// Names a plan and a signature, for `ShrinkProgress.origin`.
std::string origin_of(const scenarios::Plan& plan, const std::string& signature);

} // namespace squall::campaigns
