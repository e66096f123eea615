// What a visible row's user must be told: that its key is another's, or that what it refers to is gone.
#include "reports/invariants/model/replica.hpp"

#include <algorithm>

namespace squall::invariants {

bool world::resolves_closed_task(const device_fact& d) const {
  if (!d.resolving)
    return false;
  return std::any_of(d.pending.begin(), d.pending.end(), [&](intent_index intent) {
    const auto& fact = intents.get(intent);
    const auto operations = intents.operations(fact);
    const auto of_feed = d.find(fact.scope).generation;
    return std::any_of(operations.begin(), operations.end(), [&](const operation& op) {
      // What it knows of the tasks of a generation that is over, nobody knows any more.
      if (op.task != 0 && of_feed != 0 && of_feed != generation)
        return true;
      const auto* task = op.task == 0 ? nullptr : tasks.find(op.task);
      return task != nullptr && !task->open() && task->about.record == op.record;
    });
  });
}

bool world::tombstones_in_doubt(const device_fact& d) const {
  return std::any_of(d.kept.begin(), d.kept.end(), [&](const kept_record& one) {
    const auto& replica = d.find(intents.get(one.intent).scope);
    const auto* row = replica.swapped ? server.row(one.record, replica.at) : nullptr;
    return row != nullptr && !row->live && row->at <= replica.forgotten;
  });
}

namespace {

bool reference_gone(const world& w, const view& sees, record_index record, const collection_rules& rules) {
  return std::any_of(rules.references.begin(), rules.references.end(), [&](std::uint16_t field) {
    const auto cell = sees.cell(record, field);
    return cell.present && cell.value.tag == value_tag::reference &&
           !sees.is_live(w.server.record_of(cell.value.number));
  });
}

// Confirmed rows have their keys: they are never the ones that are flagged.
bool key_taken(const world& w, const view& sees, const view& confirmed, record_index record, std::uint16_t collection) {
  const auto& keys = w.rules.collection(collection)->keys;
  const auto scope = sees.row(record).scope;
  const auto has = [&](const view& in, record_index one, std::size_t k, const std::vector<cell_value>& values) {
    const auto row = in.row(one);
    return row.live && row.scope == scope && in.key(one, keys[k]) == values;
  };
  for (std::size_t k = 0; k < keys.size(); ++k) {
    const auto values = sees.key(record, keys[k]);
    if (values.empty() || has(confirmed, record, k, values))
      continue;
    const auto candidates = sees.had_key(scope, collection, k, values);
    if (std::any_of(candidates.begin(), candidates.end(),
                    [&](record_index other) { return other != record && has(sees, other, k, values); }))
      return true;
  }
  return false;
}

} // namespace

void compare_flags(world& w, const exhibit& shown, const entry& e) {
  std::uint32_t expected = 0;
  const auto& sees = *shown.against;
  const auto* rules = w.rules.collection(e.collection);
  if (rules == nullptr || (rules->references.empty() && rules->keys.empty() && e.flags == 0))
    return;
  if (!sees.overlay().empty() && sees.is_live(e.record)) {
    if (key_taken(w, sees, sees.first(0), e.record, e.collection))
      expected |= static_cast<std::uint32_t>(history::flag_code::key_taken);
    if (reference_gone(w, sees, e.record, *rules))
      expected |= static_cast<std::uint32_t>(history::flag_code::reference_gone);
  }
  w.done.flagged += expected != 0 ? 1 : 0;
  if (e.flags != expected)
    w.seen.flags.push_back({shown.device, e.record, e.collection, e.flags, expected});
}

} // namespace squall::invariants
