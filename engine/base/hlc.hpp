// A hybrid logical clock (Kulkarni, Demirbas et al.: "Logical physical clocks", OPODIS 2014) with a bound on the future: a
// stamp is the greatest of the wall clock and all stamps seen, and a counter orders equal walls. A peer whose clock is far
// ahead can pull this one forward by at most the bound; its stamp is clamped, never refused.
//
// Reads no clock: whoever has one hands its reading in. Not thread safe.
#pragma once

#include "engine/base/intent.hpp"
#include "engine/base/time.hpp"

#include <cstdint>

namespace squall {

class hybrid_clock {
public:
  struct settings {
    duration_ns future_bound = minute_ns; ///< how far ahead of the local wall clock a remote stamp may be; >= 0
    hlc_stamp last;                       ///< where an earlier clock of the same incarnation stopped
  };

  explicit hybrid_clock(const settings& s);

  /// The next local stamp: greater than every earlier one and than every stamp observed (as clamped), also where `wall`
  /// stepped back.
  hlc_stamp now(time_ns wall);

  /// Takes note of a stamp made elsewhere, clamped to `wall` + bound. Returns the stamp as it counts here.
  hlc_stamp observe(const hlc_stamp& remote, time_ns wall);

  /// The whole state: a clock made with it goes on from here.
  const hlc_stamp& last() const noexcept { return last_; }
  /// Remote stamps that were too far ahead.
  std::uint64_t clamped() const noexcept { return clamped_; }

private:
  duration_ns future_bound_;
  hlc_stamp last_;
  std::uint64_t clamped_ = 0;
};

} // namespace squall
