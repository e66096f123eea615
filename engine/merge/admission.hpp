// What is asked of an intent before any policy: is it well formed, may its author, are the records and tasks known, do the
// guards hold.
#pragma once

#include "engine/merge/decide.hpp"

namespace squall::merge {

/// The rule by which the intent is rejected at once; none if it is not.
verdict_rule refused_at_once(const schema& model, const intent& in, const position& at, row_access& rows);

/// The task that `op` resolves, if it is known here and about the same record; null if not, or if it resolves none.
const task* task_of(const operation& op, row_access& rows);

} // namespace squall::merge
