// What the fault timeline tells participants: the platform's word on the network, and what operators say to servers.
#include "actors/fault_timeline.hpp"
#include "actors/host.hpp"
#include "actors/world.hpp"

#include <algorithm>

namespace squall::actors {

using faults::fault_number;

void fault_timeline::tell_connectivity(std::uint32_t target, std::uint64_t fault, bool online) {
  const auto cause = mix(root_lineage(cause_kind::fault, fault, target), static_cast<std::uint64_t>(world_.now()));
  auto [handle, event] = world_.schedule(
      {.at = world_.now(), .receiver = target, .kind = event_kind::connectivity, .cause = mix(cause, online)});
  event.a = online;
}

bool fault_timeline::is_outage(const planned_fault& f) {
  const auto number = f.values.fault().number;
  return number == fault_number::refused_refresh || number == fault_number::server_unavailable;
}

/// Outages overlap: what holds is what any of those in force says.
void fault_timeline::tell_availability(std::uint32_t target, std::uint64_t fault) {
  io::availability now;
  for (const auto& f : planned_) {
    if (!f.active || !is_outage(f) || targets_of(f).front() != target)
      continue;
    if (f.values.fault().number == fault_number::refused_refresh) {
      now.refuse_refresh = true;
    } else {
      now.serving = false;
      now.retry_after = std::max<duration_ns>(now.retry_after, f.values.get("retry_after"));
    }
  }
  const auto cause = mix(root_lineage(cause_kind::fault, fault, target), static_cast<std::uint64_t>(world_.now()));
  auto [handle, event] =
      world_.schedule({.at = world_.now(), .receiver = target, .kind = event_kind::availability, .cause = cause});
  event.a = now.serving;
  event.b = static_cast<std::uint64_t>(now.retry_after);
  event.d = now.refuse_refresh;
}

bool fault_timeline::rulings_planned() const {
  return std::any_of(planned_.begin(), planned_.end(),
                     [](const planned_fault& f) { return f.values.fault().number == fault_number::offline_flag; });
}

/// A server that was down when a restriction began or ended is told when it is up again.
void fault_timeline::tell_ruling(std::uint64_t fault) {
  std::int64_t rule = 0;
  for (const auto& f : planned_)
    if (f.active && f.values.fault().number == fault_number::offline_flag)
      rule = std::max(rule, f.values.get("level"));
  const auto cause = mix(root_lineage(cause_kind::fault, fault, 0), static_cast<std::uint64_t>(world_.now()));
  auto [handle, event] =
      world_.schedule({.at = world_.now(), .receiver = 0, .kind = event_kind::ruling, .cause = mix(cause, rule)});
  event.a = static_cast<std::uint64_t>(rule);
}

} // namespace squall::actors
