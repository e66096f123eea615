#include "engine/server/commit.hpp"

#include "engine/base/hash.hpp"
#include "engine/server/feed_entry.hpp"
#include "engine/server/store_schema.hpp"
#include "engine/wire/codec.hpp"
#include "engine/wire/message_room.hpp"
#include "engine/wire/serialize.hpp"

#include <algorithm>
#include <utility>

namespace squall::server {

using telemetry::probe;
using telemetry::sabotage;

namespace {

verdict rejected(verdict_rule rule) {
  verdict v;
  v.kind = verdict_kind::rejected;
  v.rule = rule;
  return v;
}

/// The intent that the frame promises; nothing if the body is another, or none.
std::optional<intent> read(server_store& store, const arrival& a) {
  if (content_hash(a.body) != a.hash)
    return std::nullopt;
  auto in = wire::decode_intent(a.body);
  if (!in || in->id != a.id)
    return std::nullopt;
  if (!in->guards.empty() && store.counts.sabotaged(sabotage::guard_not_checked))
    in->guards.clear();
  return std::move(*in);
}

/// When an intent is judged, and how its stamp counts then.
struct moment {
  time_ns wall = 0;
  time_ns time = 0; ///< the server's
  hlc_stamp stamp;
  std::uint8_t role = 0; ///< of its author
};

/// True if the author's user holds the intent's scope now.
bool granted(server_store& store, const intent& in, const arrival& a) {
  return (in.user == a.user && store.grants.holds(in.user, in.scope)) ||
         store.counts.sabotaged(sabotage::scope_not_checked) ||
         store.counts.sabotaged(sabotage::grant_not_asked_at_commit);
}

audit_record audited(const arrival& a, const verdict& outcome, const moment& now) {
  return {.id = a.id,
          .hash = a.hash,
          .user = a.user,
          .role = now.role,
          .time = now.time,
          .wall = now.wall,
          .stamp = now.stamp,
          .decision = outcome};
}

/// Of a move, where it leads; 0: it is none.
scope_id destination(const intent& in) {
  const operation& first = in.operations.front();
  return first.kind == operation_kind::move ? first.to_scope : scope_id{};
}

/// A known bug: where a record is removed, the branch that waits in its task takes its place.
result<void> expose_branches(server_store& store, const intent& in, merge::decision& d, unit_of_work& rows) {
  if (store.settings.sabotages.none())
    return {};
  for (const operation& op : in.operations) {
    if (op.kind != operation_kind::remove)
      continue;
    auto body = store.tasks.newest_branch_on(op.record);
    if (!body)
      return body.err();
    if (body->empty() || !store.counts.sabotaged(sabotage::branch_exposed_by_delete))
      continue;
    const auto branch = wire::decode_intent(*body);
    merge::row* row = rows.find(op.record);
    if (!branch || !row)
      continue;
    row->deleted = false;
    for (const operation& shown : merge::operations_on(op.record, *branch))
      for (const field_write& w : shown.writes) {
        if (w.kind != write_kind::set)
          continue;
        row->fields[w.field] = {w.to, branch->id, d.outcome.sequence};
        d.changed.push_back({row->id, row->collection, w.field});
      }
  }
  return {};
}

result<void> trim_feed(server_store& store, scope_id scope) {
  if (store.settings.retention_entries == 0)
    return {};
  auto trimmed = store.log.trim(scope, store.settings.retention_entries);
  if (!trimmed)
    return trimmed.err();
  if (*trimmed && store.counts.sabotaged(sabotage::audit_trimmed))
    if (auto gone = store.audit.drop_with_feed(); !gone)
      return gone;
  if (*trimmed)
    store.counts.hit(probe::feed_trimmed);
  return {};
}

result<void> write_effect(server_store& store, const arrival& a, const intent& in, merge::decision& d,
                          unit_of_work& rows, const moment& now) {
  if (auto exposed = expose_branches(store, in, d, rows); !exposed)
    return exposed;
  const std::uint64_t s = d.outcome.sequence;
  auto previous = store.log.before(in.scope, s);
  if (!previous)
    return previous.err();
  wire::message_room room;
  auto& entry = room.make<wire::ChangeEntry>();
  wire::ChangeEntry* arrival = nullptr;
  const scope_id to = destination(in);
  if (to.value == 0) {
    fill_entry(in, d, rows, {*previous, now.stamp}, entry);
  } else {
    auto before = store.log.before(to, s);
    if (!before)
      return before.err();
    fill_exits(in, d, rows, {*previous, now.stamp}, entry);
    if (store.counts.sabotaged(sabotage::move_without_exit))
      entry.clear_rows();
    arrival = &room.make<wire::ChangeEntry>();
    fill_entry(in, d, rows, {*before, now.stamp}, *arrival);
  }
  if (auto settled = rows.settle(d.rows); !settled)
    return settled;
  if (auto written = rows.write(now.time); !written)
    return written;
  if (auto settled = store.tasks.settle(in); !settled)
    return settled;
  const std::string bytes = wire::serialize(entry);
  std::string audit = audit_log::note_of(audited(a, d.outcome, now));
  if (store.counts.sabotaged(sabotage::audit_written_apart))
    store.late_audit = std::exchange(audit, {});
  auto logged = store.log.append({s, in.scope, incarnation_key(a.id.device, a.id.incarnation), a.id.seq, a.hash,
                                  now.wall, now.stamp, bytes, a.body, audit});
  store.entries.note(in.scope, s, entry);
  if (logged && arrival != nullptr) {
    const std::string came = wire::serialize(*arrival);
    logged =
        store.log.append_arrival({.sequence = s, .scope = to, .wall = now.wall, .stamp = now.stamp, .entry = came});
  }
  if (logged)
    logged = trim_feed(store, in.scope);
  return logged && arrival != nullptr ? trim_feed(store, to) : logged;
}

/// A known bug: whoever updates a record that was forgotten makes it anew.
result<void> recreate_forgotten(server_store& store, const intent& in, unit_of_work& rows, std::uint64_t sequence) {
  if (store.settings.sabotages.none())
    return {};
  for (const operation& op : in.operations) {
    const intent_id creator = op.record.creator();
    if (op.kind != operation_kind::update || rows.find(op.record) || creator.seq == 0 || creator == in.id)
      continue;
    auto judged = store.dedupe.high_water(creator.device, creator.incarnation);
    auto refused = store.dedupe.was_refused(creator);
    if (!judged || !refused)
      return judged ? refused.err() : judged.err();
    if (*judged < creator.seq || *refused || !store.counts.sabotaged(sabotage::update_recreates_forgotten))
      continue;
    merge::row& row = rows.create(op.record, op.collection);
    row.presence_writer = in.id;
    row.presence_sequence = sequence;
  }
  return {};
}

/// What becomes of a readable intent, written as far as it has an effect.
result<judgement> take_effect(server_store& store, const arrival& a, const intent& in, const head_start& ahead,
                              const moment& now) {
  std::optional<unit_of_work> own;
  if (!ahead.rows)
    own.emplace(store.work_on(in.scope));
  unit_of_work& rows = ahead.rows ? *ahead.rows : *own;
  const std::uint64_t sequence = ahead.sequence ? *ahead.sequence : store.log.next();
  if (auto recreated = recreate_forgotten(store, in, rows, sequence); !recreated)
    return recreated.err();
  rows.set_author(in.user);
  merge::decision d =
      merge::decide(*store.settings.model, in,
                    {store.log.generation(), sequence, now.stamp, now.role, granted(store, in, a)}, rows, store.counts);
  if (d.outcome.rule == verdict_rule::denied)
    store.counts.hit(probe::push_denied);
  if (rows.failure())
    return *rows.failure();
  judgement out;
  out.scope = in.scope;
  out.stamp = now.stamp;
  out.role = now.role;
  if (d.committed()) {
    if (auto written = write_effect(store, a, in, d, rows, now); !written)
      return written.err();
    out.moved_to = destination(in);
  } else if (d.outcome.kind == verdict_kind::conflicted) {
    auto kept = store.tasks.keep(d.subject, d.subject_scope.value != 0 ? d.subject_scope : in.scope, in, a.body);
    if (!kept)
      return kept.err();
    d.outcome.task = kept->task;
    out.kept = *kept;
  }
  out.outcome = std::move(d.outcome);
  return out;
}

result<judgement> commit(server_store& store, const arrival& a, const head_start& ahead, time_ns wall) {
  auto transaction = store::transaction::begin(*store.db);
  if (!transaction)
    return transaction.err();
  const time_ns time = store.stamps.judging_at(wall);
  judgement out;
  if (const auto in = read(store, a)) {
    if (store.stamps.too_far_ahead(in->stamp) && store.counts.sabotaged(sabotage::future_stamp_refused))
      return judgement{.ends_batch = true, .scope = in->scope};
    auto stamp = store.stamps.count(*in);
    if (!stamp)
      return stamp.err();
    auto judged = take_effect(store, a, *in, ahead, {wall, time, *stamp, store.grants.role(in->user, in->scope)});
    if (!judged)
      return judged.err();
    out = std::move(*judged);
  } else {
    store.counts.hit(probe::push_malformed);
    out.outcome = rejected(verdict_rule::malformed);
    auto last = store.dedupe.last_stamp(a.id.device, a.id.incarnation);
    if (!last)
      return last.err();
    out.stamp = *last;
  }
  if (out.outcome.kind == verdict_kind::rejected && store.counts.sabotaged(sabotage::rejection_blocks_batch))
    return judgement{.ends_batch = true, .scope = out.scope};
  if (out.outcome.rule == verdict_rule::unique && store.counts.sabotaged(sabotage::key_conflict_ends_batch)) {
    store.tasks.forget();
    return judgement{.ends_batch = true, .scope = out.scope};
  }
  out.committed = out.outcome.kind == verdict_kind::applied || out.outcome.kind == verdict_kind::merged;
  const bool left_out =
      out.outcome.kind == verdict_kind::conflicted && store.counts.sabotaged(sabotage::audit_omits_conflicts);
  if (!out.committed && !left_out) { // what committed is audited with the log
    const audit_record judged = audited(a, out.outcome, {wall, time, out.stamp, out.role});
    if (auto kept = store.audit.add(judged, a.body, store.log.newest()); !kept)
      return kept.err();
  }
  if (auto recorded = store.dedupe.record({a.id, a.hash, out.outcome, a.verdicts_through, out.stamp, time}); !recorded)
    return recorded.err();
  if (auto committed = transaction->commit(); !committed)
    return committed.err();
  if (!store.late_audit.empty())
    if (auto late = store.audit.amend(out.outcome.sequence, std::exchange(store.late_audit, {})); !late)
      return late.err();
  return out;
}

/// The answer for an intent that is not the next of its incarnation.
judgement answer_for(server_store& store, const looked_up& found) {
  judgement out;
  switch (found.is) {
    case standing::fresh: CHECK(false);
    case standing::known:
      store.counts.hit(probe::push_duplicate);
      out.outcome = found.original;
      out.outcome.was_duplicate = true;
      break;
    case standing::forgotten:
      store.counts.hit(probe::push_forgotten);
      out.outcome.kind = verdict_kind::duplicate;
      out.outcome.was_duplicate = true;
      break;
    case standing::forked:
      // Later ones of this copy of the device may build on the forked one: it must begin a new incarnation first.
      store.counts.hit(probe::push_fork);
      out.outcome.kind = verdict_kind::fork;
      out.ends_batch = true;
      break;
    case standing::gap:
      store.counts.hit(probe::push_gap);
      out.outcome.kind = verdict_kind::gap;
      out.outcome.sequence = found.high_water;
      out.ends_batch = true;
      break;
  }
  return out;
}

/// Constraints between records, looked at before the commit: what they saw then is believed there. True if it was done.
bool check_early(server_store& store, const arrival& a, head_start& ahead) {
  const bool references = store.counts.sabotaged(sabotage::references_checked_early);
  if (!references && !store.counts.sabotaged(sabotage::keys_checked_early))
    return false;
  const auto in = read(store, a);
  if (!in)
    return false;
  ahead.rows = std::make_unique<unit_of_work>(store.work_on(in->scope));
  if (references) {
    for (const operation& op : in->operations)
      for (const field_write& w : op.writes)
        if (const auto* parent = std::get_if<record_id>(&w.to))
          (void)ahead.rows->find(*parent);
    return true;
  }
  unit_of_work trial = store.work_on(in->scope);
  (void)merge::decide(*store.settings.model, *in, {store.log.generation(), store.log.next()}, trial, store.counts);
  ahead.rows->believe_holders_of(trial);
  return true;
}

} // namespace

result<bool> take_head_start(server_store& store, const arrival& a, head_start& ahead) {
  if (store.settings.sabotages.none())
    return false;
  auto& counts = store.counts;
  auto found = store.dedupe.look_up(a.id, a.hash);
  if (!found)
    return found.err();
  if (found->is != standing::fresh)
    return false;
  bool taken = false;
  if (counts.sabotaged(sabotage::early_sequence)) {
    ahead.sequence = store.log.reserve();
    taken = true;
  }
  if (counts.sabotaged(sabotage::dedupe_check_apart)) {
    ahead.known = *found;
    taken = true;
  }
  if (counts.sabotaged(sabotage::stale_decision))
    if (const auto in = read(store, a)) {
      ahead.rows = std::make_unique<unit_of_work>(store.work_on(in->scope));
      for (const operation& op : in->operations)
        (void)ahead.rows->find(op.record);
      taken = true;
    }
  if (check_early(store, a, ahead))
    taken = true;
  if (counts.sabotaged(sabotage::stranded_in_progress)) {
    if (auto marked = store.dedupe.record_in_progress(a.id, a.hash); !marked)
      return marked.err();
    ahead.known = *found;
    taken = true;
  }
  return taken;
}

result<judgement> judge_intent(server_store& store, const arrival& a, const head_start& ahead, time_ns wall) {
  auto found = ahead.known ? result<looked_up>(*ahead.known) : store.dedupe.look_up(a.id, a.hash);
  if (!found)
    return found.err();
  if (found->is != standing::fresh)
    return answer_for(store, *found);
  return commit(store, a, ahead, wall);
}

} // namespace squall::server
