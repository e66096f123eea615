// A scenario's fault rules, random ones too, as explicit entries: one for each time and each device.
#pragma once

#include "scenarios/scenario.pb.h"

namespace squall::scenarios {

/// Adds the faults, ascending by id. `plan` has its seed and topology.
void plan_faults(const Scenario& scenario, Plan& plan);

} // namespace squall::scenarios
