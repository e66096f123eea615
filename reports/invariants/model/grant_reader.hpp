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
  struct duty {
    std::uint64_t version = 0; ///< that a reply told, 0: none that is newer
    std::int64_t since_ns = 0;
    std::vector<std::uint32_t> to_purge;
    std::int64_t up_since_ns = 0;
  };
  struct reply {
    std::uint64_t version = 0;
    std::int64_t at_ns = 0;
  };
  duty& of(std::uint32_t device);
  void trouble(grant_flaw what, const entry& e, std::uint64_t version, std::uint64_t expected);

  world& w_;
  bool started_ = false;                                                    ///< what changes now is not of the start
  std::vector<duty> duties_;                                                // by device
  tsl::robin_map<std::uint64_t, reply, spread> replies_;                    // under way; looked up only
  tsl::robin_map<std::uint64_t, std::vector<std::uint32_t>, spread> users_; // devices; looked up only
};

} // namespace squall::invariants
