// Whether a server takes one more request: not while too many are under way, and not from a device that had its share of the
// last minute. Refused requests are not counted. In memory only.
#pragma once

#include "engine/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>

namespace squall::server {

class admission {
public:
  struct limits {
    std::size_t jobs_max = 0;              ///< under way; >= 1
    std::uint32_t requests_per_minute = 0; ///< of one device; 0: any
  };
  explicit admission(limits l) : limits_(l) {}

  enum class answer : std::uint8_t { welcome, too_many_jobs, too_many_requests };
  /// Counts the request if it is welcome. `now` is the monotonic clock.
  answer ask(std::uint32_t device, std::size_t jobs, time_ns now);

private:
  limits limits_;
  std::unordered_map<std::uint32_t, std::deque<time_ns>> recent_; ///< at most the limit each; looked up only
};

} // namespace squall::server
