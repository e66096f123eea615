#include "actors/grants.hpp"

#include <algorithm>

namespace squall::actors {

using telemetry::fact;
using telemetry::fact_kind;

grant_register::grant_register(const std::vector<member>& members) {
  for (const auto& m : members)
    held_.try_emplace({m.user, m.scope}, m.role);
  for (const auto& m : members)
    for (const auto& more : m.more_scopes)
      held_.try_emplace({m.user, more.scope}, more.role);
}

std::optional<std::uint8_t> grant_register::role(std::uint32_t user, scope_id scope) const {
  const auto at = held_.find({user, scope});
  return at == held_.end() ? std::nullopt : std::optional{at->second};
}

std::uint64_t grant_register::version(std::uint32_t user) const {
  const auto at = versions_.find(user);
  return at == versions_.end() ? 1 : at->second;
}

void grant_register::take(const fact& f) {
  const std::pair key{f.endpoint.value, f.scope};
  if (f.kind == fact_kind::grant_given)
    held_[key] = f.code;
  else
    held_.erase(key);
  versions_[f.endpoint.value] = f.aux;
}

/// One handling changes one grant, so there is one at most.
std::vector<fact> grant_register::missing(const stored_grants& stored) const {
  std::vector<fact> out;
  for (const auto& [user, version_stored] : stored.versions) {
    if (version_stored == version(user))
      continue;
    const auto of_user = [user = user](const auto& g) { return g.first == user; };
    for (const auto& [owner, at] : stored.held)
      if (owner == user && role(user, at.scope) != std::optional{at.role})
        out.push_back({.kind = fact_kind::grant_given,
                       .code = at.role,
                       .endpoint = {user},
                       .scope = at.scope,
                       .aux = version_stored});
    for (const auto& [key, was] : held_)
      if (key.first == user && std::none_of(stored.held.begin(), stored.held.end(),
                                            [&](const auto& g) { return of_user(g) && g.second.scope == key.second; }))
        out.push_back(
            {.kind = fact_kind::grant_revoked, .endpoint = {user}, .scope = key.second, .aux = version_stored});
  }
  return out;
}

} // namespace squall::actors
