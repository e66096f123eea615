#include "reports/invariants/model/connection.hpp"

namespace squall::invariants {

namespace {

/// Clocks of devices may run slow by less than this while nothing is wrong with them.
constexpr std::int64_t clock_slack_parts = 1'000;

} // namespace

connection_book::state& connection_book::of(std::uint32_t who) {
  if (who == everybody)
    return all_;
  if (who >= devices_.size())
    devices_.resize(who + 1);
  return devices_[who];
}

bool connection_book::concerns(entry_kind kind) {
  switch (kind) {
    case entry_kind::participant:
    case entry_kind::fault_began:
    case entry_kind::fault_ended:
    case entry_kind::crashed:
    case entry_kind::restarted:
    case entry_kind::queue_locked:
    case entry_kind::incarnation_begun:
    case entry_kind::message_lost:
    case entry_kind::message_corrupted:
    case entry_kind::request_refused:
    case entry_kind::token_refused: return true;
    default: return false;
  }
}

std::uint32_t connection_book::disturbs(const entry& e, bool of_peer) const {
  switch (e.kind) {
    case entry_kind::fault_began:
    case entry_kind::fault_ended:
    case entry_kind::crashed:
    case entry_kind::restarted: return of_peer ? 0 : target(e.actor);
    case entry_kind::queue_locked:
    case entry_kind::incarnation_begun: return of_peer ? 0 : e.actor;
    case entry_kind::message_lost:
    case entry_kind::message_corrupted: {
      const auto one = of_peer ? e.peer : e.actor;
      return is_device(one) ? one : 0;
    }
    case entry_kind::request_refused:
    case entry_kind::token_refused: return of_peer ? 0 : e.peer;
    default: return 0;
  }
}

void connection_book::step(const entry& e) {
  if (e.kind == entry_kind::participant && e.scope == 0 && e.actor != 0)
    issuer_ = e.actor;
  for (const bool of_peer : {false, true}) {
    const auto who = disturbs(e, of_peer);
    if (who == 0)
      continue;
    auto& one = of(who);
    const bool lasts = settings_.lasting.contains(e.ref);
    switch (e.kind) {
      case entry_kind::fault_began: one.faults += lasts ? 1 : 0; break;
      case entry_kind::fault_ended: one.faults -= lasts && one.faults > 0 ? 1 : 0; break;
      case entry_kind::crashed: one.down = true; break;
      case entry_kind::restarted: one.down = false; break;
      case entry_kind::queue_locked: one.locked = e.code == 1; break;
      default: break;
    }
    const bool asked = e.kind == entry_kind::request_refused;
    const auto silent = std::max(asked ? e.value + e.value / clock_slack_parts : 0, settings_.breaker_ns);
    one.since = std::max(one.since, e.at_ns + silent);
  }
}

} // namespace squall::invariants
