#include "engine/client/overlay.hpp"

#include <algorithm>

namespace squall::client {

merge::decision overlay::fold(const intent& in, working_set& rows) const {
  rows.work_in(in.scope, scopes_);
  std::vector<record_id> bears_upon, made;
  if (!derived_.none())
    for (const operation& op : in.operations) {
      if (const merge::row* row = rows.look(layer::visible, op.record))
        derived_.affected_by_change(*row, false, bears_upon);
      else
        made.push_back(op.record);
    }
  const held_scope* held = scopes_.find(in.scope);
  merge::position at{held ? held->at.generation : 0, merge::pending_sequence, in.stamp};
  at.role = held ? held->role : 0;
  at.granted = held != nullptr;
  merge::decision d = merge::decide(model_, in, at, rows, counts_);
  if (!d.committed())
    return d;
  for (const record_id& id : d.rows)
    rows.mark(id);
  if (derived_.links_nothing())
    return d;
  for (const record_id& id : d.rows)
    if (const merge::row* row = rows.look(layer::visible, id)) {
      derived_.link(rows, *row);
      derived_.affected_by_change(*row, std::find(made.begin(), made.end(), id) != made.end(), bears_upon);
    }
  derived_.recompute(layer::visible, rows, std::move(bears_upon));
  return d;
}

/// The record, and whatever may be removed with it.
void overlay::add_with_referrers(working_set& rows, const record_id& id, std::set<record_id>& out) const {
  if (!out.insert(id).second)
    return;
  const merge::row* row = rows.look(layer::visible, id);
  if (!row || !derived_.removes_others(row->collection))
    return;
  const std::vector<record_id> children = rows.children_of(id); // looking further may move what it returns
  for (const record_id& child : children)
    add_with_referrers(rows, child, out);
}

/// All records that can look different when those in `changed` do: an intent shows on all of its records or on none, and a
/// removal on all that go with its record.
std::set<record_id> overlay::reach_of(action_queue& queue, working_set& rows, const std::vector<record_id>& changed,
                                      std::vector<queued_intent*>& involved) const {
  std::set<record_id> reach;
  for (const record_id& id : changed)
    add_with_referrers(rows, id, reach);
  std::vector<queued_intent*> others;
  bool guarded = false;
  for (queued_intent& q : queue.entries()) {
    if (!q.folded)
      continue;
    const intent* in = queue.content(q);
    if (!in)
      return {};
    guarded = guarded || !in->guards.empty();
    others.push_back(&q);
  }
  // A guard may look at any field, derived ones too: then everything is connected with everything.
  for (bool grew = true; grew;) {
    grew = false;
    std::erase_if(others, [&](queued_intent* q) {
      std::set<record_id> own;
      for (const operation& op : q->content->operations)
        if (op.kind == operation_kind::remove || op.kind == operation_kind::move)
          add_with_referrers(rows, op.record, own);
        else
          own.insert(op.record);
      if (!guarded && std::none_of(own.begin(), own.end(), [&](const record_id& id) { return reach.count(id); }))
        return false;
      for (const record_id& id : own)
        add_with_referrers(rows, id, reach);
      involved.push_back(q);
      grew = true;
      return true;
    });
  }
  std::sort(involved.begin(), involved.end(), [](const auto* a, const auto* b) { return a->n < b->n; });
  return reach;
}

void overlay::refold(action_queue& queue, working_set& rows, std::vector<record_id> changed) const {
  std::vector<queued_intent*> involved;
  const std::set<record_id> reach = reach_of(queue, rows, changed, involved);
  std::vector<record_id> bears_upon;
  bool differs = queue.folded() > 0;
  for (const record_id& id : reach) {
    derived_.affected_by(rows.look(layer::visible, id), bears_upon);
    differs = rows.reset_visible(id) || differs;
    derived_.affected_by(rows.look(layer::visible, id), bears_upon);
  }
  if (differs) // else both layers are one, and the confirmed one is up to date
    derived_.recompute(layer::visible, rows, std::move(bears_upon));
  if (!involved.empty())
    counts_.hit(telemetry::probe::overlay_rebased);
  for (queued_intent* q : involved)
    fold(*q->content, rows);
}

} // namespace squall::client
