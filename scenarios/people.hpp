// Who the users are and how they react: roles and reactions, as a scenario says it.
#pragma once

#include "scenarios/data_model.hpp"

#include <string>
#include <vector>

namespace squall::scenarios {

/// Fills in what the file may leave out of its reactions.
void fill_reactions(Scenario& scenario);

/// Appends what is wrong with roles and reactions.
void check_people(const Scenario& scenario, const DataModel& model, std::vector<path_problem>& problems);

} // namespace squall::scenarios
