// Freezing: what chance did in a run becomes entries of the plan ("the second acknowledgement of that change is lost"), and the
// chances themselves go.
#pragma once

#include "scenarios/plan.pb.h"

#include <vector>

namespace squall::campaigns {

/// Frozen forms of the plan, the plainest first; each is a candidate, for what is left to chance (how long exactly each
/// message takes) may matter. None where nothing is left to freeze. Runs the plan once.
std::vector<scenarios::Plan> frozen(const scenarios::Plan& plan);

/// True where chance decides what becomes of messages.
bool has_noise(const scenarios::Plan& plan);

} // namespace squall::campaigns
