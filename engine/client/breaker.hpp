// A circuit breaker: after so many failures in a row the other side gets at most one request in each period, until it answers.
// Knows nothing of requests, timers or whom they go to. Same calls -> same answers.
#pragma once

#include "engine/base/time.hpp"

#include <cstdint>

namespace squall::client {

class breaker {
public:
  struct settings {
    std::uint32_t after = 0;  ///< failures in a row that open it; 0: nothing does
    duration_ns open_for = 0; ///< >= 0
  };
  explicit breaker(settings s) : settings_(s) {}

  bool open() const noexcept { return settings_.after > 0 && failures_ >= settings_.after; }
  /// How long nothing may be sent; 0: now. `now` never runs back from one call to the next.
  duration_ns closed_for(time_ns now) const noexcept;

  void sent(time_ns now) noexcept;
  /// A request timed out, or was answered by a failure of the other side. True if that opened it.
  bool failed(time_ns now) noexcept;
  /// The other side answered as one that works. True if that closed it.
  bool answered() noexcept;

private:
  settings settings_;
  std::uint32_t failures_ = 0; ///< in a row
  time_ns not_before_ = 0;     ///< while it is open
};

} // namespace squall::client
