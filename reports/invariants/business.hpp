// How often the business's own rules are broken in the end: a measure of what a merge policy lets through, beside the
// invariants. Looked at in the server's state as the model has it.
#pragma once

#include "reports/invariants/model/world.hpp"
#include "scenarios/plan.pb.h"

#include <cstdint>
#include <map>
#include <string>

namespace squall::invariants {

/// The live records that break each rule, by the rule's name.
std::map<std::string, std::uint64_t> broken_rules(const scenarios::Plan& plan, const world& w);

} // namespace squall::invariants
