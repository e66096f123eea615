#include "engine/client/feed_position.hpp"

#include "engine/client/verdicts.hpp"

#include <algorithm>

namespace squall::client {

using telemetry::probe;
using telemetry::sabotage;

namespace {

/// The sequence up to which generation `from` and the present one are the same: the least that any between began with.
std::uint64_t common_through(std::uint64_t from, const generation_starts& starts) {
  std::uint64_t common = 0;
  bool known = false;
  for (const wire::GenerationStart& s : starts)
    if (s.generation() > from) {
      common = known ? std::min<std::uint64_t>(common, s.sequence()) : s.sequence();
      known = true;
    }
  return common;
}

/// The server committed `q` once, in generation `q.generation` or in the one that begins here. `entered`: for its scope, too.
void take_over(core& c, queued_intent& q, bool entered, const io::cursor& to, const generation_starts& starts) {
  if (q.generation == to.generation) {
    if (!entered || q.folded || q.sequence <= to.sequence)
      return;
    q.folded = true;
    return c.queue.update(q);
  }
  const bool undone = q.sequence > common_through(q.generation, starts);
  if (undone && q.kept() && c.sabotaged(sabotage::undone_taken_for_done))
    return;
  if (undone) {
    q.folded = q.folded || entered;
    offer_again(c, q);
  } else {
    c.hit(probe::acknowledged_in_copy);
    q.generation = to.generation;
    c.queue.update(q);
  }
}

void begin_tasks_again(core& c, held_scope& in) {
  if (in.told.generation == 0 || in.told.generation == in.at.generation)
    return;
  c.hit(probe::tasks_begun_again);
  c.store->clear_tasks(in.scope);
  in.told = {in.at.generation, 0};
  c.save_tasks(in);
}

} // namespace

void move_cursor(core& c, held_scope& in, const io::cursor& to, telemetry::cursor_cause cause,
                 const generation_starts& starts) {
  c.report({.kind = telemetry::fact_kind::cursor_moved,
            .code = static_cast<std::uint8_t>(cause),
            .scope = in.scope,
            .sequence = to.sequence,
            .from_sequence = in.at.sequence,
            .aux = to.generation});
  const bool new_generation = to.generation != in.at.generation;
  in.at = to;
  if (!new_generation)
    return;
  in.known_head = to.sequence;
  for (queued_intent& q : c.queue.entries())
    if (!q.quarantined && q.sequence != 0)
      take_over(c, q, q.scope == in.scope, to, starts);
  c.queue.recount();
  begin_tasks_again(c, in);
}

void drop_covered(core& c, std::uint64_t generation, std::uint64_t backed_up_through, std::vector<record_id>& changed) {
  bool dropped = false;
  for (queued_intent& q : c.queue.entries()) {
    if (!q.folded || !c.covers(q))
      continue;
    c.unfold(q, changed);
    if (!c.may_go(q, generation, backed_up_through)) // else it is about to be erased
      c.queue.update(q);
    dropped = true;
  }
  if (dropped)
    c.queue.recount();
  c.prune(generation, backed_up_through);
}

} // namespace squall::client
