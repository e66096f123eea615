// What the users of one plan mean to do: the initial records, then each workload on each device.
#pragma once

#include "scenarios/scenario.pb.h"

#include <cstdint>

namespace squall::scenarios {

/// Adds the intentions, ascending by id. `plan` has its seed, model and topology.
void plan_intentions(const Scenario& scenario, Plan& plan);

} // namespace squall::scenarios
