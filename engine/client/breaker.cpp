#include "engine/client/breaker.hpp"

#include <algorithm>
#include <limits>

namespace squall::client {

duration_ns breaker::closed_for(time_ns now) const noexcept {
  return open() ? std::max<duration_ns>(not_before_ - now, 0) : 0;
}

void breaker::sent(time_ns now) noexcept {
  if (open())
    not_before_ = now + settings_.open_for;
}

bool breaker::failed(time_ns now) noexcept {
  const bool before = open();
  if (failures_ < std::numeric_limits<std::uint32_t>::max())
    ++failures_;
  if (before || !open())
    return false;
  not_before_ = now + settings_.open_for;
  return true;
}

bool breaker::answered() noexcept {
  const bool before = open();
  failures_ = 0;
  return before;
}

} // namespace squall::client
