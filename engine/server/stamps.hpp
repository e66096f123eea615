// Stamps as this server counts them: bounded by its time, and rising in each incarnation. What it counts is what everybody
// compares from then on.
#pragma once

#include "engine/server/dedupe_table.hpp"
#include "engine/telemetry/counters.hpp"

#include <optional>

namespace squall::server {

class stamp_counter {
public:
  stamp_counter(dedupe_table& dedupe, telemetry::counters& counts, duration_ns bound)
      : dedupe_(dedupe), counts_(counts), bound_(bound) {}

  /// Takes note of a reading of the wall clock at which an intent is judged. Result: the server's time, which is the latest
  /// of them, in this life and earlier ones.
  time_ns judging_at(time_ns wall);

  /// The server's time at the latest judgement of an intent; nothing before the first.
  std::optional<time_ns> time() const noexcept { return time_; }

  /// How the stamp of an intent that is judged now counts. Errors: `storage`.
  result<hlc_stamp> count(const intent& in);
  /// True if its stamp is further ahead than the bound.
  bool too_far_ahead(const hlc_stamp& given) const noexcept { return given.wall > horizon(); }

  /// Reads from the store what is kept in memory.
  result<void> load();

private:
  time_ns horizon() const noexcept;

  dedupe_table& dedupe_;
  telemetry::counters& counts_;
  duration_ns bound_;
  std::optional<time_ns> time_; ///< nothing before the first judgement
};

} // namespace squall::server
