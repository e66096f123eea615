// The data model that a scenario's collections describe: shorthands resolved, formulas parsed, references checked.
#pragma once

#include "scenarios/model.pb.h"
#include "scenarios/scenario.pb.h"

#include <string>
#include <string_view>
#include <vector>

namespace squall::scenarios {

/// Something wrong with a scenario that is well formed: `path` ("collections.orders.policy") says with what.
struct path_problem {
  std::string path;
  std::string message;
};

/// Appends what is wrong to `problems`; with nothing wrong the result is complete.
DataModel resolve_model(const Scenario& scenario, std::vector<path_problem>& problems);

/// Null if there is none of that name.
const Collection* find_collection(const DataModel& model, std::string_view name);
const Field* find_field(const Collection& collection, std::string_view name);
/// The collection whose records belong to those of `parent`: the one with a reference to it that a derived field sums, else
/// the first with a reference to it. Null if there is none.
const Collection* child_of(const DataModel& model, const Collection& parent);
/// The field of `child` that refers to `parent`. Null if there is none.
const Field* reference_to(const Collection& child, std::string_view parent);

std::vector<std::string_view> collection_names(const DataModel& model);
/// Fields that users write: not derived ones.
std::vector<std::string_view> written_fields(const Collection& collection);

} // namespace squall::scenarios
