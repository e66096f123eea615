// What would have happened without: a failing plan is run again without each of its entries, one at a time. An entry without
// which no violation of the same invariant and shape is found is necessary. Nothing else changes: draws are keyed by causes, not by turns.
#pragma once

#include "reports/run.pb.h"
#include "scenarios/plan.pb.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace squall::campaigns::inspect {

enum class entry_of : std::uint8_t { operation, fault, noise, sabotage };

struct plan_entry {
  entry_of kind{};
  std::uint64_t id = 0; ///< of an operation or a fault
  std::string name;     ///< of noise ("loss") or a sabotage
  bool operator==(const plan_entry&) const = default;
};

/// All entries of a plan: sabotages, noise, faults, operations.
std::vector<plan_entry> entries_of(const scenarios::Plan& plan);
/// The plan without one. What depends on a removed operation is skipped when the plan is run.
scenarios::Plan without(const scenarios::Plan& plan, const plan_entry& entry);
/// "fault 12 (offline: d3, ...)", "operation 7 (d3's user ...)", "the bug no_dedupe", "the network's loss of messages".
std::string say(const plan_entry& entry, const scenarios::Plan& plan);

enum class without_it : std::uint8_t {
  untried,
  fails_the_same,  ///< it plays no part
  fails_elsewhere, ///< the violation that is asked about is gone; others of its invariant and shape are there
  fails_otherwise, ///< necessary for this failure; another one shows
  does_not_fail,   ///< necessary
};

struct counterfactual {
  plan_entry entry;
  without_it outcome = without_it::untried;
  std::string signature; ///< of the failure without it, if there is one
};

struct counterfactual_options {
  std::string signature;                     ///< "invariant/shape" of the violation that is asked about
  const reports::Violation* about = nullptr; ///< the violation itself; null: any of that signature is the same
  int jobs = 1;
  std::int64_t real_time_ns_max = 60'000'000'000; ///< after so long, what is left stays untried
  const volatile bool* stop = nullptr;
  std::function<void(std::size_t done, std::size_t all)> progress;
};

/// Of each of `entries`, in their order. The outcomes do not depend on `jobs`, except for what time did not allow.
std::vector<counterfactual> run_without(const scenarios::Plan& plan, const std::vector<plan_entry>& entries,
                                        const counterfactual_options& options);

} // namespace squall::campaigns::inspect
