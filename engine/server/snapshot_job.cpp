#include "engine/server/snapshot_job.hpp"

#include "engine/wire/codec.hpp"

namespace squall::server {

using telemetry::sabotage;

snapshot_job::snapshot_job(return_address from, const caller& who, const wire::SnapshotRequest& request)
    : from_(from), who_(who), scope_{request.scope()}, snapshot_(request.snapshot()), page_(request.page()) {}

result<std::optional<snapshot_info>> snapshot_job::choose(server_store& store, const feed_position& at) const {
  if (snapshot_ != 0) {
    auto kept = store.snapshots.find(snapshot_, scope_);
    // Its reader would not hear of what was deleted between it and the fence.
    if (kept && *kept && (*kept)->sequence < at.fence && !store.counts.sabotaged(sabotage::snapshot_below_fence)) {
      store.counts.hit(telemetry::probe::snapshot_below_fence);
      return std::optional<snapshot_info>{};
    }
    return kept;
  }
  auto greatest = store.log.greatest_stamp(scope_);
  if (!greatest)
    return greatest.err();
  auto made = store.snapshots.at_head(scope_, {at.head, *greatest});
  if (!made)
    return made.err();
  return std::optional<snapshot_info>{*made};
}

result<bool> snapshot_job::step(server_store& store, time_ns wall, io::effects& out) {
  if (store.tokens.expired(who_, wall)) {
    refuse(status_unauthorized, 0, out);
    return true;
  }
  const bool going_on = snapshot_ != 0 && store.counts.sabotaged(sabotage::withdrawn_snapshot_goes_on);
  if (!store.grants.holds(who_.user, scope_) && !going_on) {
    store.counts.hit(telemetry::probe::page_denied);
    auto reply = refusal<wire::SnapshotResponse>(status_forbidden);
    put_grants(store.grants, who_.user, store.log.generation(), reply);
    send(out, from_, reply, scope_);
    return true;
  }
  auto at = store.log.position(scope_);
  if (!at)
    return at.err();
  auto chosen = choose(store, *at);
  if (!chosen)
    return chosen.err();
  if (!*chosen || page_ >= (*chosen)->pages) {
    store.counts.hit(telemetry::probe::snapshot_gone);
    refuse(status_gone, 0, out);
    return true;
  }
  const snapshot_info& snapshot = **chosen;
  wire::SnapshotResponse reply;
  reply.set_status(status_ok);
  reply.set_snapshot(snapshot.id);
  reply.set_page(page_);
  reply.set_last(page_ + 1 == snapshot.pages);
  reply.mutable_at()->set_generation(store.log.generation());
  reply.mutable_at()->set_sequence(snapshot.sequence);
  reply.mutable_at()->set_scope_version(at->version);
  wire::to_wire(snapshot.greatest, *reply.mutable_greatest_stamp());
  reply.set_head(at->head);
  reply.set_backed_up_through(store.backed_up(*at));
  reply.set_fence(at->fence);
  auto filled = store.counts.sabotaged(sabotage::snapshot_by_offset)
                    ? store.snapshots.read_live(scope_, page_, reply)
                    : store.snapshots.read_page(snapshot, page_, reply);
  if (!filled)
    return filled.err();
  if (reply.last())
    tell_generations(store, *reply.mutable_generations());
  if (reply.last())
    if (auto named = name_own(store, reply); !named)
      return named.err();
  send(out, from_, reply, scope_);
  return true;
}

result<void> snapshot_job::name_own(server_store& store, wire::SnapshotResponse& reply) const {
  auto own = store.dedupe.committed_of(who_.device, reply.at().sequence());
  if (!own)
    return own.err();
  for (const dedupe_table::committed_intent& one : *own) {
    wire::CommittedIntent& named = *reply.add_own();
    named.set_incarnation(one.incarnation);
    named.set_seq(one.seq);
    named.set_sequence(one.sequence);
  }
  return {};
}

void snapshot_job::refuse(std::uint32_t status, duration_ns retry_after, io::effects& out) {
  send(out, from_, refusal<wire::SnapshotResponse>(status, retry_after), scope_);
}

} // namespace squall::server
