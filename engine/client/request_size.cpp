#include "engine/client/request_size.hpp"

#include <algorithm>

namespace squall::client {

request_size::request_size(std::uint32_t most, telemetry::counters& counts)
    : most_(most), now_(most), doubled_up_to_(most), counts_(counts) {}

void request_size::timed_out(std::uint32_t size) {
  const std::uint32_t half = std::max<std::uint32_t>(std::min(size, now_) / 2, 1);
  // The first of several timeouts in a row says what was too much. Those after it may have another cause: no network.
  if (!failing_)
    doubled_up_to_ = std::max<std::uint32_t>(now_ / 2, 1);
  failing_ = true;
  if (size <= 1 || half == now_)
    return;
  now_ = half;
  counts_.hit(telemetry::probe::request_made_smaller);
}

void request_size::answered(std::uint32_t size) {
  failing_ = false;
  if (size < now_ || now_ == most_)
    return;
  const std::uint32_t grown = now_ < doubled_up_to_ ? std::min(2 * now_, doubled_up_to_) : now_ + now_ / 8 + 1;
  now_ = std::min(grown, most_);
  counts_.hit(telemetry::probe::request_made_larger);
}

} // namespace squall::client
