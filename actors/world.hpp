// What the parts of one run share: the plan, the system under test, the kernel, disks, links, clocks, the ledger. Owned by
// the simulation, outlives every node. Vectors are indexed by actor: 0 the server, 1..n the devices, n + 1 the issuer.
#pragma once

#include "actors/events.hpp"
#include "actors/grants.hpp"
#include "actors/kernel/kernel.hpp"
#include "actors/ledger.hpp"
#include "actors/lineage.hpp"
#include "actors/model.hpp"
#include "actors/port/participant.hpp"
#include "actors/promises.hpp"
#include "actors/simulation.hpp"
#include "actors/store_ring.hpp"
#include "actors/symbols.hpp"
#include "engine/base/keyed_draw.hpp"
#include "faults/catalogue.hpp"
#include "faults/clock.hpp"
#include "faults/disk/vfs.hpp"
#include "faults/identity.hpp"
#include "faults/link.hpp"
#include "scenarios/plan.pb.h"

#include <array>
#include <compare>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace squall::actors {

class administration;
class device;
class fabric;
class fault_timeline;
class host;
class server;

/// What a participant is before its knobs: made once, used at each of its starts.
struct roster {
  engine_knobs knobs;
  telemetry::sabotage_set sabotages;
  std::vector<member> members; ///< by device id - 1
  std::uint64_t issuer_key_seed = 0;
};

/// What a user reacts to: one rule, and one task's subject. `record` 0: a change that was refused.
struct reaction_place {
  std::uint64_t rule = 0;
  std::uint32_t device = 0;
  std::uint64_t record = 0;
  std::uint32_t subject = 0;
  auto operator<=>(const reaction_place&) const = default;
};

struct tallies {
  std::array<std::uint64_t, 256> faults{}; ///< by fault number
  std::map<std::string, std::uint64_t> not_injected;
  std::array<std::uint64_t, telemetry::probe_count + 1> probes{};
  std::array<std::uint64_t, telemetry::sabotage_count + 1> sabotages{};
  std::array<std::uint64_t, 16> skipped{}; ///< by skip_reason
  std::array<std::uint64_t, 16> failed{};  ///< by errc
  std::uint64_t messages = 0;
  std::uint64_t acknowledgements = 0;

  void count(faults::fault_number number, std::uint64_t by = 1) { faults[static_cast<std::size_t>(number)] += by; }
  void add(const telemetry::counters& counters);
};

struct world {
  world(const scenarios::Plan& plan, const simulation_options& options, model names);
  ~world();

  std::uint32_t devices() const noexcept { return static_cast<std::uint32_t>(plan.topology().devices_size()); }
  std::uint32_t issuer_actor() const noexcept { return devices() + 1; }
  std::uint32_t actors() const noexcept { return devices() + 2; }
  time_ns now() const noexcept { return kern.now_ns(); }
  std::uint32_t scope_of(std::uint32_t actor) const {
    return actor == 0 || actor > devices() ? 0 : who.members[actor - 1].scope.value;
  }

  /// The scopes that there are, ascending.
  std::vector<std::uint32_t> scopes() const;
  /// Those that the device holds now, as far as it knows.
  std::vector<std::uint32_t> scopes_of(std::uint32_t actor) const;

  /// Schedules an event under the order key of its lineage.
  struct appointment {
    time_ns at = 0;
    std::uint32_t receiver = 0;
    event_kind kind{};
    lineage cause = 0;
  };
  kernel::scheduled schedule(const appointment& a);

  /// Those of the plan by their place in it, then what users meant to do in reaction, in the order in which it came to be.
  const scenarios::Intention& intention(std::size_t index) const {
    return planned(index) ? plan.intentions(static_cast<int>(index)) : reacted[index - planned_count()];
  }
  bool planned(std::size_t index) const noexcept { return index < planned_count(); }
  /// Null if there is none of this id.
  const scenarios::Intention* find_intention(std::uint64_t id) const;
  /// Its index; nothing if it is there already, or if a reaction to the same is still to come.
  std::optional<std::size_t> add_reaction(const reaction_place& place, scenarios::Intention meant);

  /// The intention is over: those that wait for it get their turn.
  void end_intention(std::uint64_t id, ending how);
  /// Intentions that wait for one that the plan does not have (any more) are skipped. Once, at the start.
  void orphan_followers();
  void schedule_intention(std::size_t index, time_ns at, std::uint64_t looks);
  void skip_intention(const scenarios::Intention& intention, history::skip_reason reason);

  /// The system under test cannot go on: the run ends.
  void give_up(std::string why);

  std::unique_ptr<io::effects> take_effects();
  void give_back(std::unique_ptr<io::effects> fx);

  const scenarios::Plan& plan;
  system_under_test& system;
  capabilities can;
  model names;
  roster who;
  kernel kern;
  grant_register granted;
  ledger log;
  faults::disk_set disks;
  faults::link_model links;
  faults::token_timeline tokens;
  std::vector<faults::participant_clock> clocks;
  std::vector<host*> hosts;
  std::unique_ptr<fabric> net;
  std::unique_ptr<administration> administrators;
  fault_timeline* timeline = nullptr;
  symbols known;
  store_ring stores;
  tallies counts;
  promise_checker promises;
  std::vector<chance>* chances = nullptr;   ///< of whoever wants to know
  std::deque<scenarios::Intention> reacted; ///< by what users were shown
  std::size_t open_intentions = 0;
  std::string gave_up;                    ///< why, if it did
  std::vector<lineage> outgoing_lineages; ///< of the effects being released; kept for its memory

private:
  std::size_t planned_count() const noexcept { return static_cast<std::size_t>(plan.intentions_size()); }

  std::unordered_map<std::uint64_t, std::size_t> reaction_index_; ///< by id; looked up only
  std::map<reaction_place, std::uint64_t> reactions_to_come_;     ///< of tasks
  std::unordered_map<std::uint64_t, std::vector<std::size_t>>
      followers_; ///< by the intention waited for; looked up only
  std::vector<std::unique_ptr<io::effects>> spare_effects_;
};

} // namespace squall::actors
