// Decisions made anew from an audit. The store is another server's fresh one, with the same settings.
#pragma once

#include "engine/server/audit_log.hpp"
#include "engine/server/server_store.hpp"

namespace squall::server {

/// The record as this store would have it: of an intent, judged now, at the server's clock that the record tells; of anything
/// else, as far as it could be done again. Errors: `storage`, `in_doubt`, `corrupt`.
result<audit_record> rejudge(server_store& store, const audit_record& r);

} // namespace squall::server
