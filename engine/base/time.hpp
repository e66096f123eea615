// Time, everywhere in Squall, is a count of nanoseconds in a signed 64-bit integer: exact, ordered, and the same on every
// machine. There is no ambient clock: whoever needs the time is handed it.
#pragma once

#include <cstdint>

namespace squall {

/// A point in time, in ns. What it counts from depends on the clock (see `clock_reading`).
using time_ns = std::int64_t;
/// A length of time, in ns.
using duration_ns = std::int64_t;

inline constexpr duration_ns microsecond_ns = 1'000;
inline constexpr duration_ns millisecond_ns = 1'000'000;
inline constexpr duration_ns second_ns = 1'000'000'000;
inline constexpr duration_ns minute_ns = 60 * second_ns;
inline constexpr duration_ns hour_ns = 60 * minute_ns;

/// What a replica may know of the time when it handles an event.
struct clock_reading {
  /// Monotonic clock: counts from an arbitrary start, never steps. Timers and timeouts use it.
  time_ns mono = 0;
  /// Wall clock: ns since the Unix epoch as this machine believes it; may be wrong, may step. Stamps and tokens use it.
  time_ns wall = 0;
};

} // namespace squall
