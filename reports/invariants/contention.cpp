#include "reports/invariants/contention.hpp"

namespace squall::invariants {

void contention::mark(intent_index intent) {
  if (intent >= marked_.size())
    marked_.resize(intent + 1);
  count_ += marked_[intent] ? 0 : 1;
  marked_[intent] = true;
}

void contention::meet(const world& w, intent_index intent, std::vector<change>& earlier) {
  const auto& fact = w.intents.get(intent);
  for (auto it = earlier.rbegin(); it != earlier.rend() && it->at > fact.context; ++it)
    if (!w.resolve.seen(fact, intent, it->intent, it->at)) {
      mark(it->intent);
      mark(intent);
    }
}

void contention::judged(const world& w, intent_index intent, position at) {
  for (const auto& op : w.intents.operations(w.intents.get(intent))) {
    if (op.record >= changes_.size())
      changes_.resize(op.record + 1);
    auto& earlier = changes_[op.record];
    if (!earlier.empty() && earlier.back().intent == intent)
      continue; // several operations on one record
    meet(w, intent, earlier);
    if (at != 0)
      earlier.push_back({intent, at});
  }
}

} // namespace squall::invariants
