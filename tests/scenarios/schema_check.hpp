// A checker of the parts of JSON Schema draft-07 that the scenario schema uses; an unknown keyword is an error, so that a
// schema cannot pass by what the checker does not look at.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace squall::scenarios {

/// Empty if `value` is valid, else where and why not (the first reason found).
std::string schema_violation(const nlohmann::json& schema, const nlohmann::json& value, const std::string& where = "");

/// A YAML text as JSON, with YAML's own reading of plain numbers and booleans.
nlohmann::json yaml_as_json(std::string_view text);

} // namespace squall::scenarios
