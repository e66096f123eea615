// A scenario as the YAML that the loader reads, through the same key table: what one can read the other can write.
#pragma once

#include "scenarios/scenario.pb.h"

#include <string>

namespace squall::scenarios {

/// Loaded, this is `scenario` again (with defaults filled in). What is zero or empty is left out; variants are not written.
std::string to_yaml(const Scenario& scenario);

} // namespace squall::scenarios
