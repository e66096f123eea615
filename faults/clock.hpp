// A participant's two clocks as functions of true time: a wall clock that may be wrong, run fast or slow, and step; and a
// monotonic clock that runs at the same wrong rate but never steps. Integers only: exact to the nanosecond, the same on every
// machine. No ambient clock: the host passes the true time, which never goes back. Not thread safe.
#pragma once

#include "engine/base/time.hpp"

#include <cstdint>

namespace squall::faults {

class participant_clock {
public:
  struct settings {
    time_ns wall_epoch_ns = 0;  ///< true wall-clock time at true time 0
    duration_ns offset_ns = 0;  ///< how far ahead of that the wall clock is at true time 0
    std::int64_t drift_ppb = 0; ///< what both clocks gain, in ns a second; see `rate_ppb`
    time_ns mono_start_ns = 0;  ///< the monotonic clock at true time 0
  };
  /// The rate is kept within these, however many drifts add up: a clock never stops and never runs away.
  static constexpr std::int64_t drift_ppb_min = -900'000'000;
  static constexpr std::int64_t drift_ppb_max = 9'000'000'000;

  participant_clock() : participant_clock(settings{}) {}
  explicit participant_clock(const settings& s);

  /// What the participant's clocks show at true time `now`. Precondition: `now` is not before the last `step` or `gain`.
  clock_reading read(time_ns now) const;

  /// The wall clock jumps by `by` (either sign) at `now`. Steps add up: one of `by` and one of `-by` cancel.
  void step(time_ns now, duration_ns by);
  /// From `now` on both clocks gain `drift_ppb` more (either sign). Gains add up, and cancel, as steps do. No clock jumps.
  void gain(time_ns now, std::int64_t drift_ppb);

  /// How long, in true time from `now`, until the monotonic clock has advanced by at least `local`: the smallest such true
  /// delay. 0 for `local` <= 0. Holds as long as the rate does not change.
  duration_ns true_delay(time_ns now, duration_ns local) const;

  /// What is in force: the sum of all drifts, within the bounds above.
  std::int64_t rate_ppb() const noexcept;

private:
  duration_ns elapsed(time_ns now) const;
  void rebase(time_ns now);

  time_ns base_true_ = 0; ///< readings are linear from here on
  time_ns base_mono_ = 0;
  time_ns base_wall_ = 0;
  std::int64_t drift_ppb_ = 0; ///< the sum, unbounded, so that cancelling is exact
};

} // namespace squall::faults
