#include "engine/server/reply.hpp"

#include "engine/wire/codec.hpp"

#include <algorithm>

namespace squall::server {

using telemetry::fact;
using telemetry::fact_kind;
using telemetry::page_answer;

namespace {

std::uint64_t post(io::effects& out, const return_address& to, io::message_class cls, wire::message_kind kind,
                   const google::protobuf::MessageLite& reply) {
  out.sends.push_back({to.to, cls, wire::seal(reply, {kind, to.correlation})});
  return out.sends.size() - 1;
}

fact& add(io::effects& out, fact_kind kind) {
  fact& f = out.facts.emplace_back();
  f.kind = kind;
  return f;
}

/// True if the reply is a refusal, which is then reported.
bool report_refusal(io::effects& out, const return_address& to, std::uint32_t status) {
  if (status == status_ok || status == status_gone)
    return false;
  fact& f = add(out, fact_kind::request_refused);
  f.endpoint = to.to;
  f.code = static_cast<std::uint8_t>(status - 400);
  return true;
}

void report_verdict(io::effects& out, const intent_id& id, const wire::Verdict& from, std::uint64_t send_index) {
  const verdict v = wire::from_wire(from);
  fact& f = add(out, fact_kind::verdict_released);
  f.intent = id;
  f.verdict = v.kind;
  f.rule = v.rule;
  f.sequence = v.sequence;
  f.other = v.winner;
  f.from_sequence = v.task;
  f.aux = send_index;
  f.code = v.was_duplicate ? 1 : 0;
  for (const field_outcome& o : v.fields) {
    fact& field = add(out, fact_kind::verdict_field);
    field.intent = id;
    field.record = o.record;
    field.collection = o.collection;
    field.field = o.field;
    field.rule = o.rule;
    field.other = o.winner;
  }
}

value_digest digest_of_wire(const wire::Value& v) {
  return v.kind_case() == wire::Value::kText ? digest_of_text(v.text()) : digest_of(wire::from_wire(v));
}

/// One fact for each member of a set, like `field` in all else; false if it has none, or is no set.
bool report_members(io::effects& out, const wire::FieldState& state, fact field) {
  bool any = false;
  for (const wire::SetMember& m : state.members()) {
    if (m.inserts_size() == 0 || m.erases_size() != 0)
      continue;
    const auto& newest = *std::max_element(m.inserts().begin(), m.inserts().end(),
                                           [](const auto& a, const auto& b) { return a.sequence() < b.sequence(); });
    field.digest = digest_of_text(m.text());
    field.other = wire::from_wire(newest.intent());
    field.sequence = newest.sequence();
    out.facts.push_back(field);
    any = true;
  }
  return any;
}

void report_row(io::effects& out, const wire::RowState& row) {
  const record_id id = wire::from_wire(row.record());
  const auto collection = static_cast<collection_number>(row.collection());
  fact& f = add(out, fact_kind::feed_row);
  f.record = id;
  f.collection = collection;
  f.code = static_cast<std::uint8_t>(row.change());
  for (const wire::FieldState& state : row.fields()) {
    fact field{.kind = fact_kind::feed_field,
               .collection = collection,
               .field = static_cast<field_number>(state.field()),
               .other = wire::from_wire(state.writer()),
               .record = id,
               .sequence = state.sequence(),
               .digest = digest_of_wire(state.value())};
    if (!report_members(out, state, field))
      out.facts.push_back(field);
  }
}

fact& report_page(io::effects& out, const return_address& to, page_answer answer, const wire::Cursor& after,
                  std::uint64_t head) {
  fact& f = add(out, fact_kind::page_served);
  f.endpoint = to.to;
  f.code = static_cast<std::uint8_t>(answer);
  f.aux = after.generation();
  f.sequence = after.sequence();
  f.wall = static_cast<time_ns>(head);
  return f;
}

} // namespace

void send(io::effects& out, const return_address& to, const wire::PushResponse& reply, std::uint32_t device,
          std::uint32_t incarnation) {
  const auto index = post(out, to, io::message_class::push_reply, wire::message_kind::push_response, reply);
  report_refusal(out, to, reply.status());
  for (const wire::IntentVerdict& v : reply.verdicts())
    report_verdict(out, {device, incarnation, v.seq()}, v.verdict(), index);
}

void send(io::effects& out, const return_address& to, const wire::PullResponse& reply) {
  post(out, to, io::message_class::page, wire::message_kind::pull_response, reply);
  if (report_refusal(out, to, reply.status()))
    return;
  const auto answer = reply.resync() == wire::RESYNC_NONE ? page_answer::changes : page_answer::resync;
  report_page(out, to, answer, reply.next(), reply.head()).from_sequence = reply.from().sequence();
  for (const wire::ChangeEntry& e : reply.entries()) {
    fact& f = add(out, fact_kind::feed_entry);
    f.intent = wire::from_wire(e.intent());
    f.sequence = e.sequence();
    f.from_sequence = e.previous();
    for (const wire::RowState& row : e.rows())
      report_row(out, row);
  }
}

void send(io::effects& out, const return_address& to, const wire::SnapshotResponse& reply) {
  post(out, to, io::message_class::snapshot_page, wire::message_kind::snapshot_response, reply);
  if (report_refusal(out, to, reply.status()) || reply.status() == status_gone)
    return;
  report_page(out, to, reply.last() ? page_answer::snapshot_last : page_answer::snapshot, reply.at(), reply.head());
  for (const wire::RowState& row : reply.rows())
    report_row(out, row);
}

} // namespace squall::server
