// A move: what goes with a record to another scope, and what stands against it.
#include "reports/invariants/model/work.hpp"

#include <algorithm>

namespace squall::invariants {

void resolver::move(work& w, const operation& op) const {
  if (!w.on.row(op.record).live)
    return w.reject(rule_code::gone);
  ++w.took;
  take_along(w, op.record, op.to);
}

// The record, then each live one that refers to it by cascade, with its own before the next.
void resolver::take_along(work& w, record_index record, std::uint32_t to) const {
  push_row(w, record, w.on.row(record).collection, true, to);
  ++w.out.moved;
  if (w.asked.names == nullptr)
    return;
  for (const auto referrer : referrers_of(w, record)) {
    const auto row = w.on.row(referrer);
    if (row.live && row.scope != to && refers(w, referrer, record, true))
      take_along(w, referrer, to);
  }
}

bool resolver::refers(const work& w, record_index record, record_index to, bool only_cascade) const {
  const cell_value reference{value_tag::reference, history::digest_of(w.asked.names->record(to))};
  const auto& rules = *rules_.collection(w.on.row(record).collection);
  return std::any_of(rules.references.begin(), rules.references.end(), [&](std::uint16_t field) {
    return (!only_cascade || rules.fields[field].when_deleted == on_delete::cascade) &&
           w.on.cell(record, field).value == reference;
  });
}

void resolver::check_moved(work& w, const view& before, record_index record) const {
  const auto was = before.row(record);
  const auto is = w.on.row(record);
  if (!was.live || !is.live || was.scope == is.scope)
    return;
  const bool asked_about = w.asked.tasks != nullptr && w.asked.tasks->was_asked_about(record, w.asked.tasks_since_ns);
  if (asked_about || leaves_behind(w, record))
    w.reject(rule_code::reference);
}

// Some record that a reference joins it with does not go.
bool resolver::leaves_behind(const work& w, record_index record) const {
  const auto own = w.on.row(record);
  const auto stays = [&](record_index other) {
    const auto row = w.on.row(other);
    return row.live && row.scope != own.scope;
  };
  for (const auto referrer : referrers_of(w, record))
    if (stays(referrer) && refers(w, referrer, record, false))
      return true;
  const auto& references = rules_.collection(own.collection)->references;
  return std::any_of(references.begin(), references.end(), [&](std::uint16_t field) {
    const auto cell = w.on.cell(record, field);
    return cell.present && cell.value.tag == value_tag::reference && stays(base_.record_of(cell.value.number));
  });
}

} // namespace squall::invariants
