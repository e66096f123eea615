// Who is asking, and what they may touch: access tokens and grants.
#pragma once

#include "engine/base/ids.hpp"
#include "engine/base/time.hpp"
#include "engine/server/issuer_keys.hpp"
#include "engine/server/replica.hpp"
#include "engine/store/sqlite.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace squall::security {
class signature_memory;
}

namespace squall::server {

/// What a token with a good signature says.
struct caller {
  std::uint32_t device = 0;
  std::uint32_t user = 0;
  scope_id home;            ///< the first of its scopes; 0: none
  time_ns expires_wall = 0; ///< by the issuer's clock
  bool by_retired_key = false;
};

/// Verifies tokens. A signature costs a hundred times a query, so those found good are remembered by their bytes; whether
/// a token has expired is never remembered.
class token_gate {
public:
  token_gate(const issuer_keys& keys, duration_ns leeway, security::signature_memory* signatures,
             telemetry::counters& counts)
      : keys_(keys), leeway_(leeway), signatures_(signatures), counts_(counts) {}

  /// The caller, expired or not. Errors: `unauthorized`; `not_found`: the issuer's key is not known.
  result<caller> authenticate(std::string_view token);
  bool expired(const caller& c, time_ns wall) const;
  /// The keys have changed: what was found good is looked at again.
  void forget();

private:
  const issuer_keys& keys_;
  duration_ns leeway_;
  security::signature_memory* signatures_;
  telemetry::counters& counts_;
  std::unordered_map<std::string, caller> recent_, older_; ///< looked up only, never walked
};

/// (user, scope) pairs that hold, with the user's role there. Kept in memory; the store's table is read at opening.
class grant_table {
public:
  explicit grant_table(store::connection& db) : db_(db) {}

  result<void> load();
  bool empty() const noexcept { return grants_.empty() && changes_.empty(); }
  bool holds(std::uint32_t user, scope_id scope) const { return grants_.count({user, scope.value}) != 0; }
  /// 0 where there is no grant, or one without a role.
  std::uint8_t role(std::uint32_t user, scope_id scope) const;
  /// Every grant, ascending user and scope.
  std::vector<grant> all() const;
  /// Inside a transaction.
  result<void> add(const grant& g);

  /// How often the user's grants have changed since the start.
  std::uint64_t changes(std::uint32_t user) const;
  /// The user's, ascending by scope.
  std::vector<grant> of(std::uint32_t user) const;
  /// Gives, takes or changes a grant. Result: how often the user's have changed then; nothing if it was so already. Inside a
  /// transaction; after one that did not happen call `load`.
  result<std::optional<std::uint64_t>> change(const io::grant_change& c);

private:
  store::connection& db_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint8_t> grants_;
  std::map<std::uint32_t, std::uint64_t> changes_; ///< of users with any
};

} // namespace squall::server
