#include "reports/invariants/model/drift.hpp"

#include <algorithm>

namespace squall::invariants {

void drift_reader::step(const entry& e) {
  if (connection_book::concerns(e.kind))
    disturbed(e);
  switch (e.kind) {
    case entry_kind::participant: return participant(e);
    case entry_kind::grant:
    case entry_kind::revoke: return granted(e);
    case entry_kind::intent_committed: return committed(e);
    case entry_kind::cursor_moved: return cursor_moved(e);
    case entry_kind::server_restored: return restored();
    case entry_kind::incarnation_begun:
      if (e.code == 0 && e.actor < devices_.size())
        for (auto& at : devices_[e.actor])
          at.next = 0;
      break;
    case entry_kind::scope_purged: of(e.actor, e.scope).next = 0; break;
    default: break;
  }
}

// Until now it was connected, perhaps.
void drift_reader::disturbed(const entry& e) {
  for (const bool of_peer : {false, true}) {
    const auto who = connections_.disturbs(e, of_peer);
    if (who == connection_book::everybody)
      for (std::uint32_t device = 1; device < devices_.size(); ++device)
        look(device);
    else if (who != 0)
      look(who);
  }
  connections_.step(e);
}

void drift_reader::finish() {
  for (std::uint32_t device = 1; device < devices_.size(); ++device)
    for (auto& at : devices_[device]) {
      look(device, at);
      if (at.held && is_behind(at))
        w_.drift.aged(w_.now - oldest(at));
    }
}

drift_reader::track& drift_reader::of(std::uint32_t device, std::uint32_t scope) {
  w_.device(device); // or there is no such one
  if (device >= devices_.size())
    devices_.resize(device + 1);
  auto& all = devices_[device];
  const auto found = std::find_if(all.begin(), all.end(), [&](const track& one) { return one.scope == scope; });
  if (found != all.end())
    return *found;
  all.push_back({.scope = scope});
  return all.back();
}

// -- who holds what -----------------------------------------------------------------------------------------------------

void drift_reader::participant(const entry& e) {
  if (e.scope == 0)
    return;
  devices_of_[e.ref].push_back(e.actor);
  for (const auto& [scope, role] : w_.grants.now(e.ref).all())
    of(e.actor, scope).held = true;
}

void drift_reader::granted(const entry& e) {
  const auto found = devices_of_.find(e.ref);
  if (found == devices_of_.end())
    return;
  const bool held = e.kind == entry_kind::grant;
  for (const auto device : found->second)
    give(device, of(device, e.scope), held);
}

void drift_reader::give(std::uint32_t device, track& at, bool held) {
  if (held == at.held)
    return;
  look(device, at);
  at.held = held;
  at.held_since = w_.now;
}

// Of what stands now, a cursor has reached what it had reached of it before; and grants are those of the copy.
void drift_reader::restored() {
  for (std::uint32_t device = 1; device < devices_.size(); ++device)
    for (auto& at : devices_[device]) {
      at.next = std::min(at.next, static_cast<std::uint32_t>(w_.server.scope_commits(at.scope).size()));
      give(device, at, w_.is_granted(w_.device(device).user, at.scope));
    }
}

// -- what there is, and who has it --------------------------------------------------------------------------------------

void drift_reader::committed(const entry& e) {
  if (w_.seen.committed >= committed_at_.size())
    committed_at_.resize(w_.seen.committed + 1, e.at_ns);
}

bool drift_reader::is_behind(const track& at) const { return at.next < w_.server.scope_commits(at.scope).size(); }

std::int64_t drift_reader::oldest(const track& at) const {
  return committed_at_[w_.server.scope_commits(at.scope)[at.next]];
}

void drift_reader::cursor_moved(const entry& e) {
  auto& at = of(e.actor, e.scope != 0 ? e.scope : w_.device(e.actor).scope);
  look(e.actor, at);
  const auto reached = static_cast<std::uint32_t>(w_.server.reached(at.scope, w_.server.at_sequence(e.s, e.aux)));
  if (at.held && reached > at.next) {
    w_.drift.aged(w_.now - oldest(at));
    if (connections_.is_connected(e.actor))
      w_.drift.reached(w_.now - std::max(calm_since(e.actor, at), oldest(at)));
  }
  at.reported = at.reported && reached == at.next;
  at.next = reached;
}

std::int64_t drift_reader::calm_since(std::uint32_t device, const track& at) const {
  return std::max(connections_.since(device), at.held_since);
}

void drift_reader::look(std::uint32_t device) {
  if (device < devices_.size())
    for (auto& at : devices_[device])
      look(device, at);
}

void drift_reader::look(std::uint32_t device, track& at) {
  if (!at.held || !connections_.is_connected(device))
    return;
  const auto since = calm_since(device, at);
  const auto lag = is_behind(at) ? w_.now - std::max(since, oldest(at)) : 0;
  w_.drift.waits(lag);
  if (w_.now - since < w_.drift.within_ns())
    return;
  w_.drift.looked(device);
  if (lag <= w_.drift.within_ns() || at.reported)
    return;
  at.reported = true;
  w_.seen.stale.push_back(
      {device, at.scope, w_.server.sequence(w_.server.scope_commits(at.scope)[at.next]), oldest(at), since});
}

} // namespace squall::invariants
