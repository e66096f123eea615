#include "engine/server/fence.hpp"

#include <algorithm>
#include <limits>

namespace squall::server {

using telemetry::probe;
using telemetry::sabotage;

namespace {

using graves = std::vector<tombstone_table::grave>;

time_ns time_of(server_store& store, time_ns wall) {
  return store.devices.time_at(std::max(wall, store.stamps.time().value_or(wall)));
}

/// A known bug: with a device that is away too long goes what proves its intents to be old ones.
result<void> forget_intents_of(server_store& store, std::uint32_t device) {
  if (!store.counts.sabotaged(sabotage::expired_dedupe_dropped))
    return {};
  auto transaction = store::transaction::begin(*store.db);
  if (!transaction)
    return transaction.err();
  if (auto dropped = store.dedupe.drop(device); !dropped)
    return dropped;
  return transaction->commit();
}

/// The sequence that every living device of the scope has told to have reached.
result<std::uint64_t> watermark(server_store& store, scope_id scope, time_ns now) {
  auto devices = store.devices.of(scope);
  if (!devices)
    return devices.err();
  std::uint64_t lowest = std::numeric_limits<std::uint64_t>::max();
  for (const auto& [device, incarnations] : **devices) {
    auto expired = store.devices.expired(device, now);
    if (!expired)
      return expired.err();
    if (*expired && !store.counts.sabotaged(sabotage::expired_device_pins)) {
      store.counts.hit(probe::device_expired);
      if (auto dropped = forget_intents_of(store, device); !dropped)
        return dropped.err();
      continue;
    }
    if (!store.counts.sabotaged(sabotage::watermark_by_age))
      lowest = std::min(lowest, incarnations.back().cursor);
  }
  return lowest;
}

bool old_enough(const server_store& store, const tombstone_table::grave& g, time_ns now) {
  return now - g.since >= store.settings.tombstones_for;
}

/// The tombstones that can be forgotten, in commit order. What was deleted by one intent goes together.
result<graves> forgettable(server_store& store, scope_id scope, time_ns now) {
  auto oldest = store.tombstones.oldest(scope);
  if (!oldest)
    return oldest.err();
  if (!*oldest || !old_enough(store, **oldest, now)) // most pulls end here
    return graves{};
  auto through = watermark(store, scope, now);
  if (!through)
    return through.err();
  if (*through < (*oldest)->s) {
    store.counts.hit(probe::fence_held_by_device);
    return graves{};
  }
  // A sequence has 63 bits at most: as no device is there that holds the fence, all of them are meant.
  auto out = store.tombstones.up_to(scope, std::min<std::uint64_t>(*through, std::numeric_limits<std::int64_t>::max()));
  if (!out)
    return out;
  auto end = std::find_if(out->begin(), out->end(), [&](const auto& g) { return !old_enough(store, g, now); });
  for (auto g = out->begin(); g != end; ++g) {
    auto waits = store.tasks.waits_on(g->record);
    if (!waits)
      return waits.err();
    if (!*waits || store.counts.sabotaged(sabotage::open_task_forgotten))
      continue;
    store.counts.hit(probe::fence_held_by_task);
    end = std::find_if(out->begin(), g, [&](const auto& other) { return other.s == g->s; });
    break;
  }
  out->erase(end, out->end());
  return out;
}

result<void> forget(server_store& store, scope_id scope, const graves& all, time_ns now) {
  for (const auto& g : all) {
    store.counts.hit(probe::tombstone_forgotten);
    auto done = store.tombstones.erase(scope, g.s, g.record);
    if (done)
      done = store.rows.erase(g.record);
    if (done)
      done = store.constraints.erase(g.record);
    if (!done)
      return done;
  }
  const audit_record moved{.kind = audit_kind::fence, .time = now, .scope = scope, .fence = all.back().s};
  if (auto audited = store.audit.add(moved, {}, store.log.newest()); !audited)
    return audited;
  return store.log.move_fence(scope, all.back().s);
}

/// What a pull leaves to be written.
struct due {
  bool cursor = false;
  bool hearing = false;
  graves forgotten;
  bool nothing() const noexcept { return !cursor && !hearing && forgotten.empty(); }
};

result<due> due_at(server_store& store, const device_table::telling& told, time_ns now) {
  due out;
  auto hearing = store.devices.hear(told.device, now);
  if (!hearing)
    return hearing.err();
  out.hearing = *hearing;
  auto at = store.devices.tell(told);
  if (!at)
    return at.err();
  if (*at == nullptr) {
    store.counts.hit(probe::pull_of_old_incarnation);
  } else {
    const device_table::incarnation& i = **at;
    auto matters = i.known && i.stored < i.cursor ? store.tombstones.any_between(told.scope, i.stored, i.cursor)
                                                  : result<bool>(!i.known);
    if (!matters)
      return matters.err();
    out.cursor = *matters;
  }
  auto forgotten = forgettable(store, told.scope, now);
  if (!forgotten)
    return forgotten.err();
  out.forgotten = std::move(*forgotten);
  return out;
}

} // namespace

result<void> note_pull(server_store& store, const device_table::telling& told, time_ns wall, io::effects& out) {
  if (store.settings.tombstones_for == 0)
    return {};
  const time_ns now = time_of(store, wall);
  auto what = due_at(store, told, now);
  if (!what)
    return what.err();
  if (what->nothing())
    return {};
  auto before = store.log.position(told.scope);
  if (!before)
    return before.err();
  auto transaction = store::transaction::begin(*store.db);
  if (!transaction)
    return transaction.err();
  result<void> done;
  if (what->cursor)
    done = store.devices.keep(told);
  if (done && what->hearing)
    done = store.devices.keep_heard(told.device);
  if (done && !what->forgotten.empty())
    done = forget(store, told.scope, what->forgotten, now);
  if (!done)
    return done;
  if (auto committed = transaction->commit(); !committed || what->forgotten.empty())
    return committed;
  store.counts.hit(probe::fence_moved);
  telemetry::fact& f = out.facts.emplace_back();
  f.kind = telemetry::fact_kind::fence_moved;
  f.sequence = what->forgotten.back().s;
  f.from_sequence = before->fence;
  f.aux = told.scope.value;
  f.wall = now;
  return {};
}

result<void> note_push(server_store& store, std::uint32_t device, time_ns wall) {
  if (store.settings.tombstones_for == 0)
    return {};
  const time_ns now = time_of(store, wall);
  auto gone = store.devices.expired(device, now);
  if (!gone || *gone) // only its next pull brings it back
    return gone ? result<void>{} : result<void>{gone.err()};
  auto due = store.devices.hear(device, now);
  if (!due || !*due)
    return due ? result<void>{} : result<void>{due.err()};
  auto transaction = store::transaction::begin(*store.db);
  if (!transaction)
    return transaction.err();
  if (auto kept = store.devices.keep_heard(device); !kept)
    return kept;
  return transaction->commit();
}

result<void> forget_through(server_store& store, scope_id scope, std::uint64_t fence, time_ns time) {
  auto graves = store.tombstones.up_to(scope, fence);
  if (!graves)
    return graves.err();
  if (graves->empty() || graves->back().s != fence)
    return error{errc::corrupt, "a fence moves to where nothing was deleted"};
  auto transaction = store::transaction::begin(*store.db);
  if (!transaction)
    return transaction.err();
  if (auto forgotten = forget(store, scope, *graves, time); !forgotten)
    return forgotten;
  return transaction->commit();
}

} // namespace squall::server
