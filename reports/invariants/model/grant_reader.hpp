// What the history tells of grants: given and withdrawn by the server, told to devices and heeded there. A reply that tells a
// device of newer grants than it has obliges it: before anything that it does at a later instant, it must have taken them.
#pragma once

#include "reports/invariants/model/world.hpp"

#include <tsl/robin_map.h>
#include <vector>

namespace squall::invariants {

class grant_reader {
public:
  explicit grant_reader(world& w) : w_(w) {}

  /// Before the entry is understood: has its actor done what it had to?
  void before(const entry& e);

  // -- the host --------------------------------------------------------------------------------------------------------
  void participant(const entry& e);
  /// grant and revoke. The devices of the user.
  const std::vector<std::uint32_t>& changed(const entry& e);
  void crashed(const entry& e);
  void message(const entry& e);

  // -- the server ------------------------------------------------------------------------------------------------------
  /// page_served and request_refused.
  void replied(const entry& e);

  // -- devices ---------------------------------------------------------------------------------------------------------
  /// The scopes that it does not hold any more.
  std::vector<std::uint32_t> told(const entry& e);
  void purged(const entry& e);
  void incarnation_begun(std::uint32_t device);

private:
  /// What a reply tells.
  struct reply {
    std::uint32_t step = 0;
    std::uint32_t after = 0; ///< so many restores of the server
    std::int64_t at_ns = 0;
  };
  struct duty {
    bool due = false; ///< to take what that reply told ...
    reply told;       ///< the newest that came
    std::int64_t since_ns = 0;
    std::uint32_t heard = 0; ///< the newest of the generations that replies told it of, by restores
    std::vector<std::uint32_t> to_purge;
    std::int64_t up_since_ns = 0;
  };
  duty& of(std::uint32_t device);
  /// Negative: the device has older grants than that, 0: these, positive: newer ones.
  int compare(const device_fact& device, const reply& told) const;
  /// What grants of that version are, told to the device just now; with no step if there never were any.
  reply meant(const device_fact& device, const reply& came, std::uint64_t version) const;
  void trouble(grant_flaw what, const entry& e, std::uint64_t version, std::uint64_t expected);

  world& w_;
  bool started_ = false;                                                    ///< what changes now is not of the start
  std::vector<duty> duties_;                                                // by device
  tsl::robin_map<std::uint64_t, reply, spread> replies_;                    // under way; looked up only
  tsl::robin_map<std::uint64_t, std::vector<std::uint32_t>, spread> users_; // devices; looked up only
};

} // namespace squall::invariants
