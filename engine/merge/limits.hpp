// What a record's own values must keep to: bounds of numbers, and which state may follow which. Looked at when all operations
// of an intent have been judged, on the rows as they would be left.
#pragma once

#include "engine/merge/decide.hpp"
#include "engine/merge/workspace.hpp"

#include <vector>

namespace squall::merge {

/// `bound` or `state` if a cell in `changed` is outside of its field's bounds, or in a state that may not follow the one before
/// the intent; `none` if all is well. `before`: the rows without the intent.
verdict_rule broken_limit(const schema& model, const std::vector<changed_field>& changed, workspace& after,
                          row_access& before, telemetry::counters& counts);

} // namespace squall::merge
