// What the administrator has given to whom: as the server reported it, so that a crash which swallows a report shows.
#pragma once

#include "actors/port/participant.hpp"
#include "engine/telemetry/fact.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace squall::actors {

class grant_register {
public:
  /// What everybody holds from the start.
  explicit grant_register(const std::vector<member>& members);

  /// The role of a user in a scope; nothing where there is no grant.
  std::optional<std::uint8_t> role(std::uint32_t user, scope_id scope) const;
  /// Of the user's grants: 1 at the start.
  std::uint64_t version(std::uint32_t user) const;
  /// True if any has changed since the start.
  bool changed() const noexcept { return !versions_.empty(); }
  /// Ascending by user and scope.
  const std::map<std::pair<std::uint32_t, scope_id>, std::uint8_t>& all() const noexcept { return held_; }

  /// A server's report of a grant given or revoked.
  void take(const telemetry::fact& f);
  /// The reports that lead from here to what is stored.
  std::vector<telemetry::fact> missing(const stored_grants& stored) const;

private:
  std::map<std::pair<std::uint32_t, scope_id>, std::uint8_t> held_;
  std::map<std::uint32_t, std::uint64_t> versions_;
};

} // namespace squall::actors
