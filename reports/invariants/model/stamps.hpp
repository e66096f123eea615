// How the server must count the stamp that an intent was given.
#pragma once

#include "reports/invariants/model/types.hpp"

#include <algorithm>

namespace squall::invariants {

/// How far ahead of the server's time a stamp may be, unless the plan says otherwise.
constexpr std::int64_t stamp_bound_default_ns = 60LL * 1'000'000'000;

/// By a server whose time is `time`, from an incarnation whose stamp before it counted as `before`.
constexpr stamp count_stamp(const stamp& given, std::int64_t time, std::int64_t bound, const stamp& before) {
  const auto counted = given.wall <= time + bound ? given : stamp{time + bound, 0};
  return counted > before ? counted : stamp{before.wall, before.logical + 1};
}

/// The server's time, as far as the history tells: readings of its clock at commits. It never runs back.
struct server_time {
  std::int64_t reading = 0; ///< newest reading of its clock, and when
  std::int64_t read_at = -1;
  std::int64_t time = 0;
  bool known = false;
  std::int64_t restarted_at = -1; ///< what is told then was judged before: at which reading, nobody knows
  bool ran_back = false;          ///< its clock, once: readings at refusals, of which nobody tells, may have been later

  void read(std::int64_t value, std::int64_t at) {
    ran_back |= read_at >= 0 && value < reading;
    reading = value;
    read_at = at;
  }
  /// The reading at which it judges what is told now is known.
  bool reads(std::int64_t now) const { return read_at == now && restarted_at != now; }
  void judge(std::int64_t now) {
    if (!reads(now))
      return;
    time = known ? std::max(time, reading) : reading;
    known = true;
  }
};

} // namespace squall::invariants
