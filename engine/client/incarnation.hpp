// Beginning a new incarnation: when another copy of this device used ours (fork), or when the server misses intents that
// are gone here (an unfillable gap). What is proven uncommitted goes on under new ids; the rest is quarantined.
#pragma once

#include "engine/client/core.hpp"

#include <functional>
#include <vector>

namespace squall::client {

/// The first incarnation of a new store. Inside a transaction.
void begin_first_incarnation(core& c);

/// What becomes of an intent that awaits a verdict when a new incarnation begins.
enum class fate : std::uint8_t {
  renamed, ///< proven uncommitted: it gets an id in the new one, in order
  unknown, ///< nothing can be proven of it: quarantined
  stays,   ///< it is sent on under the id that it has
};

/// Begins a new one, inside a transaction. With an intent that is renamed go the records that it creates, wherever later
/// renamed intents speak of them. Records whose visible state may change are appended to `changed`.
void begin_new_incarnation(core& c, const std::function<fate(const queued_intent&)>& fate_of,
                           std::vector<record_id>& changed);

} // namespace squall::client
