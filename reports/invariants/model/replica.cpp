#include "reports/invariants/model/replica.hpp"

#include "reports/invariants/model/restorer.hpp"

#include <algorithm>
#include <utility>

namespace squall::invariants {

replica_fact& device_fact::replica(std::uint32_t number) {
  if (number > world::participants_max)
    throw bad_history("an entry names a scope that no run has");
  const auto at = std::lower_bound(replicas.begin(), replicas.end(), number,
                                   [](const replica_fact& one, std::uint32_t wanted) { return one.scope < wanted; });
  if (at != replicas.end() && at->scope == number)
    return *at;
  const auto fresh = replicas.insert(at, replica_fact{});
  fresh->scope = number;
  return *fresh;
}

const replica_fact& device_fact::find(std::uint32_t number) const {
  static const replica_fact none;
  for (const auto& one : replicas)
    if (one.scope == number)
      return one;
  return none;
}

namespace {

// True: they were others before.
bool take_horizons(device_fact& device) {
  std::size_t n = 0;
  bool same = true;
  const auto take = [&](const horizon& is) {
    if (n == device.horizons.size())
      device.horizons.emplace_back();
    same = same && device.horizons[n] == is;
    device.horizons[n++] = is;
  };
  for (const auto& one : device.replicas)
    if (one.held)
      take({one.scope, one.at, one.forgotten});
  for (const auto& one : device.purged)
    take(one);
  same = same && n == device.horizons.size();
  device.horizons.resize(n);
  return !same;
}

} // namespace

view visible(world& w, device_fact& device) {
  if (take_horizons(device))
    fold_anew(device);
  const auto sees = view(w.server, device.horizons, device.overlay).forgetting(0, device.kept).without(device.unseen);
  const auto& grants = w.told_grants(device);
  for (; device.folded < device.pending.size(); ++device.folded) {
    const auto intent = device.pending[device.folded];
    const auto& fact = w.intents.get(intent);
    static_cast<void>(w.resolve.judge({.intent = intent,
                                       .grants = &grants,
                                       .names = w.names,
                                       .counted = fact.given,
                                       .on_device = true,
                                       .generation = device.find(fact.scope).generation},
                                      sees));
  }
  return sees;
}

namespace {

void drop_folded(device_fact& device) {
  fold_anew(device);
  for (auto& one : device.replicas)
    one.swapped &= !device.pending.empty();
  std::erase_if(device.kept, [&](const kept_record& one) {
    return std::find(device.pending.begin(), device.pending.end(), one.intent) == device.pending.end();
  });
}

// A snapshot at `to` says nothing of what came and left since the cursor.
void pass_over(const world& w, device_fact& device, const replica_fact& replica, position to) {
  const auto scope = replica.scope;
  const auto commits = w.server.scope_commits(scope);
  for (auto at = std::upper_bound(commits.begin(), commits.end(), replica.at); at != commits.end() && *at <= to; ++at)
    for (const auto& row : w.server.rows_of(*at)) {
      const auto* last = w.server.row_in(row.record, scope, to);
      if (row.scope == scope || last == nullptr || last->at != *at ||
          w.server.scope_of(row.record, replica.at) == scope)
        continue;
      const auto* before = w.server.row_in(row.record, scope, replica.at);
      const auto earlier = std::find_if(device.unseen.begin(), device.unseen.end(), [&](const unseen_stay& one) {
        return one.scope == scope && one.record == row.record && before != nullptr && one.left == before->at;
      });
      if (earlier != device.unseen.end())
        earlier->left = *at;
      else
        device.unseen.push_back({scope, row.record, replica.at, *at});
    }
}

} // namespace

void move_cursor(world& w, device_fact& device, const cursor_told& to, bool by_snapshot) {
  auto& replica = device.replica(to.scope);
  const bool enters = replica.generation != 0 && replica.generation != to.generation;
  if (enters)
    device.seen_before = std::max(device.seen_before, w.server.latest(to.scope, replica.at));
  else if (by_snapshot && w.server.any_moved())
    pass_over(w, device, replica, w.server.at_sequence(to.s, to.generation));
  if (to.generation > device.newest) {
    device.purged.clear();
    device.unseen.clear();
  }
  device.newest = std::max(device.newest, to.generation);
  replica.generation = to.generation;
  replica.cursor = to.s;
  replica.at = w.server.at_sequence(to.s, to.generation);
  replica.in_doubt = false;
  const auto covered = [&](intent_index intent) {
    const auto& fact = w.intents.get(intent);
    const auto has = [&](position made) { return made != 0 && w.server.covers(replica.at, made); };
    if (fact.scope != to.scope || (!has(fact.committed) && !has(w.intents.past(fact).undone)))
      return false;
    replica.overlay_in_doubt |= by_snapshot && fact.received.code == verdict_code::none;
    return true;
  };
  if (std::erase_if(device.pending, covered) > 0)
    drop_folded(device);
  if (enters)
    enter_generation(w, device, to.scope);
  device.resolving &= !device.pending.empty();
}

void show_cursor(world& w, device_fact& device, const cursor_told& at) {
  const auto& replica = device.replica(at.scope);
  const bool onward = at.generation == replica.generation ? at.s >= replica.cursor : at.generation > replica.generation;
  if (replica.in_doubt && (onward || replica.generation == 0))
    move_cursor(w, device, at, false);
}

namespace {

// What it has queued of the scope stays so; what it kept until a backup has it does not. What was undone may be either: from the
// first of its scopes on that has gone over, or from a gap on, it may await a verdict again.
void drop_scope(world& w, device_fact& device, replica_fact& one) {
  const auto in_scope = [&](intent_index intent) { return w.intents.get(intent).scope == one.scope; };
  std::erase_if(device.kept, [&](const kept_record& kept) { return in_scope(kept.intent); });
  std::erase_if(device.pending, [&](intent_index intent) {
    return in_scope(intent) && w.intents.get(intent).received.code != verdict_code::none;
  });
  std::erase_if(device.acknowledged, [&](intent_index intent) {
    auto& fact = w.intents.at(intent, *w.names);
    if (!in_scope(intent) || fact.received.code == verdict_code::none)
      return false;
    if (fact.past == 0)
      return true;
    auto& past = w.intents.past_at(fact);
    past.was_kept = false;
    if (fact.committed != 0 || past.undone == 0)
      return true;
    if (std::find(device.uncertain.begin(), device.uncertain.end(), intent) == device.uncertain.end())
      device.uncertain.push_back(intent);
    return false;
  });
  device.seen_before = std::max(device.seen_before, w.server.latest(one.scope, one.at));
  if (w.server.any_moved() && one.generation == device.newest)
    device.purged.push_back({one.scope, one.at, 0, true});
  const auto scope = one.scope;
  one = {};
  one.scope = scope;
}

} // namespace

void take_grants(world& w, device_fact& device, std::uint32_t step) {
  device.grant_step = step;
  const auto& grants = w.told_grants(device);
  for (auto& one : device.replicas)
    if (one.held && !grants.holds(one.scope))
      drop_scope(w, device, one);
  for (const auto& [scope, role] : grants.all()) {
    auto& replica = device.replica(scope);
    if (std::exchange(replica.held, true))
      continue;
    replica.overlay_in_doubt = std::any_of(device.uncertain.begin(), device.uncertain.end(),
                                           [&](intent_index one) { return w.intents.get(one).scope == replica.scope; });
    for (const auto intent : device.pending)
      for (const auto& op : w.intents.operations(w.intents.get(intent)))
        if (w.intents.get(intent).scope == scope)
          device.kept.push_back({intent, op.record});
  }
  fold_anew(device); // roles may be others
}

void begin_grants(world& w, device_fact& device) {
  device.grants = 1;
  device.grants_after = 0;
  take_grants(w, device, w.grants.find(device.user, 1));
}

void fold_anew(device_fact& device) {
  device.overlay.clear();
  device.folded = 0;
}

void take_verdict(world& w, device_fact& device, intent_index intent, const verdict& what) {
  std::erase(device.unverdicted, intent);
  const auto& fact = w.intents.get(intent);
  const auto& replica = device.find(fact.scope);
  // It may be of a commit that has been undone while the verdict was under way.
  const auto undone = w.intents.past(fact).undone;
  const bool stands = undone == 0 || fact.committed != 0;
  const auto made = stands ? w.server.at_sequence(what.s) : undone;
  if (stands)
    w.told_s = std::max(w.told_s, what.s);
  // A later verdict stands for an earlier one, of what had been undone.
  if (w.keeps_copies) {
    std::erase(device.acknowledged, intent);
    if (takes_effect(what.code) && replica.held)
      device.acknowledged.push_back(intent);
  }
  const bool gone = !takes_effect(what.code) || !replica.held || w.server.covers(replica.at, made);
  if (gone && std::erase(device.pending, intent) > 0)
    drop_folded(device);
  device.resolving &= !device.pending.empty();
  if (device.unverdicted.empty() && device.uncertain.empty())
    for (auto& one : device.replicas)
      one.overlay_in_doubt = false;
}

} // namespace squall::invariants
