// Where a replica stands in the feed, and what follows for its queue when it moves. Inside a transaction.
#pragma once

#include "engine/client/core.hpp"

#include "engine/wire/sync.pb.h"

#include <vector>

namespace squall::client {

/// With what each later generation began, as the server told.
using generation_starts = google::protobuf::RepeatedPtrField<wire::GenerationStart>;

/// Moves the cursor in that scope; the caller saves the state. In a new generation what the server acknowledged in an old one,
/// and the copies that were put back since do not hold, is offered again: of all scopes, since it goes out in its order, but
/// only that of this one is folded in again. What was known of this scope's tasks is forgotten.
void move_cursor(core& c, held_scope& in, const io::cursor& to, telemetry::cursor_cause cause,
                 const generation_starts& starts);

/// Every intent whose commit the cursor has reached stops being folded in, and goes if the server has a backup of it. Their
/// records are appended to `changed`.
void drop_covered(core& c, std::uint64_t generation, std::uint64_t backed_up_through, std::vector<record_id>& changed);

} // namespace squall::client
