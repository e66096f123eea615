// Plan -> History: runs one plan on one system under test. Deterministic: the same plan and system give the same history,
// byte for byte, whatever else runs in the process before it. One thread; one run at a time in a process (SQLite's
// randomness is the process's).
#pragma once

#include "actors/chance.hpp"
#include "actors/port/participant.hpp"
#include "reports/history/sink.hpp"
#include "scenarios/plan.pb.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace squall::actors {

class turn_chooser;
class watcher;

struct simulation_options {
  system_under_test* system = nullptr; ///< required
  std::vector<history::sink*> sinks;   ///< each gets every entry, in order
  bool remember_texts = false;         ///< keep the texts behind digests in the name table, for reports
  const bool* stop = nullptr;          ///< where set and true, the run ends early (Ctrl-C)
  /// At every so-many-th send of a client its promises are checked on a copy of its disk (promises.hpp). 0: never. Changes
  /// neither the history nor any draw.
  std::uint32_t check_promises_every = 0;
  std::vector<chance>* chances =
      nullptr; ///< gets what chance did to each message. Changes neither history nor any draw
  /// Decides what happens next from the plan's `schedule.from_ns` on (turns/turn.hpp). Null: the plan's schedule does, where
  /// it has one.
  turn_chooser* turns = nullptr;
  /// Called at the end with a copy of the server's disk, which is gone afterwards.
  std::function<void(const store_place& server)> look_at_server;
  watcher* watch = nullptr; ///< asked between any two events (inspect/watcher.hpp); changes neither history nor draws
};

/// A promise that a power loss at a send would have broken.
struct broken_promise {
  std::int64_t at_ns = 0;
  std::uint32_t device = 0;
  intent_id intent; ///< accepted, without a verdict, and not in the queue
};

struct promise_findings {
  std::uint64_t sends = 0;    ///< looked at
  std::uint64_t promises = 0; ///< looked for
  std::uint64_t broken = 0;
  std::vector<broken_promise> first; ///< a few
};

/// What the history does not say.
struct simulation_outcome {
  history::end_code end{};
  bool abandoned = false; ///< by a chooser or a watcher: there was no final checkpoint
  std::string end_detail; ///< for livelock and failures: what looped, or what failed
  std::int64_t virtual_ns = 0;
  std::uint64_t events = 0;  ///< kernel events delivered
  std::uint64_t entries = 0; ///< history entries
  std::uint64_t digest = 0;  ///< of all entries
  std::uint64_t messages = 0;
  std::uint64_t acknowledgements = 0;             ///< push replies sent by the server
  std::map<std::string, std::uint64_t> faults;    ///< effects by fault name
  std::map<std::string, std::uint64_t> probes;    ///< hits by name, zeros included
  std::map<std::string, std::uint64_t> sabotages; ///< hits by name, of those switched on
  std::map<std::string, std::uint64_t> skipped;   ///< intentions by reason
  std::map<std::string, std::uint64_t> failed;    ///< intentions that the device refused, by errc
  promise_findings promises;
  /// What users did in reaction to what they were shown, as intentions with their times, in the order in which it came to be;
  /// scenarios::written_out() puts them into the plan.
  std::vector<scenarios::Intention> reacted;
  history::name_table names;
};

/// Errors: `invalid_argument` (the plan names an unknown fault, collection, sabotage ...; nothing ran).
result<simulation_outcome> simulate(const scenarios::Plan& plan, const simulation_options& options);

} // namespace squall::actors
