#include "engine/client/server_gate.hpp"

#include <algorithm>

namespace squall::client {

using telemetry::probe;
using telemetry::sabotage;

server_gate::server_gate(const sync_settings& s, telemetry::counters& counts)
    : settings_(s), counts_(counts), breaker_({s.breaker_after, s.breaker_for}) {}

duration_ns server_gate::closed_for(time_ns now) const noexcept {
  if (breaker_.open() && counts_.sabotaged(sabotage::breaker_stays_open))
    return 365 * 24 * hour_ns;
  return std::max({held_until_ - now, breaker_.closed_for(now), duration_ns{0}});
}

void server_gate::timed_out(time_ns now) { failed(now); }

void server_gate::failed(time_ns now) {
  if (breaker_.failed(now))
    counts_.hit(probe::breaker_opened);
}

void server_gate::answered(const answer& a, time_ns now) {
  const bool refused = a.status == status_too_many || a.status == status_unavailable;
  if (refused && !counts_.sabotaged(sabotage::retry_after_ignored))
    held_until_ = std::max(held_until_, now + bounded_retry_after(a.retry_after_ms));
  if (a.status >= status_internal)
    return;
  if (a.status == status_unauthorized && counts_.sabotaged(sabotage::breaker_counts_401))
    return failed(now);
  last_answer_ = now;
  if (breaker_.answered())
    counts_.hit(probe::breaker_closed);
}

bool server_gate::in_contact(time_ns now) const noexcept {
  const duration_ns within = settings_.contact_within > 0 ? settings_.contact_within : 2 * settings_.poll_every;
  return last_answer_ && now - *last_answer_ <= within;
}

} // namespace squall::client
