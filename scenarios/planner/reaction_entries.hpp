// Roles of users and what they do about what they are shown, written out for each device.
#pragma once

#include "scenarios/scenario.pb.h"

namespace squall::scenarios {

/// Gives each device of the plan's topology its user's role. `plan` has its seed and topology.
void plan_roles(const Scenario& scenario, Plan& plan);

/// Adds the reactions, ascending by id. A rule that is nobody's is left out. `plan` has its roles.
void plan_reactions(const Scenario& scenario, Plan& plan);

} // namespace squall::scenarios
