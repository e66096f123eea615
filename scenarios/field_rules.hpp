// What a field holds and what becomes of concurrent writes of it, from the way in which a person writes it. Which rules there
// are depends on the collection's policy.
#pragma once

#include "scenarios/data_model.hpp"

#include <string>
#include <vector>

namespace squall::scenarios {

/// Fills in all of `out` but what names other collections' fields (formulas). `path` is the field's in the file.
void resolve_field(const Scenario& scenario, const CollectionSpec& in, const FieldSpec& spec, const std::string& path,
                   Field& out, std::vector<path_problem>& problems);

/// Rules that fields can have under a policy by which fields come together one by one; empty for the others.
std::vector<std::string_view> rules_known_to(std::string_view policy);

} // namespace squall::scenarios
