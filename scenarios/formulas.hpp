// Formulas of derived fields: sum(lines.quantity * lines.price), hash(lines.sku, lines.quantity).
#pragma once

#include "scenarios/data_model.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace squall::scenarios {

/// Fills in what `out`, a field of `in`, is derived from. `path` is the formula's in the file.
void resolve_formula(const DataModel& model, const Collection& in, const std::string& formula, const std::string& path,
                     Field& out, std::vector<path_problem>& problems);

/// The formula of a derived field.
std::string formula_of(const Field& field);

} // namespace squall::scenarios
