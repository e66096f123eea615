// Whoever wants to stand between two events of a run: to look around, to wait, or to end it.
#pragma once

#include "engine/base/time.hpp"

#include <limits>

namespace squall::actors {

class moment;

class watcher {
public:
  virtual ~watcher() = default;
  /// The run stands still: after its start, after each event, after healing, and at its end. Every entry so far has been
  /// given to the sinks. `now` is gone when this returns. False: enough seen; the run ends without its final checkpoint.
  virtual bool between(moment& now) = 0;
  /// Asked before each event: an instant at which the run is to stand still as well, before anything that comes later.
  virtual time_ns pause_at() const { return std::numeric_limits<time_ns>::max(); }
};

} // namespace squall::actors
