// A plan as an exhaustive search runs it.
#pragma once

#include "engine/base/result.hpp"
#include "scenarios/plan.pb.h"

#include <cstdint>

namespace squall::campaigns {

inline constexpr int exhaustive_devices_max = 3;
inline constexpr int exhaustive_intentions_max = 12;

/// The same users, data and engine on a network without noise of its own, without faults, on disks that take no time, with
/// tokens that last: what is late, lost or in another order is for the search to say. The search begins with the first
/// instant at which two devices act, or where there is none, with the first act; what comes before is not varied.
/// Errors: `invalid_argument` (too large, or it has faults; the message says so).
result<scenarios::Plan> prepared(const scenarios::Plan& plan);

/// Whether the order in which users act decides by itself, through the stamps of their clocks.
bool stamps_decide(const scenarios::Plan& plan);

} // namespace squall::campaigns
