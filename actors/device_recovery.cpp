// What a crash left durable at a device and unreported: the effects of the handling that it struck never left, but its
// transactions may have happened. The history is told what the disk says, before anything else names it.
#include "actors/checkpoint.hpp"
#include "actors/device.hpp"

#include <algorithm>
#include <fmt/format.h>

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
      break;
    case fact_kind::intent_accepted:
      newest_seq_ = fact.intent.seq;
      awaiting_.push_back(fact.intent);
      break;
    case fact_kind::verdict_received: std::erase(awaiting_, fact.intent); break;
    case fact_kind::flag_told: offline_ = fact.code; break;
    case fact_kind::cursor_moved: cursor_ = {fact.aux, fact.sequence, 0}; break;
    default: break;
  }
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
  if (reading->incarnation != 0 && reading->incarnation != incarnation_)
    report({.kind = fact_kind::incarnation_begun, .aux = reading->incarnation});
  recover_attempt(*reading);
  recover_verdicts(*reading);
  if (reading->at.sequence != cursor_.sequence || reading->at.generation != cursor_.generation) {
    const auto cause = handling_ == io::message_class::snapshot_page ? telemetry::cursor_cause::snapshot
                                                                     : telemetry::cursor_cause::page;
    report({.kind = fact_kind::cursor_moved,
            .code = static_cast<std::uint8_t>(cause),
            .sequence = reading->at.sequence,
            .from_sequence = cursor_.sequence,
            .aux = reading->at.generation});
  }
  if (const auto rule = static_cast<std::uint8_t>(reading->offline); reading->incarnation != 0 && rule != offline_)
    report({.kind = fact_kind::flag_told, .code = rule});
  record_queue(world_, actor(), queue_moment::crash, *reading);
  // What left the queue unreported has been told by that; whether it was right to leave is for the judge.
  std::erase_if(awaiting_, [&](const intent_id& id) { return find(reading->queue, id) == nullptr; });
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
