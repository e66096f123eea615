#include "reports/invariants/model/grant_reader.hpp"

#include "reports/invariants/model/replica.hpp"

#include <algorithm>

namespace squall::invariants {

grant_reader::duty& grant_reader::of(std::uint32_t device) {
  w_.device(device); // or there is no such one
  if (device >= duties_.size())
    duties_.resize(device + 1);
  return duties_[device];
}

void grant_reader::trouble(grant_flaw what, const entry& e, std::uint64_t version, std::uint64_t expected) {
  w_.seen.grants.push_back({what, e.actor, e.scope, version, expected});
}

namespace {

// Of these kinds is what a device does; others tell what is done to it, or read it.
bool is_deed(entry_kind kind) {
  const auto number = static_cast<std::uint8_t>(kind);
  return number < 32 || (kind >= entry_kind::export_began && kind <= entry_kind::export_branch) ||
         kind == entry_kind::message_sent;
}

} // namespace

void grant_reader::before(const entry& e) {
  started_ = started_ || (e.kind != entry_kind::participant && e.kind != entry_kind::grant);
  if (e.actor == 0 || e.actor >= duties_.size() || !is_deed(e.kind))
    return;
  auto& due = duties_[e.actor];
  if (!due.to_purge.empty() && e.kind != entry_kind::scope_purged) {
    w_.seen.grants.push_back({grant_flaw::not_purged, e.actor, due.to_purge.front(), 0, 0});
    due.to_purge.clear();
  }
  if (!due.due || e.at_ns <= due.since_ns || e.kind == entry_kind::grants_told)
    return;
  if (compare(w_.device(e.actor), due.told) < 0)
    trouble(grant_flaw::not_taken, e, w_.device(e.actor).grants, w_.grants.version_of(due.told.step));
  due.due = false;
}

// Versions count within a generation: what a restored server tells is newer.
int grant_reader::compare(const device_fact& device, const reply& told) const {
  if (device.grant_step == told.step)
    return 0;
  const auto has = std::pair{device.grants_after, device.grants};
  const auto is = std::pair{told.after, w_.grants.version_of(told.step)};
  return has < is ? -1 : is < has ? 1 : 0;
}

grant_reader::reply grant_reader::meant(const device_fact& device, const reply& came, std::uint64_t version) const {
  if (came.step != 0 && w_.grants.version_of(came.step) == version && compare(device, came) < 0)
    return came;
  const auto found = w_.grants.find(device.user, version);
  const bool stands = version <= w_.grants.version(device.user);
  return {found, stands ? w_.restores : device.grants_after, 0};
}

// -- the host -----------------------------------------------------------------------------------------------------------------

void grant_reader::participant(const entry& e) {
  users_[e.ref].push_back(e.actor);
  w_.grants.begin(e.ref);
  begin_grants(w_, w_.device(e.actor));
}

const std::vector<std::uint32_t>& grant_reader::changed(const entry& e) {
  const auto version = w_.grants.version(e.ref);
  const bool at_start = !started_;
  const auto expected = at_start ? 1 : version + 1;
  w_.done.grants += at_start ? 0 : 1;
  if (e.aux != expected)
    trouble(grant_flaw::version, e, e.aux, expected);
  w_.grants.change(e.ref, expected, w_.server.head(), e.scope, e.kind == entry_kind::grant, e.code);
  const auto& devices = users_[e.ref];
  if (at_start)
    for (const auto device : devices)
      begin_grants(w_, w_.device(device));
  return devices;
}

void grant_reader::crashed(const entry& e) {
  auto& due = of(e.actor);
  due.due = false;
  due.to_purge.clear();
  due.up_since_ns = e.at_ns;
}

void grant_reader::message(const entry& e) {
  const auto found = replies_.find(e.message);
  if (found == replies_.end())
    return;
  if (e.kind == entry_kind::message_corrupted) {
    replies_.erase(found);
  } else if (e.kind == entry_kind::message_delivered) {
    // Who has crashed since does not know any more what was asked.
    const auto& device = w_.device(e.actor);
    auto& due = of(e.actor);
    const auto& came = found->second;
    if (device.down || due.up_since_ns > came.at_ns)
      return;
    // Those of the start are the same in a later generation, and it need not say that it has heard of that.
    due.heard = std::max(due.heard, came.after);
    if (came.after < due.heard || compare(device, came) >= 0)
      return;
    const auto rank = [&](const reply& one) { return std::pair{one.after, w_.grants.version_of(one.step)}; };
    if (!due.due || rank(due.told) < rank(came))
      due.told = came;
    due.due = true;
    due.since_ns = e.at_ns;
  }
}

// -- the server -----------------------------------------------------------------------------------------------------------------

void grant_reader::replied(const entry& e) {
  constexpr std::uint8_t forbidden = 3;
  const auto code = static_cast<history::page_code>(e.code);
  const bool answers_pull = code == history::page_code::changes || code == history::page_code::resync;
  if (e.message != 0 && (e.kind == entry_kind::page_served ? answers_pull : e.code == forbidden))
    replies_[e.message] = {w_.grants.step(w_.device(e.peer).user), w_.restores, e.at_ns};
}

// -- devices ----------------------------------------------------------------------------------------------------------------------

std::vector<std::uint32_t> grant_reader::told(const entry& e) {
  auto& device = w_.device(e.actor);
  ++w_.done.grants;
  const auto what = meant(device, of(e.actor).told, e.aux);
  if (what.step == 0)
    trouble(grant_flaw::never_given, e, e.aux, w_.grants.version(device.user));
  else if (what.after == device.grants_after && e.aux <= device.grants)
    trouble(grant_flaw::goes_back, e, e.aux, device.grants);
  std::vector<std::uint32_t> lost;
  const auto step = what.step != 0 ? what.step : w_.grants.step(device.user);
  const auto& grants = w_.grants.of(step);
  for (const auto& one : device.replicas)
    if (one.held && !grants.holds(one.scope))
      lost.push_back(one.scope);
  device.grants = e.aux;
  device.grants_after = what.after;
  take_grants(w_, device, step);
  of(e.actor).to_purge = lost;
  return lost;
}

void grant_reader::purged(const entry& e) {
  ++w_.done.grants;
  if (std::erase(of(e.actor).to_purge, e.scope) == 0)
    trouble(grant_flaw::purged, e, 0, 0);
}

void grant_reader::incarnation_begun(std::uint32_t device) {
  of(device) = {};
  auto& fact = w_.device(device);
  fact.replicas.clear();
  fact.purged.clear();
  fact.unseen.clear();
  fact.newest = 0;
  begin_grants(w_, fact);
}

} // namespace squall::invariants
