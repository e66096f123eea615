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

/// Which feed a page is of, and the entry at hand.
struct page_place {
  scope_id scope;
  std::uint64_t generation = 0;
  std::uint64_t sequence = 0;
};

/// One row of an entry becomes confirmed. `changed` and `bears_upon` collect what that touches.
void apply_row(core& c, const page_place& in, working_set& rows, const wire::RowState& from,
               std::vector<record_id>& changed, std::vector<record_id>& bears_upon) {
  const scope_id scope = in.scope;
  const record_id id = wire::from_wire(from.record());
  const derived_fields& derived = c.shown.derived();
  const merge::row* before = rows.look(layer::confirmed, id);
  if (before && is_mere_deletion(from) && c.sabotaged(sabotage::deletion_skipped))
    return;
  const bool exits = from.change() == static_cast<std::uint32_t>(telemetry::row_change::exit);
  if (exits && c.sabotaged(sabotage::exit_ignored))
    return;
  // The two feeds of a move are not read in step: what another scope has told since, in the same generation, stands.
  const bool came = before && before->scope != scope;
  const bool stands = came && !c.is_behind(before->scope, in.generation);
  if (came && (exits || (stands && from.presence_sequence() <= before->presence_sequence)))
    return c.hit(probe::row_of_scope_left);
  // What is there for longer than this entry and not here went with another scope, to which it had moved: the rest is no record.
  const bool went = before == nullptr && from.presence_sequence() != 0 && from.presence_sequence() < in.sequence;
  if (went)
    return c.hit(probe::row_of_scope_left);
  const bool made = before == nullptr || came;
  if (before)
    derived.affected_by_change(*before, false, bears_upon);
  changed.push_back(id);
  if (exits && before && c.sabotaged(sabotage::exit_as_tombstone)) {
    merge::row* left = rows.edit(layer::confirmed, id);
    left->deleted = true;
    return;
  }
  if (exits)
    c.hit(probe::row_left_scope);
  if (exits || came)
    rows.drop_confirmed(id);
  if (exits)
    return;
  merge::row* row = rows.edit(layer::confirmed, id);
  if (!row)
    row = &rows.create_confirmed(id, static_cast<collection_number>(from.collection()), scope);
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

void skip_page(core& c, held_scope& in, const wire::PullResponse& page) {
  c.store->begin();
  move_cursor(c, in, end_of(page), telemetry::cursor_cause::page, page.generations());
  c.save_state(in);
  c.store->commit();
}

void apply_page(core& c, held_scope& in, const wire::PullResponse& page) {
  if (c.sabotaged(sabotage::cursor_before_page)) {
    const held_scope before = in;
    in.at = end_of(page);
    in.entry_known = false;
    c.store->begin();
    c.save_state(in);
    c.store->commit();
    in = before;
  }
  c.store->begin();
  working_set rows(*c.config.model, *c.store, &c.known_rows);
  std::vector<record_id> changed, bears_upon;
  for (const wire::ChangeEntry& e : page.entries()) {
    for (const wire::RowState& row : e.rows())
      apply_row(c, {in.scope, page.next().generation(), e.sequence()}, rows, row, changed, bears_upon);
    if (c.failed())
      return;
    meet_own(c, e, page.next().generation());
    c.observe(wire::from_wire(e.stamp()));
    in.last_entry = e.sequence();
    in.entry_known = true;
    c.report({.kind = fact_kind::group_applied,
              .scope = in.scope,
              .intent = wire::from_wire(e.intent()),
              .sequence = e.sequence()});
  }
  c.shown.derived().recompute(layer::confirmed, rows, bears_upon);
  changed.insert(changed.end(), bears_upon.begin(), bears_upon.end());
  take_tasks(c, in, page, changed);
  move_cursor(c, in, end_of(page), telemetry::cursor_cause::page, page.generations());
  if (page.generations_size() > 0) // what is offered again is folded in again
    for (queued_intent& q : c.queue.entries())
      if (q.folded)
        if (const intent* content = c.queue.content(q))
          append_records(*content, changed);
  drop_covered(c, in.at.generation, page.backed_up_through(), changed);
  c.shown.refold(c.queue, rows, std::move(changed));
  rows.flush();
  take_fence(c, in, page.fence());
  forget_behind_fence(c);
  c.save_state(in);
  c.store->commit();
}

} // namespace squall::client
