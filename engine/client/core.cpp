#include "engine/client/core.hpp"

#include <algorithm>
#include <limits>

namespace squall::client {

core::core(options o, std::unique_ptr<client_store> opened)
    : config(std::move(o)), counts(config.sabotages), store(std::move(opened)), told(store->load_told()),
      fence(store->load_fence()), state(store->load_state()), queue(*store), shown(*config.model, config.role, counts),
      flags(*config.model, counts),
      // What the feed brings was bounded by the server.
      clock({.future_bound = std::numeric_limits<duration_ns>::max(), .last = state.stamp}),
      surfaced(store->count_surfaced()), gate(config.sync, counts) {
  queue.load();
  known_head = state.at.sequence;
}

void core::note_head(std::uint64_t generation, std::uint64_t head) {
  if (generation == state.at.generation)
    known_head = std::max(known_head, head);
}

void core::observe(const hlc_stamp& counted) {
  if (sabotaged(telemetry::sabotage::seen_stamps_ignored))
    return;
  clock.observe(counted, now.wall);
  state.stamp = clock.last();
}

void core::unfold(queued_intent& q, std::vector<record_id>& changed) {
  if (!q.folded)
    return;
  if (const intent* in = queue.content(q))
    append_records(*in, changed);
  q.folded = false;
  report({.kind = telemetry::fact_kind::overlay_dropped, .intent = q.id, .sequence = state.at.sequence});
}

bool may_go(const queued_intent& q, std::uint64_t generation, std::uint64_t backed_up_through) {
  return q.kept() && !q.folded && q.generation == generation && q.sequence <= backed_up_through;
}

bool core::prunable(std::uint64_t generation, std::uint64_t backed_up_through) const {
  return queue.kept() > 0 && std::any_of(queue.entries().begin(), queue.entries().end(), [&](const queued_intent& q) {
           return may_go(q, generation, backed_up_through);
         });
}

bool core::prune(std::uint64_t generation, std::uint64_t backed_up_through) {
  if (!prunable(generation, backed_up_through))
    return false;
  queue.erase_if([&](const queued_intent& q) { return may_go(q, generation, backed_up_through); });
  return true;
}

} // namespace squall::client
