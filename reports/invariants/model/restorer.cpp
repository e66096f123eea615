#include "reports/invariants/model/restorer.hpp"

#include "reports/invariants/model/replica.hpp"

#include <algorithm>
#include <utility>

namespace squall::invariants {

void restorer::backed_up(const entry& e) {
  if (!w_.keeps_copies)
    throw bad_history("a backup is told of, though the plan asks for none");
  // Before the first commit any sequence before that one says so.
  const bool none = w_.server.head() == 0 && (w_.server.next_sequence() == 0 || e.s < w_.server.next_sequence());
  w_.seen.expected_s = none ? e.s : w_.server.sequence(w_.server.head());
  w_.seen.generation_right = w_.generation == 0 || e.aux == w_.generation;
  w_.backed_up_through = std::max(w_.backed_up_through, w_.seen.expected_s);
  copies_.push_back({e.at_ns,
                     w_.seen.expected_s,
                     w_.server.head(),
                     w_.step,
                     w_.tasks.steps(),
                     w_.grants.steps(),
                     w_.clock,
                     w_.lifetimes.copy(),
                     {}});
  for (intent_index i = 1; i < w_.intents.size(); ++i)
    if (const auto& fact = w_.intents.get(i);
        undecided(fact) && fact.arrived != never && (!fact.blind || fact.half_blind))
      copies_.back().asked.push_back(i);
}

bool restorer::undecided(const intent_fact& fact) const {
  return fact.committed == 0 && fact.task == 0 && fact.released.code == verdict_code::none;
}

void restorer::restored(const entry& e) {
  const auto used = std::find_if(copies_.rbegin(), copies_.rend(), [&](const copy& one) {
    return one.s == e.s && (e.value == 0 || one.at_ns == e.value);
  });
  if (used == copies_.rend())
    throw bad_history("the server is restored from a copy that nobody has put away");
  // What was put away later holds what is undone now.
  copies_.erase(used.base(), copies_.end());
  const auto& to = copies_.back();
  w_.seen.generation_right = (w_.generation == 0 || e.ref == w_.generation) && e.aux > e.ref;
  w_.grants.restore(to.grant_steps);
  w_.lifetimes.restore(to.lives, to.at);
  ++w_.restores;
  const auto tasks = w_.tasks.size();
  for (const auto branch : w_.tasks.restore(to.task_steps)) {
    auto& fact = w_.intents.at(branch, *w_.names);
    fact.task = 0;
    fact.kept = {};
  }
  w_.done.undone_tasks += tasks - w_.tasks.size();
  for (intent_index i = 1; i < w_.intents.size(); ++i)
    undo_intent(i, to);
  for (const auto i : to.asked)
    if (auto& fact = w_.intents.at(i, *w_.names); undecided(fact))
      fact.half_blind = true;
  w_.server.restore(to.at, e.aux, e.ref);
  w_.generation = e.aux;
  w_.clock.time = to.clock.time;
  w_.clock.known = to.clock.known;
  w_.backed_up_through = to.s;
  w_.told_s = std::min(w_.told_s, to.s);
  recount_stamps();
}

void restorer::undo_intent(intent_index intent, const copy& to) {
  auto& fact = w_.intents.at(intent, *w_.names);
  if (fact.committed > to.at) {
    auto& past = w_.intents.past_at(fact);
    past.undone = fact.committed;
    past.commits.push_back({fact.committed, fact.counted, fact.role});
    past.undone_s = w_.server.sequence(fact.committed);
    past.was_kept = past.undone_s > w_.backed_up_through && has_still(intent);
    past.offered = false;
    fact.committed = 0;
    fact.expected = verdict_code::none;
    fact.lost = 0;
    fact.recommitted = false;
    ++w_.done.undone_commits;
  }
  // What the copy has of a commit or a branch it decided before, whenever that was told.
  const bool kept = fact.committed != 0 || fact.task != 0;
  if (!kept && fact.released.code != verdict_code::none && w_.intents.released_step(intent) > to.step) {
    w_.intents.past_at(fact).released = fact.released;
    w_.done.undone_verdicts += takes_effect(fact.released.code) ? 0 : 1;
    fact.released = {};
  }
  if (!undecided(fact))
    return;
  // Whatever it had seen was in another generation.
  fact.blind = true;
  fact.half_blind = false;
  fact.floor_s = std::min(fact.floor_s, to.s);
  if (fact.arrived > to.at)
    fact.arrived = never;
  if (fact.carried > to.at)
    fact.carried = never;
  const auto fences = w_.lifetimes.find_scope(fact.scope).steps.size();
  fact.fence_steps = std::min(fact.fence_steps, static_cast<std::uint32_t>(fences));
  const auto grants = w_.grants.changes(w_.device(fact.device).user);
  fact.grant_steps = std::min(fact.grant_steps, static_cast<std::uint32_t>(grants));
  fact.tasks = std::min(fact.tasks, w_.tasks.size());
}

// Its device had no verdict of it, or did not drop it with its scope.
bool restorer::has_still(intent_index intent) {
  const auto& fact = w_.intents.get(intent);
  const auto& has = w_.device(fact.device).acknowledged;
  return !takes_effect(fact.received.code) || std::find(has.begin(), has.end(), intent) != has.end();
}

// How the server counts goes on from the newest intent of the incarnation that it still knows.
void restorer::recount_stamps() {
  for (auto& device : w_.devices)
    device.counted_incarnation = 0;
  for (intent_index i = 1; i < w_.intents.size(); ++i) {
    const auto& fact = w_.intents.get(i);
    auto& device = w_.device(fact.device);
    if (fact.committed == 0)
      continue;
    const bool same = device.counted_incarnation == fact.incarnation;
    device.counted = same ? std::max(device.counted, fact.counted) : fact.counted;
    device.counted_seq = same ? std::max(device.counted_seq, fact.seq) : fact.seq;
    device.counted_incarnation = fact.incarnation;
  }
}

// -- devices ----------------------------------------------------------------------------------------------------------------

namespace {

// Intents are numbered as they appear: a device's own in the order in which it accepted them.
void insert_in_order(std::vector<intent_index>& among, intent_index intent) {
  const auto at = std::lower_bound(among.begin(), among.end(), intent);
  if (at == among.end() || *at != intent)
    among.insert(at, intent);
}

void await_again(world& w, device_fact& device, intent_index intent) {
  auto& fact = w.intents.at(intent, *w.names);
  fact.received = {};
  fact.exited = false;
  insert_in_order(device.unverdicted, intent);
}

} // namespace

bool offers_again(world& w, device_fact& device, intent_index intent) {
  const auto& fact = w.intents.get(intent);
  // They go out in their order: what comes before it and was not sent is not there any more.
  if (!device.uncertain.empty()) {
    std::erase_if(device.uncertain, [&](intent_index one) { return one <= intent; });
    if (device.uncertain.empty() && device.unverdicted.empty())
      for (auto& one : device.replicas)
        one.overlay_in_doubt = false;
  }
  if (fact.past == 0 || fact.committed != 0 || fact.orphaned)
    return false;
  auto& past = w.intents.past_at(w.intents.at(intent, *w.names));
  if (past.undone == 0)
    return false;
  const bool is_first = !std::exchange(past.offered, true);
  if (fact.received.code == verdict_code::none)
    return is_first;
  await_again(w, device, intent);
  // Until it has taken over the new generation in the scope, its cursor there covers it, if it has one.
  if (const auto in = device.find(fact.scope).generation; in == 0 || in == w.generation) {
    insert_in_order(device.pending, intent);
    fold_anew(device);
  }
  return is_first;
}

bool shows_undone(const world& w, const device_fact& device, intent_index intent) {
  const auto& replica = device.find(w.intents.get(intent).scope);
  if (replica.generation == w.generation)
    return false;
  for (auto one = w.intents.past(intent).relabels; one != 0; one = w.intents.past(one).relabels)
    for (const auto& was : w.intents.past(one).commits)
      if (w.server.covers(replica.at, was.at))
        return true;
  return false;
}

void enter_generation(world& w, device_fact& device, std::uint32_t scope) {
  const auto in_scope = [&](intent_index intent) { return w.intents.get(intent).scope == scope; };
  auto& replica = device.replica(scope);
  std::erase_if(device.uncertain, in_scope);
  for (const auto intent : device.acknowledged) {
    const auto& fact = w.intents.get(intent);
    if (!in_scope(intent) || fact.orphaned || fact.committed != 0 || fact.received.code == verdict_code::none)
      continue;
    // It may have been told that there is a copy with it; then it need not have it any more.
    if (w.intents.past(fact).was_kept)
      await_again(w, device, intent);
    else {
      device.uncertain.push_back(intent);
      replica.overlay_in_doubt = true;
    }
  }
  const auto fold = [&](intent_index intent) {
    const auto& fact = w.intents.get(intent);
    if (in_scope(intent) && !fact.orphaned && !(fact.committed != 0 && w.server.covers(replica.at, fact.committed)))
      insert_in_order(device.pending, intent);
  };
  for (const auto intent : device.unverdicted)
    fold(intent);
  for (const auto intent : device.acknowledged)
    if (w.intents.get(intent).committed != 0)
      fold(intent);
  fold_anew(device);
}

} // namespace squall::invariants
