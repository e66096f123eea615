// Statuses of replies, by the numbers that HTTP gave them.
#pragma once

#include "engine/base/time.hpp"

#include <algorithm>
#include <cstdint>

namespace squall::client {

inline constexpr std::uint32_t status_ok = 200;
inline constexpr std::uint32_t status_unauthorized = 401;
inline constexpr std::uint32_t status_forbidden = 403;
inline constexpr std::uint32_t status_gone = 410;
inline constexpr std::uint32_t status_too_many = 429;
inline constexpr std::uint32_t status_internal = 500;
inline constexpr std::uint32_t status_unavailable = 503;

/// A peer may ask for a day at most: a wrong number must not stop this replica for ever.
constexpr duration_ns bounded_retry_after(std::uint64_t ms) {
  constexpr std::uint64_t at_most_ms = 24ull * 3600 * 1000;
  return static_cast<duration_ns>(std::min(ms, at_most_ms)) * millisecond_ns;
}

} // namespace squall::client
