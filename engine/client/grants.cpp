#include "engine/client/grants.hpp"

#include <algorithm>

namespace squall::client {

using telemetry::fact_kind;
using telemetry::probe;
using telemetry::sabotage;

namespace {

/// Who still waits in the queue stays there; what was acknowledged has nobody left to see it.
void purge(core& c, scope_id scope) {
  c.hit(probe::scope_purged);
  if (!c.sabotaged(sabotage::revoked_rows_stay))
    c.store->purge_rows(scope);
  if (!c.sabotaged(sabotage::revoked_tasks_stay))
    c.store->clear_tasks(scope);
  const bool all = c.sabotaged(sabotage::purge_drops_queue);
  c.queue.erase_if([&](const queued_intent& q) { return q.scope == scope && (q.kept() || (all && q.awaiting())); });
  if (c.config.sabotages.any())
    c.left.push_back(*c.scopes.find(scope));
  c.report({.kind = fact_kind::scope_purged, .scope = scope});
}

void gain(core& c, held_scope& in) {
  c.hit(probe::scope_gained);
  const auto before = std::find_if(c.left.begin(), c.left.end(), [&](const auto& h) { return h.scope == in.scope; });
  if (before != c.left.end() && c.sabotaged(sabotage::purge_keeps_cursor))
    in = *before;
}

std::vector<held_scope> held_by(core& c, const google::protobuf::RepeatedPtrField<wire::Grant>& told) {
  std::vector<held_scope> held;
  for (const wire::Grant& g : told) {
    held_scope h{{.scope = {g.scope()}}};
    if (const held_scope* known = c.scopes.find(h.scope))
      h = *known;
    else
      gain(c, h);
    h.role = static_cast<std::uint8_t>(g.role());
    held.push_back(h);
  }
  std::sort(held.begin(), held.end(), [](const auto& a, const auto& b) { return a.scope < b.scope; });
  return held;
}

} // namespace

bool is_news(const durable_state& known, const grants_version& told) {
  if (told.generation == 0)
    return false;
  if (told.generation == known.grant_generation || known.grant_generation == 0)
    return told.changes > known.grant_changes;
  return told.generation > known.grant_generation && (told.changes > 0 || known.grant_changes > 0);
}

bool take_grants(core& c, const grants_version& version, const google::protobuf::RepeatedPtrField<wire::Grant>& told) {
  if (!is_news(c.state, version))
    return false;
  c.hit(probe::grants_told);
  auto held = held_by(c, told);
  std::vector<scope_id> lost;
  for (const held_scope& known : c.scopes.all())
    if (std::none_of(held.begin(), held.end(), [&](const held_scope& h) { return h.scope == known.scope; }))
      lost.push_back(known.scope);
  c.store->begin();
  c.report({.kind = fact_kind::grants_told, .sequence = version.generation, .aux = version.changes + 1});
  std::vector<record_id> changed;
  for (const scope_id scope : lost) {
    const auto shown = c.store->shown_in(scope);
    changed.insert(changed.end(), shown.begin(), shown.end());
    purge(c, scope);
  }
  c.state.grant_changes = version.changes;
  c.state.grant_generation = version.generation;
  c.newest_generation = std::max(c.newest_generation, version.generation);
  c.scopes.assign(std::move(held));
  c.store->save_grant_changes(c.state);
  for (const held_scope& h : c.scopes.all())
    c.store->save_scope(h);
  c.save_state();
  if (const held_scope* home = c.scopes.find(c.config.scope); home == nullptr) {
    c.store->save_home_tasks({});
    c.store->save_home_fence({});
  }
  // Who is folded in may differ: a role, a scope that came back or went.
  c.known_rows.clear();
  working_set rows(*c.config.model, *c.store, &c.known_rows);
  for (queued_intent& q : c.queue.entries())
    if (const intent* in = q.folded ? c.queue.content(q) : nullptr)
      append_records(*in, changed);
  c.shown.refold(c.queue, rows, std::move(changed));
  rows.flush();
  c.may_shrink = true;
  c.store->commit();
  return true;
}

} // namespace squall::client
