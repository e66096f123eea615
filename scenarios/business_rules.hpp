// What the business forbids, as a scenario says it: "reserved > on_hand", "left < 0", "order.status = shipped and content !=
// order.content". A record that satisfies the whole condition in the end has broken the rule. It is a measure of what a merge
// policy lets through, no invariant.
//
//   condition = clause { "and" clause }      clause  = operand ("=" | "!=" | "<" | "<=" | ">" | ">=") operand
//   operand   = field | reference "." field | integer | word      (a word that is no field of the record is a text)
#pragma once

#include "scenarios/data_model.hpp"

#include <string>
#include <vector>

namespace squall::scenarios {

/// The rules in the order of the file; appends what is wrong with them.
std::vector<BusinessRule> resolve_rules(const Scenario& scenario, const DataModel& model,
                                        std::vector<path_problem>& problems);

/// The condition as it may be written.
std::string condition_of(const BusinessRule& rule);

} // namespace squall::scenarios
