// Numbers that a plan draws, from given random bits, in integers.
#pragma once

#include "scenarios/reactions/lengths.hpp"
#include "scenarios/scenario.pb.h"

#include <cstdint>

namespace squall::scenarios {

/// One of `any_of`, or uniform in [low, high].
std::int64_t draw_choice(const Choice& choice, std::uint64_t bits);

/// Uniform in [-most, most]. Precondition: most >= 0.
std::int64_t draw_around_zero(std::int64_t most, std::uint64_t bits);

} // namespace squall::scenarios
