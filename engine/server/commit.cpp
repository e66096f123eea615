#include "engine/server/commit.hpp"

#include "engine/base/hash.hpp"
#include "engine/server/sql.hpp"
#include "engine/server/store_schema.hpp"
#include "engine/wire/codec.hpp"
#include "engine/wire/message_room.hpp"
#include "engine/wire/serialize.hpp"

#include <algorithm>

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

bool denied(server_store& store, const intent& in, const arrival& a, unit_of_work& rows) {
  if (in.user != a.user || !store.grants.holds(in.user, in.scope))
    return true;
  return std::any_of(in.operations.begin(), in.operations.end(),
                     [&](const operation& op) { return op.kind != operation_kind::create && rows.foreign(op.record); });
}

/// Malformed comes before denied, and only `decide` knows what is malformed; a denial after it drops its changes with the
/// unit of work.
merge::decision rule(server_store& store, const intent& in, const arrival& a, unit_of_work& rows,
                     std::uint64_t sequence) {
  merge::decision d = merge::decide(*store.settings.model, in, {store.log.generation(), sequence}, rows, store.counts);
  const bool malformed = d.outcome.kind == verdict_kind::rejected && d.outcome.rule == verdict_rule::malformed;
  if (malformed || !denied(store, in, a, rows) || store.counts.sabotaged(sabotage::scope_not_checked))
    return d;
  store.counts.hit(probe::push_denied);
  merge::decision refused;
  refused.outcome = rejected(verdict_rule::denied);
  return refused;
}

std::string entry_of(const intent& in, const merge::decision& d, unit_of_work& rows, std::uint64_t previous) {
  wire::message_room room;
  auto& entry = room.make<wire::ChangeEntry>();
  entry.set_sequence(d.outcome.sequence);
  entry.set_previous(previous);
  wire::to_wire(in.id, *entry.mutable_intent());
  std::vector<field_number> only;
  for (const record_id& id : d.rows) {
    only.clear();
    for (const merge::changed_field& c : d.changed)
      if (c.record == id)
        only.push_back(c.field);
    std::sort(only.begin(), only.end());
    only.erase(std::unique(only.begin(), only.end()), only.end());
    const merge::row* row = rows.find(id);
    CHECK(row);
    wire::to_wire(*row, only, *entry.add_rows());
  }
  return wire::serialize(entry);
}

result<void> write_effect(server_store& store, const arrival& a, const intent& in, const merge::decision& d,
                          unit_of_work& rows, time_ns wall) {
  const std::uint64_t s = d.outcome.sequence;
  auto previous = store.log.before(in.scope, s);
  if (!previous)
    return previous.err();
  const std::string entry = entry_of(in, d, rows, *previous);
  if (auto settled = rows.settle(d.rows); !settled)
    return settled;
  if (auto written = rows.write(); !written)
    return written;
  auto logged = store.log.append(
      {s, in.scope, incarnation_key(a.id.device, a.id.incarnation), a.id.seq, a.hash, wall, entry, a.body});
  if (!logged || store.settings.retention_entries == 0)
    return logged;
  auto trimmed = store.log.trim(in.scope, store.settings.retention_entries);
  if (!trimmed)
    return trimmed.err();
  if (*trimmed)
    store.counts.hit(probe::feed_trimmed);
  return {};
}

/// Keeps the intent as a branch that a person will look at. Result: the task's number.
result<std::uint64_t> open_task(server_store& store, const arrival& a, const intent& in, const verdict& v) {
  store.counts.hit(probe::task_opened);
  auto task = sql::number(*store.db, 1, "SELECT max(task) + 1 FROM tasks");
  if (!task)
    return task;
  auto put = sql::run(*store.db,
                      "INSERT INTO tasks(task, scope, incarnation, seq, winner_incarnation, winner_seq, branch) "
                      "VALUES(?, ?, ?, ?, ?, ?, ?)",
                      *task, in.scope.value, incarnation_key(a.id.device, a.id.incarnation), a.id.seq,
                      incarnation_key(v.winner.device, v.winner.incarnation), v.winner.seq, a.body);
  if (!put)
    return put.err();
  return task;
}

/// What becomes of a readable intent, written as far as it has an effect.
result<verdict> take_effect(server_store& store, const arrival& a, const intent& in, const head_start& ahead,
                            time_ns wall) {
  std::optional<unit_of_work> own;
  if (!ahead.rows)
    own.emplace(store.work_on(in.scope));
  unit_of_work& rows = ahead.rows ? *ahead.rows : *own;
  const std::uint64_t sequence = ahead.sequence ? *ahead.sequence : store.log.next();
  merge::decision d = rule(store, in, a, rows, sequence);
  if (rows.failure())
    return *rows.failure();
  if (d.committed()) {
    if (auto written = write_effect(store, a, in, d, rows, wall); !written)
      return written.err();
  } else if (d.outcome.kind == verdict_kind::conflicted) {
    auto task = open_task(store, a, in, d.outcome);
    if (!task)
      return task.err();
    d.outcome.task = *task;
  }
  return std::move(d.outcome);
}

result<judgement> commit(server_store& store, const arrival& a, const head_start& ahead, time_ns wall) {
  auto transaction = store::transaction::begin(*store.db);
  if (!transaction)
    return transaction.err();
  judgement out;
  if (const auto in = read(store, a)) {
    auto outcome = take_effect(store, a, *in, ahead, wall);
    if (!outcome)
      return outcome.err();
    out.outcome = std::move(*outcome);
    out.scope = in->scope;
  } else {
    store.counts.hit(probe::push_malformed);
    out.outcome = rejected(verdict_rule::malformed);
  }
  if (out.outcome.kind == verdict_kind::rejected && store.counts.sabotaged(sabotage::rejection_blocks_batch))
    return judgement{{}, false, true, out.scope};
  if (auto recorded = store.dedupe.record({a.id, a.hash, out.outcome, a.verdicts_through}); !recorded)
    return recorded.err();
  if (auto committed = transaction->commit(); !committed)
    return committed.err();
  out.committed = out.outcome.kind == verdict_kind::applied || out.outcome.kind == verdict_kind::merged;
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
