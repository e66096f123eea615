// How much to ask for at once. A request that got no answer in time may have been too large to be answered in time: it is
// halved until one is answered, then grows again, fast up to half of what failed and slowly beyond, as TCP does.
#pragma once

#include "engine/telemetry/counters.hpp"

#include <cstdint>

namespace squall::client {

class request_size {
public:
  /// Begins at `most`, which it never exceeds. Precondition: most >= 1.
  request_size(std::uint32_t most, telemetry::counters& counts);

  std::uint32_t now() const noexcept { return now_; }
  /// A request of this size was not answered in time.
  void timed_out(std::uint32_t size);
  /// A request of this size was answered as it should be. Smaller ones than `now` prove nothing.
  void answered(std::uint32_t size);

private:
  std::uint32_t most_;
  std::uint32_t now_;
  std::uint32_t doubled_up_to_;
  bool failing_ = false; ///< nothing was answered since the last timeout
  telemetry::counters& counts_;
};

} // namespace squall::client
