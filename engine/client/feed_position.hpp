// Where a replica stands in the feed, and what follows for its queue when it moves. Inside a transaction.
#pragma once

#include "engine/client/core.hpp"

#include <vector>

namespace squall::client {

/// Moves the cursor; the caller saves the state. In a new generation what the server acknowledged in the old one, and has
/// no backup of, is offered again.
void move_cursor(core& c, held_scope& in, const io::cursor& to, telemetry::cursor_cause cause);

/// Every intent whose commit the cursor has reached stops being folded in. Their records are appended to `changed`.
void drop_covered(core& c, std::vector<record_id>& changed);

} // namespace squall::client
