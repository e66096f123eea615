// A device's monotonic clock, as far as plan and history tell: it gains what its clock drifts by, and what faults add.
#pragma once

#include "reports/invariants/model/types.hpp"

#include <algorithm>
#include <vector>

namespace squall::invariants {

class device_clock {
public:
  device_clock() = default;
  explicit device_clock(std::int64_t drift_ppb) : rate_ppb_(drift_ppb) {}

  /// What it shows at a true time, not before the last change of its rate. Differences count, not the reading itself.
  std::int64_t at(std::int64_t true_ns) const {
    const auto passed = true_ns - since_;
    return reading_ + passed + static_cast<std::int64_t>(static_cast<__int128>(passed) * rate_ppb_ / 1'000'000'000);
  }
  /// From `true_ns` on a fault makes it gain so much; until it ends.
  void drifts(std::int64_t true_ns, std::uint64_t fault, std::int64_t by_ppb) {
    advance(true_ns);
    rate_ppb_ += by_ppb;
    faults_.emplace_back(fault, by_ppb);
  }
  void fault_ended(std::int64_t true_ns, std::uint64_t fault) {
    advance(true_ns);
    std::erase_if(faults_, [&](const auto& one) {
      rate_ppb_ -= one.first == fault ? one.second : 0;
      return one.first == fault;
    });
  }

private:
  void advance(std::int64_t true_ns) {
    reading_ = at(true_ns);
    since_ = true_ns;
  }

  std::int64_t rate_ppb_ = 0;
  std::int64_t since_ = 0;
  std::int64_t reading_ = 0; ///< at that time
  std::vector<std::pair<std::uint64_t, std::int64_t>> faults_;
};

} // namespace squall::invariants
