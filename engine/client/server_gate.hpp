// When this device may speak to the server, whatever about: not while the server asked it to wait, and seldom while the
// circuit breaker is open. And when the server last spoke to it. All by the monotonic clock; a restart forgets it.
#pragma once

#include "engine/client/breaker.hpp"
#include "engine/client/options.hpp"
#include "engine/client/status_codes.hpp"
#include "engine/telemetry/counters.hpp"

#include <cstdint>
#include <optional>

namespace squall::client {

class server_gate {
public:
  server_gate(const sync_settings& s, telemetry::counters& counts);

  /// How long nothing may be sent; 0: now.
  duration_ns closed_for(time_ns now) const noexcept;
  void sent(time_ns now) noexcept { breaker_.sent(now); }
  void timed_out(time_ns now); ///< or was answered in time with 5xx

  struct answer {
    std::uint32_t status = 0;
    std::uint64_t retry_after_ms = 0;
  };
  /// A reply of the server that can be read, to whichever request: a late one says as much about the server.
  void answered(const answer& a, time_ns now);

  /// An answer, other than a failure of the server, has come within `contact_within`.
  bool in_contact(time_ns now) const noexcept;

private:
  void failed(time_ns now);

  const sync_settings& settings_;
  telemetry::counters& counts_;
  breaker breaker_;
  time_ns held_until_ = 0; ///< the server asked so
  std::optional<time_ns> last_answer_;
};

} // namespace squall::client
