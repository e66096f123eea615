// Tokens that end early. A host cannot reach into a token; but a token's life is counted from the issuer's clock, so a host
// that shows the issuer an earlier time for one request makes just that token end so much sooner. This says how much.
//
// A pure function of the faults added; no draws, no clock. Not thread safe.
#pragma once

#include "engine/base/ids.hpp"
#include "engine/base/time.hpp"

#include <map>
#include <vector>

namespace squall::faults {

/// One `token_expiry` of a plan, for one device.
struct token_expiry {
  time_ns at_ns = 0;      ///< tokens that the device got before are refused from here on
  duration_ns for_ns = 0; ///< tokens that it gets in [at_ns, at_ns + for_ns) live `lifetime_ns`; 0: none
  duration_ns lifetime_ns = 0;
  duration_ns spare_ns = 0; ///< a token obtained less than this before `at_ns` keeps its life, so that no client can be
                            ///< driven to refresh without end
};

class token_timeline {
public:
  /// All of a run's entries, before it starts. `leeway_ns`: how long after its end the server still accepts a token.
  token_timeline(duration_ns access_lifetime_ns, duration_ns leeway_ns)
      : lifetime_ns_(access_lifetime_ns), leeway_ns_(leeway_ns) {}

  void add(endpoint_id device, const token_expiry& expiry) { by_device_[device].push_back(expiry); }

  /// How much earlier than its real time the issuer's wall clock is to read while it handles a message that it receives from
  /// `device` at true time `now`. 0 where no entry says otherwise; always less than the access lifetime.
  duration_ns issuer_lag(endpoint_id device, time_ns now) const;

private:
  duration_ns lifetime_ns_;
  duration_ns leeway_ns_;
  std::map<endpoint_id, std::vector<token_expiry>> by_device_;
};

} // namespace squall::faults
