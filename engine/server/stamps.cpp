#include "engine/server/stamps.hpp"

#include "engine/base/check.hpp"

#include <algorithm>
#include <limits>

namespace squall::server {

using telemetry::probe;
using telemetry::sabotage;

namespace {

hlc_stamp next_after(const hlc_stamp& s) {
  if (s.logical < std::numeric_limits<std::uint32_t>::max())
    return {s.wall, s.logical + 1};
  CHECK(s.wall < std::numeric_limits<time_ns>::max());
  return {s.wall + 1, 0};
}

} // namespace

time_ns stamp_counter::judging_at(time_ns wall) {
  const bool runs_back = time_ && wall < *time_ && counts_.sabotaged(sabotage::server_time_runs_back);
  time_ = time_ && !runs_back ? std::max(*time_, wall) : wall;
  return *time_;
}

time_ns stamp_counter::horizon() const noexcept {
  constexpr time_ns latest = std::numeric_limits<time_ns>::max() - 1; // there is always a stamp after it
  const time_ns now = time_.value_or(0);
  return now > latest - bound_ ? latest : now + bound_;
}

result<hlc_stamp> stamp_counter::count(const intent& in) {
  auto before = dedupe_.last_stamp(in.id.device, in.id.incarnation);
  if (!before)
    return before;
  hlc_stamp counted = in.stamp;
  if (too_far_ahead(counted) && !counts_.sabotaged(sabotage::future_stamp_counted)) {
    counts_.hit(probe::stamp_clamped);
    counted = {horizon(), 0};
  }
  const bool first = in.id.seq == 1;
  if (!first && counted <= *before && !counts_.sabotaged(sabotage::clamped_stamps_equal)) {
    counts_.hit(probe::stamp_pushed);
    counted = next_after(*before);
  }
  return counted;
}

result<void> stamp_counter::load() {
  auto latest = dedupe_.latest_judgement();
  if (!latest)
    return latest.err();
  time_ = *latest;
  return {};
}

} // namespace squall::server
