#include "engine/client/feed_position.hpp"

#include "engine/client/verdicts.hpp"

namespace squall::client {

void move_cursor(core& c, held_scope& in, const io::cursor& to, telemetry::cursor_cause cause) {
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
  for (queued_intent& q : c.queue.entries()) {
    if (q.scope != in.scope || q.quarantined || q.sequence == 0 || q.generation == to.generation)
      continue;
    q.folded = true;
    offer_again(c, q);
  }
  c.queue.recount();
}

void drop_covered(core& c, std::uint64_t generation, std::uint64_t backed_up_through, std::vector<record_id>& changed) {
  bool dropped = false;
  for (queued_intent& q : c.queue.entries()) {
    if (!q.folded || !c.covers(q))
      continue;
    c.unfold(q, changed);
    if (!may_go(q, generation, backed_up_through)) // else it is about to be erased
      c.queue.update(q);
    dropped = true;
  }
  if (dropped)
    c.queue.recount();
  c.prune(generation, backed_up_through);
}

} // namespace squall::client
