#include "engine/server/access.hpp"

#include "engine/security/token.hpp"
#include "engine/server/sql.hpp"

namespace squall::server {

namespace {

/// Tokens remembered, at least; twice as many at most.
constexpr std::size_t tokens_remembered = 32'768;

} // namespace

result<caller> token_gate::authenticate(std::string_view token) {
  const std::string bytes(token);
  if (const auto hit = recent_.find(bytes); hit != recent_.end())
    return hit->second;
  if (recent_.size() >= tokens_remembered) {
    older_ = std::move(recent_);
    recent_.clear();
  }
  if (const auto hit = older_.find(bytes); hit != older_.end())
    return recent_.emplace(bytes, hit->second).first->second;
  auto claims = security::verify_token(token, issuer_key_, signatures_);
  if (!claims)
    return error{errc::unauthorized, claims.err().message};
  const scope_id home{claims->scopes_size() > 0 ? claims->scopes(0) : 0};
  return recent_.emplace(bytes, caller{claims->device(), claims->user(), home, claims->expires_wall_ns()})
      .first->second;
}

result<void> grant_table::load() {
  grants_.clear();
  return sql::each(
      sql::start(db_, "SELECT user, scope, role FROM grants ORDER BY user, scope"), [&](const store::statement& s) {
        const std::pair key{static_cast<std::uint32_t>(s.integer(0)), static_cast<std::uint32_t>(s.integer(1))};
        grants_[key] = static_cast<std::uint8_t>(s.integer(2));
      });
}

std::uint8_t grant_table::role(std::uint32_t user, scope_id scope) const {
  const auto held = grants_.find({user, scope.value});
  return held == grants_.end() ? 0 : held->second;
}

std::vector<grant> grant_table::all() const {
  std::vector<grant> out;
  for (const auto& [held, role] : grants_)
    out.push_back({held.first, {held.second}, role});
  return out;
}

result<void> grant_table::add(const grant& g) {
  if (!grants_.try_emplace({g.user, g.scope.value}, g.role).second)
    return {};
  return sql::run(db_, "INSERT INTO grants(user, scope, role) VALUES(?, ?, ?)", g.user, g.scope.value,
                  std::uint32_t{g.role});
}

} // namespace squall::server
