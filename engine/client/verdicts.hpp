// What verdicts do to the queue and the overlay: the one place where an intent leaves the send queue.
#pragma once

#include "engine/client/core.hpp"

#include <vector>

namespace squall::client {

/// True for the verdicts that end an intent: applied, merged, superseded, conflicted, rejected.
bool is_terminal(verdict_kind kind) noexcept;

/// Makes terminal verdict `v` of `id` part of the transaction at hand. `generation`: the feed generation of its sequence.
/// Records whose visible state may change are appended to `changed`; the caller refolds them. Does nothing if the intent
/// is not in the queue or has its verdict already.
void settle(core& c, const intent_id& id, const verdict& v, std::uint64_t generation, std::vector<record_id>& changed);

/// The server lost an intent that it had acknowledged: it waits for a verdict again. The caller recounts the queue.
void offer_again(core& c, queued_intent& q);

/// Takes `id` out of sight and out of sending, and tells the user: whether it took effect cannot be proven.
void quarantine(core& c, const intent_id& id, std::vector<record_id>& changed);

} // namespace squall::client
