#include "reports/invariants/model/intents.hpp"

#include <algorithm>

namespace squall::invariants {

intent_fact& intent_table::at(intent_index intent, const history::name_table& names) {
  if (intent == 0 || intent > names.intents())
    throw bad_history("an entry names an intent that the name table does not have");
  if (intent >= facts_.size()) {
    if (intent >= facts_.capacity())
      facts_.reserve(std::max<std::size_t>(intent + 1, facts_.capacity() * 3 / 2));
    for (auto i = static_cast<intent_index>(facts_.size()); i <= intent; ++i) {
      const auto& name = names.intent(i);
      intent_fact fact;
      fact.device = name.device;
      fact.incarnation = name.incarnation;
      fact.seq = static_cast<std::uint32_t>(name.seq);
      facts_.push_back(fact);
    }
  }
  return facts_[intent];
}

past_fact& intent_table::past_at(intent_fact& of) {
  if (of.past == 0) {
    of.past = static_cast<std::uint32_t>(pasts_.size());
    pasts_.emplace_back();
  }
  return pasts_[of.past];
}

const undone_commit* intent_table::undone_at(intent_index intent, position at) const {
  const auto& all = past(intent).commits;
  const auto found = std::find_if(all.begin(), all.end(), [&](const undone_commit& one) { return one.at == at; });
  return found == all.end() ? nullptr : &*found;
}

const stamp& intent_table::counted_at(intent_index intent, position at) const {
  const auto* undone = undone_at(intent, at);
  return undone == nullptr ? get(intent).counted : undone->counted;
}

std::uint32_t intent_table::role_at(intent_index intent, position at) const {
  const auto* undone = undone_at(intent, at);
  return undone == nullptr ? get(intent).role : undone->role;
}

void intent_table::note_release(intent_index intent, std::uint64_t step) {
  if (intent >= released_.size())
    released_.resize(std::max<std::size_t>(intent + 1, released_.size() * 3 / 2));
  released_[intent] = step;
}

void intent_table::begin_body(intent_fact& intent) {
  intent.operations_begin = static_cast<std::uint32_t>(operations_.size());
  intent.guards_begin = static_cast<std::uint32_t>(guards_.size());
  intent.operations = 0;
  intent.guards = 0;
}

void intent_table::add(intent_fact& intent, const operation& op) {
  if (intent.operations_begin + intent.operations != operations_.size())
    throw bad_history("an intent's operations do not follow it");
  operations_.push_back(op);
  operations_.back().writes_begin = static_cast<std::uint32_t>(writes_.size());
  operations_.back().branches_begin = static_cast<std::uint32_t>(branches_.size());
  ++intent.operations;
}

void intent_table::add_write(intent_fact& intent, record_index record, const write& item) {
  if (intent.operations == 0 || intent.operations_begin + intent.operations != operations_.size())
    throw bad_history("a write does not follow its operation");
  auto& op = operations_.back();
  if (op.record != record)
    throw bad_history("a write names another record than its operation");
  writes_.push_back(item);
  ++op.writes;
}

void intent_table::add_branch(const intent_fact& intent, intent_index branch) {
  if (intent.operations == 0 || intent.operations_begin + intent.operations != operations_.size())
    throw bad_history("a branch does not follow its operation");
  branches_.push_back(branch);
  ++operations_.back().branches;
}

bool intent_table::resolves(const intent_fact& intent) const {
  const auto all = operations(intent);
  return std::any_of(all.begin(), all.end(), [](const operation& op) { return op.task != 0; });
}

std::uint32_t intent_table::moves_to(const intent_fact& intent) const {
  for (const auto& op : operations(intent))
    if (op.code == operation_code::move)
      return op.to;
  return 0;
}

intent_index intent_table::effective_name(intent_index intent) const {
  for (auto other = past(intent).relabels; other != 0; other = past(other).relabels)
    if (get(other).committed != 0)
      return other;
  for (auto other = past(intent).relabelled; other != 0; other = past(other).relabelled)
    if (get(other).committed != 0)
      return other;
  return 0;
}

void intent_table::add(intent_fact& intent, const guard& item) {
  if (intent.guards_begin + intent.guards != guards_.size())
    throw bad_history("an intent's guards do not follow it");
  guards_.push_back(item);
  ++intent.guards;
}

void intent_table::set_lost(intent_fact& intent, std::span<const lost_write> items) {
  intent.lost_begin = static_cast<std::uint32_t>(lost_.size());
  intent.lost = static_cast<std::uint32_t>(items.size());
  lost_.insert(lost_.end(), items.begin(), items.end());
}

const write* intent_table::find_write(intent_index intent, record_index record, std::uint16_t field) const {
  const write* found = nullptr;
  for (const auto& op : operations(get(intent))) {
    if (op.record != record)
      continue;
    for (const auto& item : writes(op))
      if (item.field == field)
        found = &item;
  }
  return found;
}

} // namespace squall::invariants
