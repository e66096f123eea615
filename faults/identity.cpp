#include "faults/identity.hpp"

#include <algorithm>

namespace squall::faults {

duration_ns token_timeline::issuer_lag(endpoint_id device, time_ns now) const {
  const auto found = by_device_.find(device);
  if (found == by_device_.end())
    return 0;
  // The server accepts a token up to `ends + leeway_ns_`.
  const time_ns natural_end = now + lifetime_ns_;
  time_ns ends = natural_end;
  for (const token_expiry& e : found->second) {
    if (now + e.spare_ns <= e.at_ns)
      ends = std::min(ends, e.at_ns - leeway_ns_);
    if (now >= e.at_ns && now - e.at_ns < e.for_ns)
      ends = std::min(ends, now + e.lifetime_ns);
  }
  // A token that ends when it is issued would be of no use to anyone, and no issuer gives such.
  return natural_end - std::max(ends, now + 1);
}

} // namespace squall::faults
