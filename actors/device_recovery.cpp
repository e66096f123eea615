// What a crash left durable at a device and unreported: the effects of the handling that it struck never left, but its
// transactions may have happened. The history is told what the disk says, before anything else names it.
#include "actors/checkpoint.hpp"
#include "actors/device.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace squall::actors {

namespace {

using telemetry::fact_kind;

const stored_intent* find(const std::vector<stored_intent>& among, const intent_id& id) {
  const auto at = std::find_if(among.begin(), among.end(), [&](const stored_intent& s) { return s.id == id; });
  return at == among.end() ? nullptr : &*at;
}

} // namespace

void device::note(const telemetry::fact& fact) {
  switch (fact.kind) {
    case fact_kind::incarnation_begun:
      incarnation_ = static_cast<std::uint32_t>(fact.aux);
      newest_seq_ = 0;
      if (fact.code == 0)
        begin_empty();
      break;
    case fact_kind::intent_accepted:
      newest_seq_ = fact.intent.seq;
      awaiting_.push_back(fact.intent);
      break;
    case fact_kind::verdict_received: std::erase(awaiting_, fact.intent); break;
    case fact_kind::grants_told:
      grants_version_ = fact.aux;
      grants_generation_ = fact.sequence;
      break;
    case fact_kind::scope_purged: cursors_.erase(fact.scope); break;
    case fact_kind::flag_told: offline_ = fact.code; break;
    case fact_kind::cursor_moved:
      generation_changed_ = generation_changed_ || (fact.aux > 1 && cursors_[fact.scope].generation != fact.aux);
      cursors_[fact.scope] = {fact.aux, fact.sequence, 0};
      break;
    default: break;
  }
}

/// Of what it knew it has nothing but what it was set up with.
void device::begin_empty() {
  const auto& self = world_.who.members[actor() - 1];
  cursors_.clear();
  grants_version_ = 1;
  grants_generation_ = 0;
  held_ = {self.scope};
  for (const auto& more : self.more_scopes)
    held_.push_back(more.scope);
}

/// Intents of an earlier incarnation are no longer the queue's: they were relabelled, or set aside.
void device::before_sending(lineage first) {
  if (!world_.can.durable || awaiting_.empty())
    return;
  std::vector<intent_id> promised;
  for (const auto& id : awaiting_)
    if (id.incarnation == incarnation_)
      promised.push_back(id);
  if (promised.empty() || !world_.promises.due())
    return;
  world_.promises.check(world_, actor(), promised, first);
}

void device::recover() {
  if (!world_.can.durable)
    return recover_attempt({});
  const disk_copy copy(world_, actor());
  const auto reading = world_.system.read_client(copy.place());
  if (!reading)
    return world_.give_up(fmt::format("the store of device {} cannot be read: {}", actor(), reading.err().message));
  if (reading->incarnation != 0 && reading->incarnation != incarnation_) {
    const bool goes_on = incarnation_ != 0;
    report({.kind = fact_kind::incarnation_begun,
            .code = static_cast<std::uint8_t>(goes_on),
            .aux = reading->incarnation});
    for (const auto& what : reading->renamed)
      if (what.content.id.incarnation == incarnation_)
        renamed(what, {.kind = fact_kind::intent_accepted,
                       .scope = what.content.scope,
                       .logical = what.content.stamp.logical,
                       .intent = what.content.id,
                       .other = what.was,
                       .sequence = what.content.context.sequence,
                       .aux = what.content.context.generation,
                       .wall = what.content.stamp.wall});
  }
  recover_attempt(*reading);
  recover_verdicts(*reading);
  recover_positions(*reading);
  read_again(*reading);
  record_queue(world_, actor(), queue_moment::crash, *reading);
  // What left the queue unreported has been told by that; whether it was right to leave is for the judge.
  std::erase_if(awaiting_, [&](const intent_id& id) { return find(reading->queue, id) == nullptr; });
}

void device::recover_positions(const client_reading& reading) {
  std::map<scope_id, io::cursor> stored;
  const scope_id home = world_.who.members[actor() - 1].scope;
  for (const auto& [scope, at] : reading.at)
    if (at.generation != 0 && scope != home)
      stored[scope.value != 0 ? scope : home] = at;
  if (reading.grants_version != grants_version_ || reading.grants_generation != grants_generation_) {
    report({.kind = fact_kind::grants_told, .sequence = reading.grants_generation, .aux = reading.grants_version});
    for (const auto scope : std::exchange(held_, reading.held))
      if (std::find(reading.held.begin(), reading.held.end(), scope) == reading.held.end())
        report({.kind = fact_kind::scope_purged, .scope = scope});
  }
  for (const auto& [scope, at] : stored) {
    const io::cursor before = cursors_.contains(scope) ? cursors_[scope] : io::cursor{};
    if (at.sequence == before.sequence && at.generation == before.generation)
      continue;
    const auto cause = handling_ == io::message_class::snapshot_page ? telemetry::cursor_cause::snapshot
                                                                     : telemetry::cursor_cause::page;
    report({.kind = fact_kind::cursor_moved,
            .code = static_cast<std::uint8_t>(cause),
            .scope = scope,
            .sequence = at.sequence,
            .from_sequence = before.sequence,
            .aux = at.generation});
  }
  if (const auto rule = static_cast<std::uint8_t>(reading.offline); reading.incarnation != 0 && rule != offline_)
    report({.kind = fact_kind::flag_told, .code = rule});
}

/// In a new generation what was acknowledged may await a verdict again.
void device::read_again(const client_reading& reading) {
  if (!std::exchange(generation_changed_, false))
    return;
  for (const auto& queued : reading.queue)
    if (queued.verdict == verdict_kind::none &&
        std::find(awaiting_.begin(), awaiting_.end(), queued.id) == awaiting_.end())
      awaiting_.push_back(queued.id);
}

void device::renamed(const renamed_intent& what, const telemetry::fact& fact) {
  const auto intention = world_.known.intention_of(what.was);
  note(fact);
  std::erase(awaiting_, what.was);
  world_.log.add_accepted(actor(), fact, intention);
  record_operations(fact.intent, what.content.operations, {});
  record_guards(fact.intent, what.content.guards, {});
  world_.known.accepted_as(fact.intent, intention);
  for (const auto& op : what.content.operations)
    if (op.kind == operation_kind::create) {
      const auto ordinal = static_cast<std::uint8_t>(op.record.seq_ordinal & 0xff);
      if (const auto symbol = world_.known.symbol_of(record_id::derive(what.was, ordinal)))
        world_.known.bind(*symbol, op.record);
    }
}

void device::look_into_store() {
  const disk_copy copy(world_, actor());
  const auto reading = world_.system.read_client(copy.place());
  if (!reading)
    return world_.give_up(fmt::format("the store of device {} cannot be read: {}", actor(), reading.err().message));
  for (const auto& fact : std::exchange(renamed_, {}))
    for (const auto& what : reading->renamed)
      if (what.content.id == fact.intent)
        renamed(what, fact);
  read_again(*reading);
}

void device::recover_attempt(const client_reading& reading) {
  if (!attempt_)
    return;
  const auto* newest = reading.queue.empty() ? nullptr : &reading.queue.back();
  if (!newest || newest->id.incarnation != incarnation_ || newest->id.seq <= newest_seq_)
    return world_.end_intention(attempt_->intention->id(), ending::in_doubt);
  const auto& operations = attempt_->what.change.operations;
  io::change_result made{newest->id, std::vector<record_id>(operations.size())};
  for (std::size_t k = 0; k < operations.size(); ++k)
    if (operations[k].kind == operation_kind::create)
      made.created[k] = record_id::derive(newest->id, static_cast<std::uint8_t>(k));
  accepted({.kind = fact_kind::intent_accepted,
            .scope = reading.newest_scope,
            .logical = reading.newest_stamp.logical,
            .intent = newest->id,
            .sequence = reading.newest_context.sequence,
            .aux = reading.newest_context.generation,
            .wall = reading.newest_stamp.wall},
           made);
  end_accepted(made);
}

void device::recover_verdicts(const client_reading& reading) {
  const auto awaited = awaiting_;
  for (const auto& id : awaited) {
    const auto* queued = find(reading.queue, id);
    const auto* ended = queued ? nullptr : find(reading.ended, id);
    const auto* found = queued ? queued : ended;
    if (!found || found->verdict == verdict_kind::none)
      continue;
    report({.kind = fact_kind::verdict_received,
            .verdict = found->verdict,
            .rule = found->rule,
            .intent = id,
            .sequence = found->sequence});
    report({.kind = fact_kind::queue_exit, .verdict = found->verdict, .intent = id});
    if (ended)
      report({.kind = fact_kind::surfaced, .verdict = found->verdict, .rule = found->rule, .intent = id});
  }
}

} // namespace squall::actors
