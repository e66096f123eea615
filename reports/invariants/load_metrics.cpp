#include "reports/invariants/load_metrics.hpp"

#include <array>

namespace squall::invariants {

namespace {

constexpr std::array<invariant_info, 13> load_infos{{
    {"full_queue_refusals", "changes refused since too many awaited a verdict"},
    {"offline_refusals", "changes refused since the device was out of contact"},
    {"overload_refusals", "requests refused with 429 or 503"},
    {"breaker_openings",
     "times that so many requests of a device failed in a row that it had to leave the server alone"},
    {"invalidations", "times that the server told a device that there is news"},
    {"audit_rows", "judged intents in the server's audit, as read at the end"},
    {"drift_age_ms_max", "longest that an entry of a scope waited for a device of it, in ms"},
    {"connected_lag_ms_max", "longest that an entry waited for a device while that was connected, in ms"},
    {"connected_lag_ms_p99", "99 in 100 times that a connected device caught up, it was no longer behind, in ms"},
    {"connected_devices", "devices that were connected for long enough to be asked how far behind they are"},
    {"undone_commits", "commits that went when the server was restored from a backup"},
    {"undone_verdicts", "verdicts without an effect that went so"},
    {"undone_tasks", "tasks that went so"},
}};

} // namespace

std::span<const invariant_info> load_metrics::names() { return load_infos; }

void load_metrics::step(const entry& e) {
  switch (e.kind) {
    case entry_kind::intention_failed:
      full_queue_refusals_ += e.code == static_cast<std::uint8_t>(history::failure_code::queue_full) ? 1 : 0;
      offline_refusals_ += e.code == static_cast<std::uint8_t>(history::failure_code::offline_forbidden) ? 1 : 0;
      break;
    case entry_kind::request_refused:
      overload_refusals_ += e.code == history::refused_too_many || e.code == history::refused_unavailable ? 1 : 0;
      break;
    case entry_kind::message_sent:
      invalidations_ +=
          e.actor == 0 && e.code == static_cast<std::uint8_t>(history::message_code::invalidation) ? 1 : 0;
      break;
    case entry_kind::audit_row: ++audit_rows_; break;
    default: break;
  }
}

void load_metrics::finish(const world& w, std::map<std::string, std::uint64_t>& all) const {
  constexpr std::uint64_t p99_ppm = 990'000;
  const std::array<std::uint64_t, load_infos.size()> values{
      full_queue_refusals_,    offline_refusals_, overload_refusals_,    w.callers.breaker_openings(),
      invalidations_,          audit_rows_,       w.drift.age_max_ms(),  w.drift.lag_max_ms(),
      w.drift.lag_ms(p99_ppm), w.drift.devices(), w.done.undone_commits, w.done.undone_verdicts,
      w.done.undone_tasks};
  for (std::size_t i = 0; i < load_infos.size(); ++i)
    all.emplace(load_infos[i].name, values[i]);
}

} // namespace squall::invariants
