// How long to wait before trying again: doubling from a base up to a cap, then jitter, so that replicas that failed together
// do not come back together.
#pragma once

#include "engine/base/time.hpp"
#include "engine/client/options.hpp"
#include "engine/telemetry/counters.hpp"

#include <cstdint>

namespace squall::client {

/// What waits; part of the key of its draws.
enum class purpose : std::uint32_t {
  push = 1,
  pull = 2,
  credentials = 3,
  correlation = 4,
  nonce = 5,
  device_key = 6,
  incarnation = 7,
  reconnect = 8,
  invalidation = 9,
};

/// Names one draw of a replica: what for, about what, and the how-manieth attempt.
struct draw_name {
  purpose what{};
  std::uint64_t subject = 0;
  std::uint32_t attempt = 0;
};

/// 64 random bits that (entropy, name) always gives.
std::uint64_t drawn(std::uint64_t entropy, const draw_name& name) noexcept;

/// The delay before attempt `name.attempt + 1`, after `name.attempt` >= 1 failures: uniform in [c/2, c] where c is
/// base * 2^(attempt - 1), at most the cap.
duration_ns backoff_delay(const sync_settings& s, std::uint64_t entropy, const draw_name& name,
                          telemetry::counters& counts);

} // namespace squall::client
