// The tables of a client's store, and how an older store becomes a current one.
#pragma once

#include "engine/base/result.hpp"
#include "engine/store/sqlite.hpp"

#include <cstdint>

namespace squall::client {

/// Version of the store (SQLite's user_version) that this build writes.
std::int64_t current_store_version();

/// Makes the tables of a store that has none, inside the caller's transaction: the same as `migrate_store` from 0.
result<void> make_store(store::connection& db);

/// Takes a store of `version` to the current one, inside the caller's transaction. Precondition: version <= current.
result<void> migrate_store(store::connection& db, std::int64_t version);

} // namespace squall::client
