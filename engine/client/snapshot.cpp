#include "engine/client/snapshot.hpp"

#include "engine/client/feed_position.hpp"
#include "engine/client/forgetting.hpp"
#include "engine/client/page_check.hpp"
#include "engine/client/row_codec.hpp"
#include "engine/wire/codec.hpp"

#include <algorithm>

namespace squall::client {

using telemetry::probe;
using telemetry::sabotage;

void snapshot::begin(scope_id scope, telemetry::cursor_cause cause) {
  scope_ = scope;
  running_ = true;
  cause_ = cause;
  id_ = 0;
  page_ = 0;
}

void snapshot::ask(wire::SnapshotRequest& request) const {
  request.set_snapshot(id_);
  request.set_page(page_);
}

bool snapshot::fits(const wire::SnapshotResponse& page) {
  if (page.page() != page_ || page.at().generation() == 0 || !core_.note_generation(page.at().generation()))
    return false;
  if (page_ > 0 && (page.snapshot() != id_ || from_wire(page.at()) != at_))
    return false;
  return std::all_of(page.rows().begin(), page.rows().end(), [&](const wire::RowState& row) {
    return row.change() != static_cast<std::uint32_t>(telemetry::row_change::exit) &&
           readable(row, *core_.config.model);
  });
}

snapshot::answer snapshot::on_page(const wire::SnapshotResponse& page) {
  held_scope* in = core_.scopes.find(scope_);
  if (!fits(page) || in == nullptr)
    return answer::misfit;
  core_.store->begin();
  if (page_ == 0)
    core_.store->clear_staging();
  stage(page);
  if (page.last())
    swap_in(*in, page);
  core_.store->commit();
  id_ = page.snapshot();
  at_ = from_wire(page.at());
  ++page_;
  running_ = !page.last();
  return running_ ? answer::more : answer::done;
}

void snapshot::stage(const wire::SnapshotResponse& page) {
  std::string bytes;
  for (const wire::RowState& from : page.rows()) {
    merge::row row;
    row.id = wire::from_wire(from.record());
    row.collection = static_cast<collection_number>(from.collection());
    row.fields.resize(core_.config.model->collections[row.collection].fields.size());
    if (auto done = wire::apply(from, row); !done)
      return core_.store->fail(done.err());
    if (row.deleted && core_.sabotaged(sabotage::snapshot_upserts_only))
      continue;
    encode_row(row, bytes);
    core_.store->stage_row(row.id, {row.collection, row.deleted ? row.presence_sequence : 0, bytes});
  }
}

/// The snapshot holds own intents whose verdicts may not have come. Shown on top of it they would count twice.
void snapshot::meet_own(const held_scope& in, const wire::SnapshotResponse& last) {
  for (const wire::CommittedIntent& own : last.own()) {
    queued_intent* q = core_.queue.find({core_.config.device, own.incarnation(), own.seq()});
    if (!q || q->kept())
      continue;
    core_.hit(probe::own_intent_in_feed_first);
    q->sequence = own.sequence();
    q->generation = in.at.generation;
  }
}

/// What another scope has told since the snapshot was made stands, if it is of the same generation.
void snapshot::drop_staged_elsewhere(std::uint64_t generation) {
  std::vector<record_id> older;
  core_.store->for_each_staged_elsewhere(scope_, [&](const stored_row& known, std::string_view staged) {
    if (core_.is_behind(known.scope, generation))
      return;
    merge::row there, here;
    there.id = here.id = known.id;
    for (const auto& [bytes, row] : {std::pair{known.confirmed, &there}, std::pair{staged, &here}})
      if (auto done = decode_row(bytes, *row); !done)
        return core_.store->fail(done.err());
    if (here.presence_sequence <= there.presence_sequence)
      older.push_back(known.id);
  });
  for (const record_id& id : older) {
    core_.hit(probe::row_of_scope_left);
    core_.store->unstage(id);
  }
}

void snapshot::swap_in(held_scope& in, const wire::SnapshotResponse& last) {
  client_store& store = *core_.store;
  if (core_.scopes.all().size() > 1)
    drop_staged_elsewhere(last.at().generation());
  if (store.staging_lacks_rows(scope_))
    core_.hit(probe::snapshot_removed_ghost);
  store.swap_in_staging(scope_, core_.sabotaged(sabotage::snapshot_upserts_only));
  if (core_.sabotaged(sabotage::resync_drops_queue))
    core_.queue.erase_if([](const queued_intent&) { return true; });
  move_cursor(core_, in, from_wire(last.at()), cause_, last.generations());
  in.entry_known = false;
  core_.observe(wire::from_wire(last.greatest_stamp()));

  // Both layers are made anew: derived fields, links, and the overlay of everything that is still pending.
  core_.known_rows.clear();
  working_set rows(*core_.config.model, store, nullptr);
  const derived_fields& derived = core_.shown.derived();
  std::vector<record_id> ids, bears_upon, changed;
  if (!derived.links_nothing() || core_.flags.concern_any())
    store.for_each_row([&](const stored_row& row) { ids.push_back(row.id); });
  for (const record_id& id : ids)
    if (const merge::row* row = rows.look(layer::confirmed, id)) {
      derived.link(rows, *row);
      derived.affected_by(row, bears_upon);
    }
  derived.recompute(layer::confirmed, rows, std::move(bears_upon));
  meet_own(in, last);
  drop_covered(core_, in.at.generation, last.backed_up_through(), changed);
  for (queued_intent& q : core_.queue.entries())
    if (q.folded)
      if (const intent* in = core_.queue.content(q))
        append_records(*in, changed);
  core_.shown.refold(core_.queue, rows, std::move(changed));
  rows.flush();
  take_fence(core_, in, last.fence());
  forget_behind_fence(core_);
  core_.save_state(in);
}

} // namespace squall::client
