// The server's half of the sync engine: push, pull, snapshots, over one SQLite store that holds the append-only change log,
// the materialized view, the dedupe table and the verdicts. Sans-I/O: see engine/io/io.hpp. Not thread safe.
//
// The server yields between transactions: a request becomes a job; each `resume` runs one transaction of it and either
// answers or yields again. Jobs of different requests interleave as the host likes; jobs of one incarnation's pushes run
// one at a time, in arrival order.
#pragma once

#include "engine/io/io.hpp"
#include "engine/merge/schema.hpp"
#include "engine/store/sqlite.hpp"
#include "engine/telemetry/counters.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace squall::security {
class signature_memory;
}

namespace squall::server {

struct audit_record;

/// Who may read and write what. Initial grants; a server that has a store keeps the store's.
struct grant {
  std::uint32_t user = 0;
  scope_id scope;
  std::uint8_t role = 0; ///< what field rules by role compare; 0: none
  bool operator==(const grant&) const = default;
};

struct options {
  endpoint_id self;
  std::shared_ptr<const merge::schema> model;
  std::string issuer_key; ///< Ed25519 public key that access tokens are signed with
  std::vector<grant> grants;
  std::uint64_t entropy = 0;
  std::uint64_t first_sequence = 1;       ///< commit sequence of a new store's first intent
  std::uint32_t retention_entries = 0;    ///< feed entries kept in each scope; 0: all. Older cursors get a resync
  std::uint32_t page_limit_max = 500;     ///< entries in a page, whatever the client asks; >= 1
  std::uint32_t page_tasks_max = 10;      ///< tasks in a page, each with its branches; >= 1
  std::uint32_t snapshot_page_rows = 200; ///< rows in a snapshot page; >= 1
  std::uint32_t snapshots_kept = 4;       ///< per scope; >= 1
  duration_ns stamp_bound = minute_ns;    ///< how far ahead of this server's time a stamp counts as it is
  duration_ns tombstones_for = 0;         ///< deleted records are forgotten so long after, at the earliest; 0: never
  duration_ns device_expires_after = 0;   ///< a device unheard of for longer holds up no forgetting; 0: none does so
  duration_ns token_leeway = 0;           ///< a token is good so long after its expiry, by this server's clock
  std::uint32_t jobs_max = 100'000;       ///< requests under way, beyond which one more gets 503; >= 1
  std::uint32_t requests_per_minute = 0;  ///< of one device, beyond which one more gets 429; 0: any
  duration_ns invalidate_for = 0;         ///< after a pull its device is told of commits for so long; 0: never
  duration_ns overload_retry_after = second_ns; ///< what those are asked to wait; >= 0
  store::open_options store;
  security::signature_memory* signatures = nullptr; ///< of this process, if it has one; outlives the server
  telemetry::sabotage_set sabotages;
};

class replica {
public:
  /// Errors: `storage`, `corrupt`, `unsupported`, `invalid_argument` (options out of range).
  static result<std::unique_ptr<replica>> open(options o);
  ~replica();

  /// Handles one event. `out` is cleared first. If `out.failed` is set, the replica must be destroyed.
  void handle(const io::event& event, const clock_reading& now, io::effects& out);

  /// Every row of one scope's materialized view, ascending by id.
  result<void> export_rows(scope_id scope, const std::function<void(const io::row_view&)>& sink);
  /// Every task of the scope, closed ones too, ascending by number.
  result<void> export_tasks(scope_id scope, const std::function<void(const io::task_view&)>& sink);
  /// Grows with each change of a task of the scope; 0: there is none.
  result<std::uint64_t> tasks_through(scope_id scope);
  /// The scope's fence: what was deleted at or below it is forgotten.
  result<std::uint64_t> fence(scope_id scope);
  /// Newest commit sequence of the scope and its generation.
  result<io::cursor> head(scope_id scope);

  /// Everything that was ever decided, and what it rested on, in order; see audit_log.hpp.
  result<void> read_audit(const std::function<void(audit_record&&)>& sink);
  /// Takes the next record of another server's audit: judges its intent anew, or changes what the record says was changed.
  /// Result: the record as this server would have written it. Errors: `storage`, `corrupt`.
  result<audit_record> rejudge(const audit_record& r);

  io::replica_status status() const;
  const telemetry::counters& counters() const;

private:
  struct impl;
  explicit replica(std::unique_ptr<impl> i);
  std::unique_ptr<impl> impl_;
};

} // namespace squall::server
