#include "reports/invariants/model/rebuild.hpp"

#include "reports/invariants/model/verdicts.hpp"

#include <algorithm>

namespace squall::invariants {

// The record tells the wall part alone; the rule for stamps gives the rest.
stamp rebuilt_server::count(const intent_fact& fact, std::int64_t wall, bool& right) {
  auto& before = stamps_[{fact.device, fact.incarnation}];
  stamp counted{wall, 0};
  if (wall == fact.given.wall && fact.given > before)
    counted = fact.given;
  else if (wall == before.wall)
    counted = {wall, before.logical + 1};
  right = counted > before && (wall <= fact.given.wall || wall == before.wall);
  if (fact.committed != 0)
    right = right && counted == fact.counted;
  before = std::max(before, counted);
  return counted;
}

rebuilt_server::finding rebuilt_server::next(const record_of& one) {
  finding out;
  const auto& fact = w_.intents.get(one.intent);
  const auto counted = count(fact, one.stamp_wall, out.stamp_right);
  if (!fact.accepted) {
    out.known = false;
    return out;
  }
  for (const auto& op : w_.intents.operations(fact))
    rows_.learn(op.record, history::digest_of(w_.names->record(op.record)));
  const auto head = rows_.head();
  auto fences = w_.lifetimes.in_force(fact.scope, head, head, 0);
  auto grants = w_.grants.in_force(w_.devices[fact.device].user, head, head, fact.grant_steps);
  if (takes_effect(one.is.code)) { // all that moved at this head had moved when the next one committed
    fences.erase(fences.begin(), fences.end() - 1);
    grants.erase(grants.begin(), grants.end() - 1);
  }
  for (const auto* held : grants)
    for (const auto forgotten : fences)
      if (!out.agrees || !out.judged)
        judge(one, counted, {forgotten, *held}, out);
  if (takes_effect(one.is.code) && takes_effect(out.expected.code))
    commit(one);
  else if (one.is.code == verdict_code::conflicted && one.task != 0)
    tasks_.keep(one.intent, fact.scope, out.expected.about);
  if (!takes_effect(one.is.code)) {
    refused_.resize(std::max<std::size_t>(refused_.size(), one.intent + 1));
    refused_[one.intent] = true;
  }
  return out;
}

void rebuilt_server::judge(const record_of& one, const stamp& counted, const circumstances& in, finding& out) {
  const bool effect = takes_effect(one.is.code);
  out.judged = true;
  for (const bool sighted : {false, true}) {
    if (out.agrees || (sighted && (effect || !w_.intents.get(one.intent).half_blind)))
      break;
    scratch_.clear();
    const auto on = view(rows_, rows_.head(), scratch_).forgetting(in.forgotten);
    out.expected = resolve_.judge({.intent = one.intent,
                                   .grants = &in.grants,
                                   .names = w_.names,
                                   .counted = counted,
                                   .tasks = &tasks_,
                                   .sighted = sighted,
                                   .refused = &refused_},
                                  on);
    out.agrees = out.expected.code == one.is.code && (effect || out.expected.rule == one.is.rule) &&
                 (effect || out.expected.winner == one.is.winner);
    out.task = out.expected.code == verdict_code::conflicted ? tasks_.task_for(out.expected.about) : 0;
    out.agrees = out.agrees && out.task == one.task;
  }
}

// Contexts, fences and grants are told by positions of the server that wrote the records: what it has undone has its places here,
// too.
void rebuilt_server::align(std::uint64_t s) {
  const auto place = w_.server.at_sequence(s);
  if (!w_.server.ever_restored() || rows_.made() + 1 >= place)
    return;
  const auto to = rows_.head();
  while (rows_.made() + 1 < place)
    rows_.begin_commit(0, 0, s);
  rows_.restore(to, w_.generation, 0);
}

void rebuilt_server::commit(const record_of& one) {
  const auto& fact = w_.intents.get(one.intent);
  align(one.is.s);
  rows_.begin_commit(one.intent, fact.scope, one.is.s, w_.intents.moves_to(fact));
  for (const auto& item : scratch_)
    put(rows_, item);
  rows_.end_commit(fact.counted);
  for (const auto& op : w_.intents.operations(fact))
    if (const auto* task = tasks_.find(op.task); task != nullptr && task->open())
      tasks_.resolve(op.task, w_.intents.branches(op), one.intent, w_.now);
}

} // namespace squall::invariants
