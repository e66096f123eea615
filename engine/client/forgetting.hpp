// Forgetting: what was deleted behind the fence that the server told is not kept, unless an own intent that is folded in works
// on it. Inside a transaction, with all rows written.
#pragma once

#include "engine/client/core.hpp"

namespace squall::client {

/// True if the fence, told in the cursor's generation, is news.
bool brings_fence(const held_scope& in, std::uint64_t generation, std::uint64_t told);

/// The fence that a page or snapshot told becomes this replica's. Precondition: the cursor is where that leads to.
void take_fence(core& c, held_scope& in, std::uint64_t told);

/// Forgets what can be forgotten by now.
void forget_behind_fence(core& c, const held_scope& in);
/// In each scope.
void forget_behind_fence(core& c);

} // namespace squall::client
