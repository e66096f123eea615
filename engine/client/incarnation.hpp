// Beginning a new incarnation: when another copy of this device used ours (fork), or when the server misses intents that
// are gone here (an unfillable gap). What is proven uncommitted goes on under new ids; the rest is quarantined.
#pragma once

#include "engine/client/core.hpp"

#include <functional>
#include <vector>

namespace squall::client {

/// The first incarnation of a new store. Inside a transaction.
void begin_first_incarnation(core& c);

/// Begins a new one, inside a transaction. Each queued intent of the old one that awaits a verdict and is `proven`
/// uncommitted gets an id in the new one, in order, and so do the records that it creates, wherever queued intents speak
/// of them; others are quarantined. Records whose visible state may change are appended to `changed`.
void begin_new_incarnation(core& c, const std::function<bool(const queued_intent&)>& proven,
                           std::vector<record_id>& changed);

} // namespace squall::client
