// A script: users' changes written out, as a person or a shrunk failure tells them. A step becomes one intention; its id is
// made of its device and its place in the script.
#pragma once

#include "scenarios/data_model.hpp"
#include "scenarios/scenario.pb.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace squall::scenarios {

/// The script's intentions, in its order. What is wrong is appended to `problems`; with nothing wrong the result is complete.
std::vector<Intention> resolve_script(const Scenario& scenario, const DataModel& model,
                                      std::vector<path_problem>& problems);

/// The id of the intention that the step of this name becomes; 0 if there is none.
std::uint64_t step_id(const Scenario& scenario, std::string_view name);

} // namespace squall::scenarios
