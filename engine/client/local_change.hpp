// A user's change becomes an accepted intent: ids, before-values, context and stamp are filled in, and record and intent
// are made durable in one transaction.
#pragma once

#include "engine/client/core.hpp"

namespace squall::client {

/// Sets `core.out->change`. Errors there: `invalid_argument` (malformed), `not_found` (an operation on a record that is not
/// visible here); both leave nothing behind. A failure of the store leaves its mark in the store.
void accept_change(core& c, const io::local_change& change);

} // namespace squall::client
