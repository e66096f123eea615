#include "engine/client/verdicts.hpp"

#include <algorithm>

namespace squall::client {

namespace {

using telemetry::fact_kind;
using telemetry::probe;
using telemetry::sabotage;

void surface(core& c, queued_intent& q, const verdict& v) {
  c.store->insert_surfaced({q.id, v, c.queue.body(q)});
  ++c.surfaced;
  c.report({.kind = fact_kind::surfaced, .verdict = v.kind, .rule = v.rule, .intent = q.id});
}

/// Committed: shown until the cursor reaches it, kept until the server has a backup of it.
void settle_committed(core& c, queued_intent& q, const verdict& v, std::uint64_t generation,
                      std::vector<record_id>& changed) {
  if (!q.folded)
    c.hit(probe::verdict_after_feed);
  q.kind = v.kind;
  q.sequence = v.sequence;
  q.generation = generation;
  q.body.clear();
  q.body.shrink_to_fit();
  if (!c.scopes.holds(q.scope)) // nobody will see it
    return c.queue.erase(q.n);
  if (c.covers(q) || c.sabotaged(sabotage::overlay_dropped_at_verdict))
    c.unfold(q, changed);
  c.queue.update(q);
  c.queue.recount();
}

/// Without effect: gone from view and queue, and the user is told.
void settle_without_effect(core& c, queued_intent& q, const verdict& v, std::vector<record_id>& changed) {
  c.unfold(q, changed);
  surface(c, q, v);
  c.queue.erase(q.n);
}

void forget_edits_in_flight(core& c, std::int64_t n, const std::vector<record_id>& records) {
  c.queue.erase_if([&](const queued_intent& later) {
    return later.n > n && later.awaiting() && later.content &&
           std::any_of(later.content->operations.begin(), later.content->operations.end(), [&](const operation& op) {
             return std::find(records.begin(), records.end(), op.record) != records.end();
           });
  });
}

} // namespace

bool is_terminal(verdict_kind kind) noexcept {
  switch (kind) {
    case verdict_kind::applied:
    case verdict_kind::merged:
    case verdict_kind::superseded:
    case verdict_kind::conflicted:
    case verdict_kind::rejected: return true;
    case verdict_kind::none:
    case verdict_kind::duplicate:
    case verdict_kind::fork:
    case verdict_kind::gap:
    case verdict_kind::retry: break;
  }
  return false;
}

void settle(core& c, const intent_id& id, const verdict& v, std::uint64_t generation, std::vector<record_id>& changed) {
  queued_intent* q = c.queue.find(id);
  if (!q || !q->awaiting() || c.failed())
    return;
  if (v.was_duplicate)
    c.hit(probe::verdict_repeated);
  c.report({.kind = fact_kind::verdict_received,
            .verdict = v.kind,
            .rule = v.rule,
            .intent = id,
            .other = v.winner,
            .sequence = v.sequence});
  c.report({.kind = fact_kind::queue_exit, .verdict = v.kind, .intent = id});
  const std::int64_t n = q->n;
  std::vector<record_id> records;
  if (const intent* in = c.queue.content(*q))
    append_records(*in, records);
  if (v.kind == verdict_kind::applied || v.kind == verdict_kind::merged)
    settle_committed(c, *q, v, generation, changed);
  else
    settle_without_effect(c, *q, v, changed);
  if (c.sabotaged(sabotage::edit_in_flight_lost))
    forget_edits_in_flight(c, n, records);
}

void offer_again(core& c, queued_intent& q) {
  if (q.kept())
    c.hit(probe::acknowledged_offered_again);
  q.kind = verdict_kind::none; // its sequence stays: the server did commit it once
  c.queue.update(q);
}

void quarantine(core& c, const intent_id& id, std::vector<record_id>& changed) {
  queued_intent* q = c.queue.find(id);
  if (!q || !q->awaiting() || c.failed())
    return;
  c.hit(probe::intent_quarantined);
  c.unfold(*q, changed);
  q->quarantined = true;
  c.queue.update(*q);
  c.queue.recount();
  surface(c, *q, {.kind = verdict_kind::fork});
}

} // namespace squall::client
