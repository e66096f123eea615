// Where a replica stands in the feed, and what follows for its queue when it moves. Inside a transaction.
#pragma once

#include "engine/client/core.hpp"

#include <vector>

namespace squall::client {

/// Moves the cursor; the caller saves the state. In a new generation what the server acknowledged in the old one, and has
/// no backup of, is offered again.
void move_cursor(core& c, held_scope& in, const io::cursor& to, telemetry::cursor_cause cause);

/// Every intent whose commit the cursor has reached stops being folded in, and goes if the server has a backup of it. Their
/// records are appended to `changed`.
void drop_covered(core& c, std::uint64_t generation, std::uint64_t backed_up_through, std::vector<record_id>& changed);

} // namespace squall::client
