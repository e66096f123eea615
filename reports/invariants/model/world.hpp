// The judge's model of a run, as the history tells it so far: shared by all who add to it and read-only for the invariants.
#pragma once

#include "reports/invariants/model/callers.hpp"
#include "reports/invariants/model/drift_tally.hpp"
#include "reports/invariants/model/facts.hpp"
#include "reports/invariants/model/lifetimes.hpp"
#include "reports/invariants/model/stamps.hpp"

#include <tsl/robin_map.h>

namespace squall::invariants {

struct device_fact {
  std::uint32_t scope = 0;
  std::uint32_t user = 0;
  std::uint32_t incarnation = 1;
  bool known = false; ///< a participant entry named it

  // -- confirmed state -------------------------------------------------------------------------------------------------
  std::uint64_t generation = 0;
  std::uint64_t cursor = 0;
  position at = 0;
  /// After a crash the device may be ahead of what it told: until it shows its cursor, its state is not judged.
  bool in_doubt = false;
  /// A snapshot holds an intent of its own whose verdict it has not got: it cannot tell, so its overlay is not judged.
  bool overlay_in_doubt = false;
  std::uint64_t served_to = 0; ///< greatest cursor that any page offered it

  // -- local writes ----------------------------------------------------------------------------------------------------
  std::vector<intent_index> pending;     ///< still folded into what the user sees, in order
  std::vector<intent_index> unverdicted; ///< no durable verdict, in order
  std::vector<effect> overlay;           ///< of the first `folded` of `pending`, on the state at `overlay_base`
  std::size_t folded = 0;
  position overlay_base = 0;
  std::uint32_t in_doubt_writes = 0; ///< local commits that may have happened
  bool resolving = false;            ///< some pending intent resolves a task
  position forgotten = 0;            ///< it has forgotten tombstones with a presence up to there ...
  std::vector<kept_record> kept;     ///< ... but for these
  bool swapped = false;              ///< took a snapshot with writes pending
  position snapshot_at = 0;          ///< commits up to there it knows only by what was left of them
  std::uint64_t tasks_told = 0;      ///< changes of its scope's tasks that a page which reached it had to hold

  // -- stamps, as counted by the server ------------------------------------------------------------------------------
  stamp counted; ///< of its newest intent that committed ...
  std::uint32_t counted_incarnation = 0;
  std::uint32_t counted_seq = 0; ///< ... and whose that was

  std::int64_t clock = 0; ///< greatest reading of its wall clock
  bool clock_known = false;
  bool synced_shown = false; ///< the last word that its user was told
  bool down = false;
  bool exported = false; ///< its last export ...
  bool settled = false;  ///< ... was of a device at rest
};

struct world {
  static constexpr std::uint32_t participants_max = 1U << 24;

  explicit world(const scenarios::DataModel& model, std::uint64_t first_sequence, std::int64_t stamp_bound_ns = 0,
                 const lifetime_settings& lives = {}, std::int64_t stale_after_ns = 0,
                 const caller_settings& calls = {})
      : rules(model), server(rules, first_sequence), resolve(rules, server, intents),
        stamp_bound(stamp_bound_ns == 0 ? stamp_bound_default_ns : stamp_bound_ns), lifetimes(lives),
        drift(stale_after_ns), callers(calls) {}

  device_fact& device(std::uint32_t actor) {
    if (actor > participants_max)
      throw bad_history("an entry names a participant that no run has");
    if (actor >= devices.size())
      devices.resize(actor + 1);
    return devices[actor];
  }
  bool is_granted(std::uint32_t user, std::uint32_t scope) const {
    return grants.contains(std::uint64_t{user} << 32 | scope);
  }
  bool is_granted(const device_fact& d) const { return is_granted(d.user, d.scope); }
  std::uint32_t role_of(const device_fact& d) const {
    const auto found = grants.find(std::uint64_t{d.user} << 32 | d.scope);
    return found == grants.end() ? 0 : found->second;
  }
  /// One of its pending intents resolves a task that somebody else has closed: what its user should see depends on whether
  /// the device knows that.
  bool resolves_closed_task(const device_fact& d) const;
  bool is_tombstone(const death& one) const {
    const auto* row = server.row(one.record, server.head());
    return row != nullptr && !row->live && row->at == one.at;
  }
  /// The server knows no more of the record than of one that never was, though it did.
  bool is_forgotten(record_index record) const {
    const auto* row = server.row(record, server.head());
    return row != nullptr && !row->live && row->at <= lifetimes.through(server.scope_of(record));
  }
  /// A pending intent is about a tombstone that was there before a snapshot, and may be none in it.
  bool tombstones_in_doubt(const device_fact& d) const;
  std::string name(intent_index intent) const {
    if (intent == 0)
      return "nobody";
    return intent > names->intents() ? "an intent that is not" : to_string(names->intent(intent));
  }

  rule_book rules;
  state server;
  intent_table intents;
  resolver resolve;
  task_table tasks;
  server_time clock;
  std::int64_t stamp_bound;
  lifetime_book lifetimes;
  drift_tally drift;
  caller_book callers;
  std::vector<device_fact> devices;                            ///< by participant; 0 is the server
  tsl::robin_map<std::uint64_t, std::uint32_t, spread> grants; ///< user and scope -> role; looked up only
  std::uint64_t generation = 0;                                ///< of the newest commit
  bool generation_changed = false;
  std::uint64_t told_s = 0; ///< greatest `s` in any verdict that a device has
  std::int64_t now = 0;
  std::int64_t healed_at = -1;
  std::int64_t grants_changed_at = -1;
  const history::name_table* names = nullptr;
  facts seen; ///< of the current entry
  tally done;
};

} // namespace squall::invariants
