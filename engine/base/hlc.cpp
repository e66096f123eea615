#include "engine/base/hlc.hpp"

#include "engine/base/check.hpp"

#include <limits>

namespace squall {

hybrid_clock::hybrid_clock(const settings& s) : future_bound_(s.future_bound), last_(s.last) {
  CHECK(future_bound_ >= 0);
}

hlc_stamp hybrid_clock::now(time_ns wall) {
  if (wall > last_.wall) {
    last_ = {wall, 0};
  } else if (last_.logical < std::numeric_limits<std::uint32_t>::max()) {
    ++last_.logical;
  } else {
    CHECK(last_.wall < std::numeric_limits<time_ns>::max());
    last_ = {last_.wall + 1, 0};
  }
  return last_;
}

hlc_stamp hybrid_clock::observe(const hlc_stamp& remote, time_ns wall) {
  constexpr time_ns latest = std::numeric_limits<time_ns>::max() - 1; // now() can always step past it
  const time_ns horizon = wall > latest - future_bound_ ? latest : wall + future_bound_;
  hlc_stamp counted = remote;
  if (remote.wall > horizon) {
    counted = {horizon, 0};
    ++clamped_;
  }
  if (counted > last_)
    last_ = counted;
  return counted;
}

} // namespace squall
