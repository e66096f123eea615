// Who is told of commits: devices that were answered a pull of the scope not long ago. A hint each, at most one between two of
// a device's pulls; they may get lost. In memory only: after a restart a device is told again from its next pull on.
#pragma once

#include "engine/base/ids.hpp"
#include "engine/base/time.hpp"

#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

namespace squall::server {

class listeners {
public:
  /// `listen_for` 0: nobody is ever told.
  explicit listeners(duration_ns listen_for) : listen_for_(listen_for) {}

  struct listener {
    endpoint_id at;
    std::uint32_t device = 0;
    std::uint32_t user = 0;
  };
  /// `who` was answered a pull of the scope. `now` is the monotonic clock, here and below.
  void answered(scope_id scope, const listener& who, time_ns now);

  struct news {
    scope_id scope;
    std::uint32_t author = 0; ///< its device, which is not told
  };
  /// Whom to tell of a commit; ascending device. They are not told again before their next pull.
  std::vector<listener> to_tell(const news& n, time_ns now);

private:
  struct place {
    listener who;
    time_ns answered = 0;
    bool told = false; ///< since then
  };
  duration_ns listen_for_;
  std::unordered_map<std::uint32_t, std::map<std::uint32_t, place>> scopes_; ///< by scope, which are looked up only
};

} // namespace squall::server
