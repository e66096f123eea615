#include "engine/server/listeners.hpp"

namespace squall::server {

void listeners::answered(scope_id scope, const listener& who, time_ns now) {
  if (listen_for_ > 0)
    scopes_[scope.value][who.device] = {who, now, false};
}

std::vector<listeners::listener> listeners::to_tell(const news& n, time_ns now) {
  std::vector<listener> out;
  const auto scope = scopes_.find(n.scope.value);
  if (scope == scopes_.end())
    return out;
  auto& places = scope->second;
  for (auto at = places.begin(); at != places.end();) {
    place& p = at->second;
    if (now - p.answered > listen_for_) {
      at = places.erase(at);
      continue;
    }
    if (!p.told && at->first != n.author) {
      p.told = true;
      out.push_back(p.who);
    }
    ++at;
  }
  return out;
}

} // namespace squall::server
