// Snapshots of a scope: every row at one feed position, cut into pages when it is made, so that the pages of one snapshot
// agree however long a reader takes. The newest few of a scope are kept.
#pragma once

#include "engine/server/row_table.hpp"
#include "engine/telemetry/counters.hpp"
#include "engine/wire/sync.pb.h"

#include <cstdint>
#include <optional>

namespace squall::server {

struct snapshot_info {
  std::uint64_t id = 0;
  std::uint64_t sequence = 0; ///< the feed position that it shows
  std::uint32_t pages = 0;    ///< >= 1
  hlc_stamp greatest;         ///< of the stamps of the scope's entries up to that position
};

class snapshot_table {
public:
  struct settings {
    std::uint32_t page_rows = 200;
    std::uint32_t kept = 4; ///< per scope
  };
  snapshot_table(store::connection& db, row_table& rows, telemetry::counters& counts, settings s)
      : db_(db), rows_(rows), counts_(counts), settings_(s) {}

  /// Where a scope's feed stands.
  struct point {
    std::uint64_t head = 0;
    hlc_stamp greatest; ///< of its entries' stamps
  };
  /// The newest snapshot if it shows the head, else a new one that does. Its own transaction. Precondition: `at` is where the
  /// scope stands.
  result<snapshot_info> at_head(scope_id scope, const point& at);
  /// Nothing if it is not kept, or of another scope.
  result<std::optional<snapshot_info>> find(std::uint64_t id, scope_id scope);
  /// Puts the rows of one page into `into`. Precondition: page < pages.
  result<void> read_page(const snapshot_info& snapshot, std::uint32_t page, wire::SnapshotResponse& into);
  /// A page cut from the rows as they are now, newest first; what a server without materialized pages would do.
  result<void> read_live(scope_id scope, std::uint32_t page, wire::SnapshotResponse& into);

private:
  result<std::optional<snapshot_info>> newest(scope_id scope);
  result<snapshot_info> make(scope_id scope, const point& at);
  result<std::uint32_t> write_pages(scope_id scope, std::uint64_t id);
  result<void> drop_old(scope_id scope);

  store::connection& db_;
  row_table& rows_;
  telemetry::counters& counts_;
  settings settings_;
};

} // namespace squall::server
