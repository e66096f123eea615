// A device's half of the sync engine: local writes, the action queue, the optimistic overlay and the sync session, over
// one SQLite store. Sans-I/O: see engine/io/io.hpp. Not thread safe.
//
// Promises: a `change_result` is returned only after record and intent are durable in one transaction. An intent leaves the
// send queue only in the transaction that makes a terminal verdict of exactly that intent durable.
#pragma once

#include "engine/client/options.hpp"
#include "engine/io/io.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace squall::client {

class replica {
public:
  /// Opens the store, creating or recovering it. Errors: `storage`, `corrupt`, `unsupported` (a newer store version).
  static result<std::unique_ptr<replica>> open(options o);
  ~replica();

  /// Handles one event. `out` is cleared first. If `out.failed` is set, the replica must be destroyed.
  void handle(const io::event& event, const clock_reading& now, io::effects& out);

  /// The record as asked for; nothing if it does not exist in that view. Deleted records are returned as deleted.
  result<std::optional<io::row_view>> read(const record_id& id, io::view_kind view);
  /// Every row of the view, ascending by id.
  result<void> export_rows(io::view_kind view, const std::function<void(const io::row_view&)>& sink);

  /// Every task that the device knows, of any scope, closed ones too, ascending by number.
  result<void> export_tasks(const std::function<void(const io::task_view&)>& sink);
  /// The version up to which it knows a scope's. Scope 0 here and below: the one that the device was set up with.
  std::uint64_t tasks_through(scope_id scope = {}) const;

  /// The commit sequence through which deleted records are forgotten; 0: none was told in the cursor's generation.
  std::uint64_t fence(scope_id scope = {}) const;

  /// The cursor in a scope; none if the device does not hold it.
  io::cursor position(scope_id scope) const;
  /// That the device holds, ascending.
  std::vector<scope_id> scopes() const;

  io::replica_status status() const;
  const telemetry::counters& counters() const;
  /// Gives back cached memory; the next event costs more.
  void release_memory();

private:
  struct impl;
  explicit replica(std::unique_ptr<impl> i);
  std::unique_ptr<impl> impl_;
};

} // namespace squall::client
