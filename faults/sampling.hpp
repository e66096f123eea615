// Random variates from given random bits, in integers: the same on every machine and compiler. Pure functions.
#pragma once

#include "engine/base/time.hpp"

#include <cstdint>

namespace squall::faults {

/// The standard normal quantile at (bits + 1/2) / 2^32, times 2^24. Piecewise linear over 16 parts of each octave of the tail
/// probability: within 0.0003 of the true quantile, out to +-6.3.
std::int32_t normal_quantile_q24(std::uint32_t bits) noexcept;

/// A lognormal delay: median * exp(sigma * z), z the normal quantile of `bits`. `median_ns` in [0, 1 h], `sigma_milli` (sigma
/// * 1000) in [0, 4000]. Relative error below 0.0004 * sigma + 0.0001, plus 1 ns; at most `lognormal_ns_max`.
duration_ns lognormal_ns(duration_ns median_ns, std::uint32_t sigma_milli, std::uint32_t bits) noexcept;
inline constexpr duration_ns lognormal_ns_max = 24 * hour_ns;

/// Uniform in [low, high], to within 2^-32 of the range. Precondition: low <= high.
constexpr duration_ns uniform_ns(duration_ns low, duration_ns high, std::uint32_t bits) noexcept {
  const auto range = static_cast<unsigned __int128>(high - low) + 1;
  return low + static_cast<duration_ns>(range * bits >> 32);
}

} // namespace squall::faults
