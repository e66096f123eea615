// An administrator changes what users may, at the server: it is an event there, tried again while the server is down.
#include "actors/fault_timeline.hpp"
#include "actors/world.hpp"

namespace squall::actors {

using faults::fault_number;

scope_id fault_timeline::granted_scope(const planned_fault& f, std::uint32_t target) const {
  const std::uint32_t own = world_.scope_of(target);
  if (f.values.fault().number != fault_number::grant_given)
    return {own};
  const auto team = static_cast<std::uint32_t>(f.values.get("team"));
  return {team != 0 ? team : own % world_.plan.topology().teams() + 1};
}

void fault_timeline::change_grant(planned_fault& f, std::uint32_t target) {
  const auto& self = world_.who.members[target - 1];
  const scope_id scope = granted_scope(f, target);
  const auto held = world_.granted.role(self.user, scope);
  f.before[target] = held;
  io::grant_change change{self.user, scope, held.value_or(self.role), false};
  switch (f.values.fault().number) {
    case fault_number::grant_withdrawn: change.withdrawn = true; break;
    case fault_number::role_changed:
      if (!held)
        return; // who is not in the team has no role there
      change.role = static_cast<std::uint8_t>(f.values.get("role"));
      break;
    default:
      if (const auto role = f.values.get("role"); role >= 0)
        change.role = static_cast<std::uint8_t>(role);
  }
  note(f, target, history::entry_kind::fault_effect, 1);
  tell_grant(target, f.entry->id(), change);
}

/// Without a duration it was for good.
void fault_timeline::change_grant_back(const planned_fault& f, std::uint32_t target) {
  const auto before = f.before.find(target);
  if (f.entry->for_ns() == 0 || before == f.before.end())
    return;
  const auto& self = world_.who.members[target - 1];
  const auto& role = before->second;
  tell_grant(target, f.entry->id(), {self.user, granted_scope(f, target), role.value_or(0), !role.has_value()});
}

void fault_timeline::tell_grant(std::uint32_t target, std::uint64_t fault, const io::grant_change& c) {
  const auto cause = mix(root_lineage(cause_kind::fault, fault, target), static_cast<std::uint64_t>(world_.now()));
  auto [handle, event] = world_.schedule(
      {.at = world_.now(), .receiver = 0, .kind = event_kind::grant_change, .cause = mix(cause, c.withdrawn)});
  event.a = c.user;
  event.b = c.scope.value;
  event.d = c.role;
  event.e = c.withdrawn;
}

} // namespace squall::actors
