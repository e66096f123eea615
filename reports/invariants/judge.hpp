// History -> Verdict. Every invariant of SEMANTICS section 11 that this version checks, over the history alone: intentions,
// reads, verdicts, feed, exports, grants, and the scenario's policies. Includes nothing of the engine. What the system under
// test reports of itself is a witness: checked, never believed.
//
// Runs online (as a sink) or offline (fed a recorded history); both give the same verdicts. O(1) amortised an entry.
#pragma once

#include "reports/history/sink.hpp"
#include "reports/run.pb.h"
#include "scenarios/plan.pb.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace squall::invariants {

struct judgement {
  std::vector<reports::InvariantResult>
      invariants; ///< in the order of `invariant_names`, without those that the plan's model gives nothing to
  std::map<std::string, std::uint64_t>
      metrics; ///< what `reached` may name: intents, applied, merged, concurrent_edits, ...
};

struct invariant_info {
  std::string_view name;
  std::string_view meaning;
};

/// The invariants that this version checks, in report order.
std::vector<invariant_info> invariant_names();
/// The metrics that `judgement::metrics` always holds, with their meaning.
std::vector<invariant_info> metric_names();

class judge final : public history::sink {
public:
  /// Uses the plan's model, intentions, knobs and times; never its faults' particulars. The plan must outlive the judge.
  explicit judge(const scenarios::Plan& plan);
  explicit judge(const scenarios::Plan&& plan) = delete;
  ~judge() override;

  void append(std::span<const history::entry> entries, const history::name_table& names) override;
  /// Whether it is known by now what was violated first: whatever comes later is later in time as well.
  bool knows_first_violation() const;
  /// Call once, after the last entry.
  judgement finish(const history::name_table& names);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace squall::invariants
