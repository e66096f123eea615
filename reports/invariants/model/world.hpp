// The judge's model of a run, as the history tells it so far: shared by all who add to it and read-only for the invariants.
#pragma once

#include "reports/invariants/model/callers.hpp"
#include "reports/invariants/model/drift_tally.hpp"
#include "reports/invariants/model/facts.hpp"
#include "reports/invariants/model/grants.hpp"
#include "reports/invariants/model/lifetimes.hpp"
#include "reports/invariants/model/stamps.hpp"

#include <algorithm>

namespace squall::invariants {

/// What a device has of one scope.
struct replica_fact {
  std::uint32_t scope = 0;
  bool held = false; ///< by the grants that the device was told
  std::uint64_t generation = 0;
  std::uint64_t cursor = 0;
  position at = 0;
  /// After a crash the device may be ahead of what it told: until it shows its cursor, its state is not judged.
  bool in_doubt = false;
  /// A snapshot holds an intent of its own whose verdict it has not got: it cannot tell, so its overlay is not judged.
  bool overlay_in_doubt = false;
  /// Generations in which it was served, ascending, each with the greatest cursor that any page offered it.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> served;
  position forgotten = 0;   ///< it has forgotten tombstones with a presence up to there, but for those that are kept
  bool swapped = false;     ///< took a snapshot with writes pending
  position snapshot_at = 0; ///< commits up to there it knows only by what was left of them
  std::uint64_t tasks_told = 0; ///< changes of the scope's tasks that a page which reached it had to hold
  bool exported = false;        ///< its last export ...
  bool settled = false;         ///< ... was of a replica at rest

  std::uint64_t served_in() const { return served.empty() ? 0 : served.back().first; }
  std::uint64_t served_to(std::uint64_t in) const {
    const auto of = std::find_if(served.begin(), served.end(), [&](const auto& one) { return one.first == in; });
    return of == served.end() ? 0 : of->second;
  }
};

struct device_fact {
  std::uint32_t scope = 0; ///< of its own team
  std::uint32_t user = 0;
  std::uint32_t incarnation = 1;
  bool known = false; ///< a participant entry named it

  // -- scopes ----------------------------------------------------------------------------------------------------------
  std::uint64_t grants = 1;           ///< the version that it was told, ...
  std::uint32_t grants_after = 0;     ///< ... after so many restores of the server, ...
  std::uint32_t grant_step = 0;       ///< ... which is that of the book
  std::vector<replica_fact> replicas; ///< ascending; of every scope that it ever had to do with
  std::uint64_t newest = 0;           ///< of the generations that its cursors have entered
  std::vector<unseen_stay> unseen;
  std::vector<horizon> purged;   ///< in that one: of scopes that it lost
  std::vector<horizon> horizons; ///< of those that it holds or lost, as of the overlay

  // -- local writes ----------------------------------------------------------------------------------------------------
  std::vector<intent_index> pending;     ///< folded into what the user sees, where their scopes are held, in order
  std::vector<intent_index> unverdicted; ///< no durable verdict, in order
  std::vector<effect> overlay;           ///< of the first `folded` of `pending`, on the state at `horizons`
  std::size_t folded = 0;
  std::vector<intent_index> acknowledged; ///< had a durable verdict with an effect; empty where there are no backups
  std::vector<intent_index> uncertain;    ///< were undone, and it may or may not have them still
  std::vector<intent_index> to_relabel;   ///< of the incarnation before: what may get another name
  std::uint32_t in_doubt_writes = 0;      ///< local commits that may have happened
  bool resolving = false;                 ///< some pending intent resolves a task
  std::vector<kept_record> kept;

  // -- stamps, as counted by the server ------------------------------------------------------------------------------
  stamp counted; ///< of its newest intent that committed ...
  std::uint32_t counted_incarnation = 0;
  std::uint32_t counted_seq = 0; ///< ... and whose that was

  stamp seen_before; ///< the greatest that it saw in what it does not have any more

  std::int64_t clock = 0; ///< greatest reading of its wall clock
  bool clock_known = false;
  bool synced_shown = false; ///< the last word that its user was told
  bool down = false;
  bool revoked = false; ///< it gets no token any more

  replica_fact& replica(std::uint32_t number);
  /// An empty one, if it has none.
  const replica_fact& find(std::uint32_t number) const;
  bool holds(std::uint32_t number) const { return find(number).held; }
  bool in_doubt() const {
    return std::any_of(replicas.begin(), replicas.end(), [](const auto& one) { return one.held && one.in_doubt; });
  }
  /// Its cursors are of several generations of the feed.
  bool between_generations() const {
    const auto of_feed = [](const auto& one) { return one.held && one.generation != 0; };
    const auto first = std::find_if(replicas.begin(), replicas.end(), of_feed);
    return std::any_of(first, replicas.end(),
                       [&](const auto& one) { return of_feed(one) && one.generation != first->generation; });
  }
  /// Some replica was exported; and all that were, and that it holds, are at rest.
  bool exported() const {
    return std::any_of(replicas.begin(), replicas.end(), [](const auto& one) { return one.held && one.exported; });
  }
  bool settled() const {
    return std::all_of(replicas.begin(), replicas.end(),
                       [](const auto& one) { return !one.held || !one.exported || one.settled; });
  }
};

struct world {
  static constexpr std::uint32_t participants_max = 1U << 24;

  explicit world(const scenarios::DataModel& model, std::uint64_t first_sequence, std::int64_t stamp_bound_ns = 0,
                 const lifetime_settings& lives = {}, std::uint32_t teams = 0, std::int64_t stale_after_ns = 0,
                 const caller_settings& calls = {})
      : rules(model, teams), server(rules, first_sequence), resolve(rules, server, intents),
        stamp_bound(stamp_bound_ns == 0 ? stamp_bound_default_ns : stamp_bound_ns), lifetimes(lives),
        drift(stale_after_ns), callers(calls) {}

  /// From the beginning on: the plan asks for backups.
  void keep_copies() {
    keeps_copies = true;
    tasks.keep_steps();
  }

  device_fact& device(std::uint32_t actor) {
    if (actor > participants_max)
      throw bad_history("an entry names a participant that no run has");
    if (actor >= devices.size())
      devices.resize(actor + 1);
    return devices[actor];
  }
  /// At the server, now.
  bool is_granted(std::uint32_t user, std::uint32_t scope) const { return grants.now(user).holds(scope); }
  /// What the device was told.
  const grant_set& told_grants(const device_fact& d) const { return grants.of(d.grant_step); }
  /// A record that has moved is where the newest of the device's cursors has it: which that is cannot be told.
  bool moves_in_doubt(const device_fact& d) const {
    return server.any_moved() && (d.in_doubt() || (restores != 0 && d.between_generations()));
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
  /// What the device's user should see cannot be told: it may know more than it has told, or cannot know all.
  bool overlay_in_doubt(const device_fact& d) const {
    return resolves_closed_task(d) || tombstones_in_doubt(d) ||
           std::any_of(d.replicas.begin(), d.replicas.end(),
                       [](const auto& one) { return one.held && one.overlay_in_doubt; });
  }
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
  grant_book grants;
  drift_tally drift;
  caller_book callers;
  std::vector<device_fact> devices;    ///< by participant; 0 is the server
  std::uint64_t generation = 0;        ///< of the feed; 0: not known yet
  std::uint32_t restores = 0;          ///< how often the server was restored
  bool keeps_copies = false;           ///< the plan asks for backups
  std::uint64_t backed_up_through = 0; ///< what the newest copy in this generation holds
  std::uint64_t step = 0;              ///< number of the current entry
  std::uint64_t told_s = 0;            ///< greatest `s` in any verdict that a device has
  std::int64_t now = 0;
  std::int64_t healed_at = -1;
  const history::name_table* names = nullptr;
  facts seen; ///< of the current entry
  tally done;
};

} // namespace squall::invariants
