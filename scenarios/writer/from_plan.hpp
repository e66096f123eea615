// A plan told as a scenario: the way back. Every intention becomes a step of a script, every fault a fault at its time, so a
// person can read, change and run it again without the plan.
#pragma once

#include "engine/base/result.hpp"
#include "scenarios/scenario.pb.h"

namespace squall::scenarios {

/// As from the loader before defaults are filled in. Planned again it is the same story under new ids. Errors:
/// `unsupported`: the plan has what no scenario can say (the message names it).
result<Scenario> scenario_from(const Plan& plan);

} // namespace squall::scenarios
