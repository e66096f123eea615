// The plan's faults, done to the world at their times. Each writes when it began and ended and what it did. A fault that the
// system under test cannot have is counted as not injected.
#pragma once

#include "actors/events.hpp"
#include "actors/kernel/node.hpp"
#include "actors/port/participant.hpp"
#include "faults/catalogue.hpp"
#include "faults/disk/disk.hpp"
#include "faults/link.hpp"
#include "reports/history/entry.hpp"
#include "scenarios/plan.pb.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace squall::actors {

struct world;

/// A plan's fault, its parameters complete.
struct planned_fault {
  const scenarios::Fault* entry = nullptr;
  faults::fault_values values;
  bool active = false;
  std::map<std::uint32_t, std::optional<std::uint8_t>>
      before; ///< by target: the role that the user had; none: no grant
};

class fault_timeline final : public node {
public:
  fault_timeline(caf::actor_config& config, node_seat seat, world& shared, std::vector<planned_fault> planned);

  /// Errors: `invalid_argument`: an unknown fault, parameter or target.
  static result<std::vector<planned_fault>> resolve(const scenarios::Plan& plan);

  /// Schedules everything. Once.
  void begin();
  /// Adversity is over: every fault ends, who is down starts again, nothing else is touched.
  void heal();

  /// Tells a participant that has just started what holds around it.
  void greet(std::uint32_t actor);
  /// The fault whose armed crash may strike this participant; 0 for none.
  std::uint64_t armed_crash(std::uint32_t actor) const { return armed_[actor].fault; }
  /// The participant went down by this fault; it will be started again.
  void died(std::uint32_t actor, std::uint64_t fault);

  void on_event(kernel_event& event) override;
  std::string_view role() const noexcept override { return "fault timeline"; }

private:
  /// What threatens a participant, or keeps it down.
  struct threat {
    std::uint64_t fault = 0; ///< 0: nothing
    duration_ns down_for = 0;
    event_handle deadline;
    bool down = false;
  };

  std::vector<std::uint32_t> targets_of(const planned_fault& f) const;
  bool possible(const planned_fault& f) const;
  void schedule(std::size_t planned, event_kind kind, time_ns at);
  void note(const planned_fault& f, std::uint32_t target, history::entry_kind kind, std::int64_t value = 0);
  void begin_fault(std::size_t planned);
  void end_fault(std::size_t planned);
  void begin_at(planned_fault& f, std::size_t planned, std::uint32_t target);
  void end_at(planned_fault& f, std::uint32_t target);
  faults::link_influence influence_of(const planned_fault& f) const;
  static std::uint32_t rate_of(const planned_fault& f);
  void step_clock(const planned_fault& f, std::uint32_t target, duration_ns by);
  void slow_disk(const planned_fault& f, std::uint32_t target, int sign);
  void arm_crash(const planned_fault& f, std::size_t planned, std::uint32_t target);
  void strike(std::size_t planned, std::uint32_t target);
  void restart(const planned_fault& f, std::uint32_t target);
  scope_id granted_scope(const planned_fault& f, std::uint32_t target) const;
  void change_grant(planned_fault& f, std::uint32_t target);
  void change_grant_back(const planned_fault& f, std::uint32_t target);
  void tell_grant(std::uint32_t target, std::uint64_t fault, const io::grant_change& c);
  static bool is_outage(const planned_fault& f);
  void tell_connectivity(std::uint32_t target, std::uint64_t fault, bool online);
  void tell_availability(std::uint32_t target, std::uint64_t fault);
  bool rulings_planned() const;
  void tell_ruling(std::uint64_t fault);

  world& world_;
  std::vector<planned_fault> planned_;
  std::vector<threat> armed_;                 ///< by actor
  std::vector<faults::disk_cost> disk_extra_; ///< by actor: what slow disks in force add
  bool healed_ = false;
};

} // namespace squall::actors
