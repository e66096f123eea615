// A scope's fence: behind it deleted records are forgotten. A pull moves it as far as age, open tasks and the cursors of the
// scope's living devices allow, before it is answered.
#pragma once

#include "engine/io/io.hpp"
#include "engine/server/server_store.hpp"

namespace squall::server {

/// Takes note of a pull that is judged at the reading `wall`: its device lives, and is as far as it tells. Moves the fence if
/// it can be moved then, in one transaction with what must be known of devices, and reports that. Does nothing where
/// nothing is ever forgotten. Errors: `storage` (nothing happened), `in_doubt`, `corrupt`.
result<void> note_pull(server_store& store, const device_table::telling& told, time_ns wall, io::effects& out);

/// Moves the fence to where an audit says that it was moved, with what is forgotten there. Errors: `corrupt` if nothing was deleted
/// at `fence`.
result<void> forget_through(server_store& store, scope_id scope, std::uint64_t fence, time_ns time);

/// Takes note of a push that is judged.
result<void> note_push(server_store& store, std::uint32_t device, time_ns wall);

} // namespace squall::server
