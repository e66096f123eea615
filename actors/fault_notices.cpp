// What participants are told of the faults around them.
#include "actors/fault_timeline.hpp"
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

} // namespace squall::actors
