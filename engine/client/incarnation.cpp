#include "engine/client/incarnation.hpp"

#include "engine/base/hash.hpp"
#include "engine/client/verdicts.hpp"
#include "engine/wire/codec.hpp"

#include <algorithm>
#include <map>

namespace squall::client {

namespace {

using telemetry::fact_kind;
using telemetry::probe;

using renamed_records = std::map<record_id, record_id>;

void rename(record_id& id, const renamed_records& renamed) {
  if (const auto at = renamed.find(id); at != renamed.end())
    id = at->second;
}

void rename(value& v, const renamed_records& renamed) {
  if (auto* id = std::get_if<record_id>(&v))
    rename(*id, renamed);
}

/// `in` under a new id. The records that it creates are renamed with it, and those that earlier ones created.
intent relabelled(const intent& in, const intent_id& as, renamed_records& renamed) {
  intent out = in;
  out.id = as;
  for (const operation& op : in.operations)
    if (op.kind == operation_kind::create)
      renamed[op.record] = record_id::derive(as, static_cast<std::uint8_t>(op.record.seq_ordinal & 0xff));
  for (operation& op : out.operations) {
    rename(op.record, renamed);
    for (field_write& w : op.writes) {
      rename(w.to, renamed);
      rename(w.before, renamed);
    }
  }
  for (guard& g : out.guards) {
    rename(g.record, renamed);
    rename(g.operand, renamed);
  }
  return out;
}

void begin(core& c, std::uint32_t number, bool goes_on) {
  c.state.incarnation = number;
  c.state.next_seq = 1;
  c.save_state();
  c.report({.kind = fact_kind::incarnation_begun, .code = static_cast<std::uint8_t>(goes_on), .aux = number});
}

/// Never the one at hand, and never the number that stands for records of a change.
std::uint32_t draw_number(const core& c) {
  for (std::uint32_t attempt = 0;; ++attempt) {
    const std::uint64_t bits =
        drawn(c.config.entropy, {purpose::incarnation, mix(c.state.incarnation, c.state.next_seq), attempt});
    const auto number = static_cast<std::uint32_t>(bits >> 33); // 31 bits
    if (number > 1 && number != c.state.incarnation)
      return number;
  }
}

void report_relabelled(core& c, const intent_id& was, const intent& in) {
  c.hit(probe::intent_relabelled);
  c.report({.kind = fact_kind::intent_accepted,
            .scope = in.scope,
            .logical = in.stamp.logical,
            .intent = in.id,
            .other = was,
            .sequence = in.context.sequence,
            .aux = in.context.generation,
            .wall = in.stamp.wall});
}

} // namespace

void begin_first_incarnation(core& c) { begin(c, 1, false); }

void begin_new_incarnation(core& c, const std::function<fate(const queued_intent&)>& fate_of,
                           std::vector<record_id>& changed) {
  std::vector<queued_intent*> to_rename;
  std::vector<intent_id> unproven;
  for (queued_intent& q : c.queue.entries()) {
    const fate is = q.awaiting() ? fate_of(q) : fate::stays;
    if (is == fate::unknown)
      unproven.push_back(q.id);
    else if (is == fate::renamed)
      to_rename.push_back(&q);
  }
  if (c.sabotaged(telemetry::sabotage::offered_again_last_first))
    std::reverse(to_rename.begin(), to_rename.end());
  begin(c, draw_number(c), true);
  c.store->forget_old_names();
  renamed_records renamed;
  for (queued_intent* found : to_rename) {
    queued_intent& q = *found;
    const intent* content = c.queue.content(q);
    if (!content)
      return;
    append_records(*content, changed);
    const intent_id was = q.id;
    intent in = relabelled(*content, {c.config.device, c.state.incarnation, c.state.next_seq++}, renamed);
    append_records(in, changed);
    report_relabelled(c, was, in);
    std::string body = wire::encode(in);
    c.queue.relabel(q, std::move(in), std::move(body));
    c.store->note_old_name(q.id, was);
  }
  for (const intent_id& id : unproven)
    quarantine(c, id, changed);
  c.save_state();
}

} // namespace squall::client
