// What a run reached of overload, staleness and audit, and what restored servers undid. A part of the metrics.
#pragma once

#include "reports/invariants/judge.hpp"
#include "reports/invariants/model/world.hpp"

#include <span>

namespace squall::invariants {

class load_metrics {
public:
  static std::span<const invariant_info> names();

  void step(const entry& e);
  void finish(const world& w, std::map<std::string, std::uint64_t>& all) const;

private:
  std::uint64_t full_queue_refusals_ = 0;
  std::uint64_t offline_refusals_ = 0;
  std::uint64_t overload_refusals_ = 0;
  std::uint64_t invalidations_ = 0;
  std::uint64_t audit_rows_ = 0;
};

} // namespace squall::invariants
