#include "engine/client/page_apply.hpp"

#include "engine/client/feed_position.hpp"
#include "engine/client/forgetting.hpp"
#include "engine/client/page_check.hpp"
#include "engine/client/task_book.hpp"
#include "engine/wire/codec.hpp"

namespace squall::client {

namespace {

using telemetry::fact_kind;
using telemetry::probe;
using telemetry::sabotage;

bool is_mere_deletion(const wire::RowState& from) {
  return from.change() == static_cast<std::uint32_t>(telemetry::row_change::deleted) && from.fields_size() == 0;
}

/// One row of an entry becomes confirmed. `changed` and `bears_upon` collect what that touches.
void apply_row(core& c, working_set& rows, const wire::RowState& from, std::vector<record_id>& changed,
               std::vector<record_id>& bears_upon) {
  const record_id id = wire::from_wire(from.record());
  const derived_fields& derived = c.shown.derived();
  const merge::row* before = rows.look(layer::confirmed, id);
  if (before && is_mere_deletion(from) && c.sabotaged(sabotage::deletion_skipped))
    return;
  const bool made = before == nullptr;
  if (before)
    derived.affected_by_change(*before, false, bears_upon);
  changed.push_back(id);
  if (from.change() == static_cast<std::uint32_t>(telemetry::row_change::exit)) {
    c.hit(probe::row_left_scope);
    rows.drop_confirmed(id);
    return;
  }
  merge::row* row = rows.edit(layer::confirmed, id);
  if (!row)
    row = &rows.create_confirmed(id, static_cast<collection_number>(from.collection()));
  if (auto done = wire::apply(from, *row); !done)
    return c.store->fail(done.err());
  derived.link(rows, *row);
  derived.affected_by_change(*row, made, bears_upon);
}

/// An own intent that the feed brings is committed, whether its verdict came or not.
void meet_own(core& c, const wire::ChangeEntry& e, std::uint64_t generation) {
  if (e.intent().device() != c.config.device)
    return;
  queued_intent* q = c.queue.find(wire::from_wire(e.intent()));
  if (!q || q->kept())
    return;
  c.hit(probe::own_intent_in_feed_first);
  q->sequence = e.sequence();
  q->generation = generation;
}

io::cursor end_of(const wire::PullResponse& page) { return from_wire(page.next()); }

} // namespace

void skip_page(core& c, const wire::PullResponse& page) {
  c.store->begin();
  move_cursor(c, end_of(page), telemetry::cursor_cause::page, page.generations());
  c.store->save_state(c.state);
  c.store->commit();
}

void apply_page(core& c, const wire::PullResponse& page) {
  if (c.sabotaged(sabotage::cursor_before_page)) {
    const durable_state before = c.state;
    c.state.at = end_of(page);
    c.state.entry_known = false;
    c.store->begin();
    c.store->save_state(c.state);
    c.store->commit();
    c.state = before;
  }
  c.store->begin();
  working_set rows(*c.config.model, *c.store, &c.known_rows);
  std::vector<record_id> changed, bears_upon;
  for (const wire::ChangeEntry& e : page.entries()) {
    for (const wire::RowState& row : e.rows())
      apply_row(c, rows, row, changed, bears_upon);
    if (c.failed())
      return;
    meet_own(c, e, page.next().generation());
    c.observe(wire::from_wire(e.stamp()));
    c.state.last_entry = e.sequence();
    c.state.entry_known = true;
    c.report({.kind = fact_kind::group_applied, .intent = wire::from_wire(e.intent()), .sequence = e.sequence()});
  }
  c.shown.derived().recompute(layer::confirmed, rows, bears_upon);
  changed.insert(changed.end(), bears_upon.begin(), bears_upon.end());
  take_tasks(c, page, changed);
  move_cursor(c, end_of(page), telemetry::cursor_cause::page, page.generations());
  if (page.generations_size() > 0) // what is offered again is folded in again
    for (queued_intent& q : c.queue.entries())
      if (q.folded)
        if (const intent* in = c.queue.content(q))
          append_records(*in, changed);
  drop_covered(c, page.backed_up_through(), changed);
  c.shown.refold(c.queue, c.state.at.generation, rows, std::move(changed));
  rows.flush();
  take_fence(c, page.fence());
  forget_behind_fence(c);
  c.store->save_state(c.state);
  c.store->commit();
}

} // namespace squall::client
