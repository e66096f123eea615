// Deleted records by the sequence of their deletion, with the server's time then: what a fence moves over. Kept only by a
// server that forgets; one that begins to takes what was deleted before as deleted now.
#pragma once

#include "engine/base/ids.hpp"
#include "engine/base/time.hpp"
#include "engine/merge/row.hpp"
#include "engine/server/row_table.hpp"
#include "engine/store/sqlite.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace squall::server {

class tombstone_table {
public:
  tombstone_table(store::connection& db, bool kept) : db_(db), kept_(kept) {}

  /// When the record was deleted; 0: it lives.
  static std::uint64_t buried_at(const merge::row& row) noexcept { return row.deleted ? row.presence_sequence : 0; }

  /// Makes the table agree with whether it is kept from now on. Its own transaction. Errors: `storage`, `corrupt`.
  result<void> open(row_table& rows, time_ns now);

  struct change {
    scope_id scope;
    const record_id& record;
    std::uint64_t before = 0; ///< `buried_at`
    std::uint64_t after = 0;
    time_ns now = 0; ///< the server's time
  };
  /// Inside a transaction.
  result<void> replace(const change& c);
  result<void> erase(scope_id scope, std::uint64_t s, const record_id& record);

  struct grave {
    std::uint64_t s = 0;
    record_id record;
    time_ns since = 0;
  };
  /// The scope's first in commit order; nothing if there is none.
  result<std::optional<grave>> oldest(scope_id scope);
  /// All that were deleted up to `through`, ascending by sequence and record.
  result<std::vector<grave>> up_to(scope_id scope, std::uint64_t through);
  /// True if one was deleted after `after`, up to `through`.
  result<bool> any_between(scope_id scope, std::uint64_t after, std::uint64_t through);

private:
  result<void> bury(scope_id scope, std::uint64_t s, const record_id& record, time_ns since);
  result<void> fill(row_table& rows, time_ns now);

  store::connection& db_;
  bool kept_;
};

} // namespace squall::server
