// What the parts of a replica share: its store and the memory of it, and the event being handled.
#pragma once

#include "engine/base/hlc.hpp"
#include "engine/client/action_queue.hpp"
#include "engine/client/backoff.hpp"
#include "engine/client/client_store.hpp"
#include "engine/client/options.hpp"
#include "engine/client/overlay.hpp"
#include "engine/client/row_flags.hpp"
#include "engine/client/scope_book.hpp"
#include "engine/client/server_gate.hpp"
#include "engine/io/io.hpp"
#include "engine/telemetry/counters.hpp"

#include <memory>

namespace squall::client {

struct core {
  core(options o, std::unique_ptr<client_store> opened);
  core(const core&) = delete;

  options config;
  telemetry::counters counts;
  std::unique_ptr<client_store> store;
  durable_state state;          ///< as stored, or as it will be when the transaction at hand commits
  scope_book scopes;            ///< as `state`
  std::vector<held_scope> left; ///< always empty, but where a sabotage point asks how it was in a scope that was purged
  action_queue queue;
  row_memory known_rows;
  overlay shown;
  row_flags flags;
  hybrid_clock clock;
  std::uint32_t surfaced = 0;
  std::uint64_t newest_generation = 0; ///< that anybody spoke of; what an earlier one says is out of date
  server_gate gate;
  bool may_shrink = true; ///< something went since the store was last looked at for idle pages

  // -- the event being handled --
  io::effects* out = nullptr;
  clock_reading now;

  bool failed() const noexcept { return store->failure().has_value(); }
  void hit(telemetry::probe p) { counts.hit(p); }
  /// How long nothing may be sent to the server; 0: now.
  duration_ns held_back() const noexcept { return gate.closed_for(now.mono); }
  bool sabotaged(telemetry::sabotage s) { return counts.sabotaged(s); }
  /// To be told once the transaction at hand is durable; nothing leaves if it fails.
  void report(const telemetry::fact& f) { out->facts.push_back(f); }

  /// True if the cursor of the intent's scope has reached where it committed.
  bool covers(const queue_row& q) const noexcept;
  /// The newest that the device has entered in any of its scopes: by it, what goes out is in order. 0: none yet.
  std::uint64_t generation() const noexcept;
  /// The newest position of the scope's feed that the server spoke of.
  void note_head(scope_id scope, std::uint64_t generation, std::uint64_t head);

  /// True if what is known in that scope is of an earlier generation of the feed, and proves nothing beside this one.
  bool is_behind(scope_id scope, std::uint64_t generation) const {
    const held_scope* in = scopes.find(scope);
    return in != nullptr && in->at.generation < generation;
  }

  /// True of an intent that is kept for the server's backup alone, which now has it.
  bool may_go(const queued_intent& q, std::uint64_t generation, std::uint64_t backed_up_through) const;

  /// Saves the state, and where the device stands in the scope that it was set up with.
  void save_state();
  /// Saves the state, and where the device stands in `in`.
  void save_state(const held_scope& in);
  void save_tasks(const held_scope& in);
  void save_fence(const held_scope& in);

  /// A reply speaks of this generation of the feed. False: of an earlier one than is known, it is to be ignored.
  bool note_generation(std::uint64_t generation);

  /// From now on stamps are later than this one, which the feed brought. The caller saves the state.
  void observe(const hlc_stamp& counted);

  // -- what verdicts and pages have in common; inside a transaction --
  /// `q` is not folded in any more; the records that it shows on are appended to `changed`.
  void unfold(queued_intent& q, std::vector<record_id>& changed);
  /// Lets kept intents go that the server has a backup of. True if there was one.
  bool prune(std::uint64_t generation, std::uint64_t backed_up_through);
  /// True if `prune` would find one.
  bool prunable(std::uint64_t generation, std::uint64_t backed_up_through) const;

private:
  void load_scopes();
  bool is_home(const held_scope& in) const noexcept { return in.scope == config.scope; }
};

} // namespace squall::client
