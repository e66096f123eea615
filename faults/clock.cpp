#include "faults/clock.hpp"

#include "engine/base/check.hpp"

#include <algorithm>
#include <limits>

namespace squall::faults {
namespace {

using wide = __int128;
constexpr wide billion = 1'000'000'000;

} // namespace

participant_clock::participant_clock(const settings& s)
    : base_mono_(s.mono_start_ns), base_wall_(s.wall_epoch_ns + s.offset_ns), drift_ppb_(s.drift_ppb) {}

std::int64_t participant_clock::rate_ppb() const noexcept {
  return std::clamp(drift_ppb_, drift_ppb_min, drift_ppb_max);
}

duration_ns participant_clock::elapsed(time_ns now) const {
  CHECK(now >= base_true_);
  return static_cast<duration_ns>(wide{now - base_true_} * (billion + rate_ppb()) / billion);
}

clock_reading participant_clock::read(time_ns now) const {
  const duration_ns gone = elapsed(now);
  return {base_mono_ + gone, base_wall_ + gone};
}

void participant_clock::rebase(time_ns now) {
  const clock_reading r = read(now);
  base_true_ = now;
  base_mono_ = r.mono;
  base_wall_ = r.wall;
}

void participant_clock::step(time_ns now, duration_ns by) {
  rebase(now);
  base_wall_ += by;
}

void participant_clock::gain(time_ns now, std::int64_t drift_ppb) {
  rebase(now);
  drift_ppb_ += drift_ppb;
}

duration_ns participant_clock::true_delay(time_ns now, duration_ns local) const {
  if (local <= 0)
    return 0;
  // elapsed(t) >= target first holds at t - base = ceil(target / rate).
  const wide target = wide{elapsed(now)} + local;
  const wide rate = billion + rate_ppb();
  const wide since_base = (target * billion + rate - 1) / rate;
  const wide delay = since_base - (now - base_true_);
  // Beyond the end of time is never.
  return static_cast<duration_ns>(std::min(delay, wide{std::numeric_limits<duration_ns>::max()} - now));
}

} // namespace squall::faults
