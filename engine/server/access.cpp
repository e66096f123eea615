#include "engine/server/access.hpp"

#include "engine/security/token.hpp"
#include "engine/server/sql.hpp"

namespace squall::server {

using telemetry::sabotage;

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
  const auto number = security::key_named_by(token);
  if (!number)
    return error{errc::unauthorized, number.err().message};
  const issuer_keys::key* key = keys_.find(*number);
  if (!key)
    return error{errc::not_found, "an access token names a key that is not known"};
  auto claims = security::verify_token(token, key->public_key, signatures_);
  if (!claims)
    return error{errc::unauthorized, claims.err().message};
  const bool issued_too_late = key->retired && claims->issued_wall_ns() > *key->retired;
  if (issued_too_late && !counts_.sabotaged(sabotage::retired_key_good_for_ever))
    return error{errc::unauthorized, "an access token was issued after its key had been retired"};
  const scope_id home{claims->scopes_size() > 0 ? claims->scopes(0) : 0};
  return recent_
      .emplace(bytes,
               caller{claims->device(), claims->user(), home, claims->expires_wall_ns(), key->retired.has_value()})
      .first->second;
}

bool token_gate::expired(const caller& c, time_ns wall) const {
  if (wall - leeway_ < c.expires_wall)
    return false;
  if (c.by_retired_key && counts_.sabotaged(sabotage::retired_key_good_for_ever))
    return false;
  return wall - 2 * leeway_ >= c.expires_wall || !counts_.sabotaged(sabotage::leeway_twice);
}

void token_gate::forget() {
  recent_.clear();
  older_.clear();
}

result<void> grant_table::load() {
  grants_.clear();
  changes_.clear();
  auto versions =
      sql::each(sql::start(db_, "SELECT user, version FROM grant_versions"), [&](const store::statement& s) {
        changes_[static_cast<std::uint32_t>(s.integer(0))] = sql::unsigned_at(s, 1) - 1;
      });
  if (!versions)
    return versions;
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

std::uint64_t grant_table::changes(std::uint32_t user) const {
  const auto at = changes_.find(user);
  return at == changes_.end() ? 0 : at->second;
}

std::vector<grant> grant_table::all() const {
  std::vector<grant> out;
  for (const auto& [held, role] : grants_)
    out.push_back({held.first, {held.second}, role});
  return out;
}

std::vector<grant> grant_table::of(std::uint32_t user) const {
  std::vector<grant> out;
  for (auto at = grants_.lower_bound({user, 0}); at != grants_.end() && at->first.first == user; ++at)
    out.push_back({user, {at->first.second}, at->second});
  return out;
}

result<std::optional<std::uint64_t>> grant_table::change(const io::grant_change& c) {
  const auto held = grants_.find({c.user, c.scope.value});
  const bool so_already = held == grants_.end() ? c.withdrawn : !c.withdrawn && held->second == c.role;
  if (so_already)
    return std::optional<std::uint64_t>{};
  const std::uint64_t changes = ++changes_[c.user];
  auto done = c.withdrawn ? sql::run(db_, "DELETE FROM grants WHERE user = ? AND scope = ?", c.user, c.scope.value)
                          : sql::run(db_, "INSERT OR REPLACE INTO grants(user, scope, role) VALUES(?, ?, ?)", c.user,
                                     c.scope.value, std::uint32_t{c.role});
  if (done)
    done = sql::run(db_, "INSERT OR REPLACE INTO grant_versions(user, version) VALUES(?, ?)", c.user, changes + 1);
  if (!done)
    return done.err();
  if (c.withdrawn)
    grants_.erase(held);
  else
    grants_[{c.user, c.scope.value}] = c.role;
  return std::optional{changes};
}

result<void> grant_table::add(const grant& g) {
  if (!grants_.try_emplace({g.user, g.scope.value}, g.role).second)
    return {};
  return sql::run(db_, "INSERT INTO grants(user, scope, role) VALUES(?, ?, ?)", g.user, g.scope.value,
                  std::uint32_t{g.role});
}

} // namespace squall::server
