// Everything that a server keeps: its tables over one connection, and who may touch them.
#pragma once

#include "engine/server/access.hpp"
#include "engine/server/audit_log.hpp"
#include "engine/server/change_log.hpp"
#include "engine/server/constraint_index.hpp"
#include "engine/server/dedupe_table.hpp"
#include "engine/server/derived.hpp"
#include "engine/server/device_table.hpp"
#include "engine/server/feed_part.hpp"
#include "engine/server/issuer_keys.hpp"
#include "engine/server/listeners.hpp"
#include "engine/server/replica.hpp"
#include "engine/server/row_table.hpp"
#include "engine/server/snapshot_table.hpp"
#include "engine/server/stamps.hpp"
#include "engine/server/task_table.hpp"
#include "engine/server/tombstone_table.hpp"
#include "engine/server/unit_of_work.hpp"

#include <memory>
#include <string>

namespace squall::server {

struct server_store {
  /// Opens or makes the store; a new one gets the options' grants. `counts` must outlive it.
  static result<std::unique_ptr<server_store>> open(const options& o, telemetry::counters& counts);

  server_store(std::unique_ptr<store::connection> connection, const options& o, telemetry::counters& counts);

  unit_of_work work_on(scope_id scope);
  /// Settles what is kept for forgetting, then `forget`.
  result<void> open_lifetimes();
  /// Makes durable what the operator says of devices that are out of contact.
  result<void> set_ruling(io::offline_rule rule);
  /// Gives, takes or changes a grant, in a transaction of its own. Result: how often its user's grants have changed then; nothing
  /// if it was so already.
  result<std::optional<std::uint64_t>> change_grant(const io::grant_change& c);
  /// Drops what is kept in memory, after a transaction that did not happen, and reads it anew.
  result<void> forget();
  /// `forget`, now or, where the disk that refused to write refuses to read too, when it is next asked to be `sure`.
  void doubt();
  /// Precondition of whatever works on the store. Errors: `storage`, while what is kept in memory cannot be read anew.
  result<void> sure();
  /// The store is put back from a copy: what follows is another history.
  result<void> begin_generation(std::uint64_t generation);
  /// What a client may stop keeping of a scope with this head.
  std::uint64_t backed_up(const feed_position& p) const;
  io::cursor position_of(const feed_position& p) const { return {log.generation(), p.head, p.version}; }

  const options& settings;
  telemetry::counters& counts;
  std::unique_ptr<store::connection> db;
  change_log log;
  entry_memory entries;
  dedupe_table dedupe;
  derivations derived;
  row_table rows;
  constraint_index constraints;
  task_table tasks;
  tombstone_table tombstones;
  device_table devices;
  snapshot_table snapshots;
  stamp_counter stamps;
  grant_table grants;
  audit_log audit;
  listeners told;                                   ///< of commits
  io::offline_rule ruling = io::offline_rule::full; ///< as stored
  std::string late_audit; ///< always empty, but where a sabotage point tears it from its commit
  time_ns mono = 0;       ///< of the event being handled
  issuer_keys keys;
  token_gate tokens;
  bool in_doubt = false; ///< what is kept in memory may not be what is stored
};

/// What each later generation began with, for who comes from an earlier one.
void tell_generations(const server_store& store, google::protobuf::RepeatedPtrField<wire::GenerationStart>& out);

} // namespace squall::server
