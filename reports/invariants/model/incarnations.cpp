// What a device does with what it has queued: it sends it, gives it another name, or begins anew.
#include "reports/invariants/model/model.hpp"
#include "reports/invariants/model/replica.hpp"

#include <algorithm>
#include <utility>

namespace squall::invariants {

void model::incarnation_begun(const entry& e) {
  auto& device = world_.device(e.actor);
  if (e.aux == device.incarnation)
    return;
  end_incarnation(device, e.code == 1);
  device.incarnation = static_cast<std::uint32_t>(e.aux);
  if (forgets_)
    lives_.incarnation_begun(e);
  if (e.code == 1)
    return;
  device.kept.clear();
  device.seen_before = {};
  grants_.incarnation_begun(e.actor);
}

// `relabels`: the device keeps all that it has, and gives other names to what awaits a verdict. Else nothing is left of it.
void model::end_incarnation(device_fact& device, bool relabels) {
  device.to_relabel = std::exchange(device.unverdicted, {});
  for (const auto intent : device.to_relabel)
    world_.intents.at(intent, *world_.names).orphaned = !relabels;
  for (const auto intent : device.acknowledged) {
    auto& fact = world_.intents.at(intent, *world_.names);
    fact.orphaned = !relabels;
    if (fact.committed != 0 || fact.received.code == verdict_code::none)
      continue;
    if (world_.intents.past(fact).was_kept)
      fact.received = {};
    device.to_relabel.push_back(intent);
  }
  const auto goes = [&](intent_index intent) {
    return !relabels ||
           std::find(device.to_relabel.begin(), device.to_relabel.end(), intent) != device.to_relabel.end();
  };
  device.uncertain.clear();
  std::erase_if(device.acknowledged, goes);
  std::erase_if(device.pending, goes);
  fold_anew(device);
  device.resolving = false;
}

// What is queued may get another name in a new incarnation: it is the same intention.
void model::find_other_name(const entry& e, intent_fact& fact) {
  auto& among = world_.device(e.actor).to_relabel;
  const auto old = std::find_if(among.begin(), among.end(), [&](intent_index one) {
    return e.flags != 0 ? one == e.flags : e.ref != 0 && world_.intents.get(one).plan_id == e.ref;
  });
  if (old == among.end())
    return;
  world_.intents.past_at(fact).relabels = *old;
  auto& other = world_.intents.at(*old, *world_.names);
  world_.intents.past_at(other).relabelled = e.intent;
  other.orphaned = true;
  among.erase(old);
}

void model::carried(const entry& e) {
  world_.seen.offered_again = offers_again(world_, world_.device(e.actor), e.intent);
  auto& fact = world_.intents.at(e.intent, *world_.names);
  if (fact.carried == never) {
    fact.carried = world_.server.head();
    mark_place(fact);
  }
  if (fact.arrived == never)
    cargo_[e.message].push_back(e.intent);
}

} // namespace squall::invariants
