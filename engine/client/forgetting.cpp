#include "engine/client/forgetting.hpp"

#include <set>

namespace squall::client {

using telemetry::probe;
using telemetry::sabotage;

namespace {

std::set<record_id> worked_on(core& c) {
  std::set<record_id> out;
  std::vector<record_id> records;
  for (queued_intent& q : c.queue.entries())
    if (q.folded)
      if (const intent* in = c.queue.content(q))
        append_records(*in, records);
  out.insert(records.begin(), records.end());
  return out;
}

} // namespace

bool brings_fence(const held_scope& in, std::uint64_t generation, std::uint64_t told) {
  return generation == in.fence.generation ? told > in.fence.through : told > 0;
}

void take_fence(core& c, held_scope& in, std::uint64_t told) {
  const std::uint64_t generation = in.at.generation;
  if (!brings_fence(in, generation, told) && (generation == in.fence.generation || in.fence.through == 0))
    return;
  in.fence = {generation, told};
  c.save_fence(in);
  c.report({.kind = telemetry::fact_kind::fence_told, .scope = in.scope, .sequence = told, .aux = generation});
}

void forget_behind_fence(core& c) {
  for (const held_scope& in : c.scopes.all())
    forget_behind_fence(c, in);
}

void forget_behind_fence(core& c, const held_scope& in) {
  if (in.fence.through == 0 || in.fence.generation != in.at.generation || c.failed())
    return;
  std::vector<record_id> gone = c.store->buried_through(in.scope, in.fence.through);
  if (gone.empty() || c.sabotaged(sabotage::told_fence_ignored))
    return;
  if (c.queue.folded() > 0) {
    const auto kept = worked_on(c);
    if (std::erase_if(gone, [&](const record_id& id) { return kept.contains(id); }) > 0)
      c.hit(probe::tombstone_kept_for_pending);
  }
  if (gone.empty())
    return;
  c.hit(probe::tombstones_forgotten_here);
  c.store->forget_rows(gone);
  c.known_rows.clear();
  c.may_shrink = true;
}

} // namespace squall::client
