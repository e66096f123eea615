// What is asked of an intent before any policy: is it well formed, may its author, are the records and tasks known, do the
// guards hold.
#pragma once

#include "engine/merge/decide.hpp"

namespace squall::merge {

/// The rule by which the intent is rejected at once; none if it is not.
verdict_rule refused_at_once(const schema& model, const intent& in, const position& at, row_access& rows);

} // namespace squall::merge
