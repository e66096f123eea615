// Lengths of time that are drawn, from given random bits, in integers.
#pragma once

#include "scenarios/plan.pb.h"

#include <cstdint>

namespace squall::scenarios {

/// A length of time of the given spread, >= 0.
std::int64_t draw_length(const Latency& spread, std::uint64_t bits);

/// Uniform in [low, high]. Precondition: low <= high.
std::int64_t draw_between(std::int64_t low, std::int64_t high, std::uint64_t bits);

} // namespace squall::scenarios
