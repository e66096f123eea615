// A record's way to another scope, with all that goes along.
#pragma once

#include "engine/merge/decide.hpp"
#include "engine/merge/workspace.hpp"

#include <optional>

namespace squall::merge {

/// Judges an intent that is one move of a known record, and moves it in `work`: the record, and by `cascade` its live
/// referrers, theirs too, each before the next one of the same record. Result: how the intent is held back; nothing if it
/// is not. Where no server has ordered the intent yet only a record that is deleted holds it back.
std::optional<decision> judge_move(const schema& model, const intent& in, const position& at, row_access& rows,
                                   workspace& work, telemetry::counters& counts);

} // namespace squall::merge
