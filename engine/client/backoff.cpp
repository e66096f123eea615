#include "engine/client/backoff.hpp"

#include "engine/base/hash.hpp"
#include "engine/base/keyed_draw.hpp"

#include <algorithm>

namespace squall::client {

namespace {

duration_ns doubled(duration_ns base, std::uint32_t times, duration_ns at_most) {
  for (std::uint32_t i = 0; i < times && base < at_most; ++i)
    base = base > at_most / 2 ? at_most : base * 2;
  return std::min(base, at_most);
}

duration_ns jittered(duration_ns delay, std::uint64_t bits) {
  const duration_ns half = delay / 2;
  return half + static_cast<duration_ns>(below(bits, static_cast<std::uint64_t>(delay - half) + 1));
}

} // namespace

std::uint64_t drawn(std::uint64_t entropy, const draw_name& name) noexcept {
  return draw(entropy, draw_domain::engine, mix(static_cast<std::uint64_t>(name.what), name.subject), name.attempt).low;
}

duration_ns backoff_delay(const sync_settings& s, std::uint64_t entropy, const draw_name& name,
                          telemetry::counters& counts) {
  const std::uint32_t doublings = name.attempt > 0 ? name.attempt - 1 : 0;
  const std::uint64_t bits = drawn(entropy, name);
  if (counts.sabotaged(telemetry::sabotage::jitter_before_cap))
    return std::min(jittered(doubled(s.backoff_base, doublings, 4 * s.backoff_cap), bits), s.backoff_cap);
  return jittered(doubled(s.backoff_base, doublings, s.backoff_cap), bits);
}

} // namespace squall::client
