// The outcomes of many schedules of one plan as one: what they checked is added up, and one that fails fails them all. What a
// scenario expects to have been reached must have been reached in some schedule.
#pragma once

#include "reports/run.pb.h"
#include "scenarios/plan.pb.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace squall::campaigns {

class tally {
public:
  void add(const reports::Run& run);
  std::uint64_t failed() const noexcept { return failed_; }
  /// Precondition: something was added. `expect` is the scenario's own. Without the verdict.
  reports::Run sum(const scenarios::Expect& expect) const;

private:
  using counts = std::map<std::string, std::uint64_t>;
  struct checked {
    std::uint64_t times = 0;
    std::uint64_t violations = 0;
    bool failed = false;
    bool passed = false;
    std::string unknown_because; ///< of a schedule in which it did check something
  };

  reports::Run first_;
  std::uint64_t failed_ = 0;
  std::vector<std::string> order_; ///< of the invariants, as the judge tells them
  std::map<std::string, checked> invariants_;
  std::map<std::string, reports::InvariantResult> worst_; ///< the first that failed
  counts faults_, metrics_, probes_, sabotages_, skipped_;
  std::uint64_t operations_ = 0, messages_ = 0, events_ = 0;
};

} // namespace squall::campaigns
