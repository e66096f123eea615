#include "engine/client/feed_position.hpp"

#include "engine/client/verdicts.hpp"

namespace squall::client {

void move_cursor(core& c, const io::cursor& to, telemetry::cursor_cause cause) {
  c.report({.kind = telemetry::fact_kind::cursor_moved,
            .code = static_cast<std::uint8_t>(cause),
            .sequence = to.sequence,
            .from_sequence = c.state.at.sequence,
            .aux = to.generation});
  const bool new_generation = to.generation != c.state.at.generation;
  c.state.at = to;
  if (!new_generation)
    return;
  c.known_head = to.sequence;
  for (queued_intent& q : c.queue.entries()) {
    if (q.quarantined || q.sequence == 0 || q.generation == to.generation)
      continue;
    q.folded = true;
    offer_again(c, q);
  }
  c.queue.recount();
}

void drop_covered(core& c, std::uint64_t backed_up_through, std::vector<record_id>& changed) {
  const std::uint64_t generation = c.state.at.generation;
  bool dropped = false;
  for (queued_intent& q : c.queue.entries()) {
    if (!q.folded || !c.covers(q.generation, q.sequence))
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
