#include "engine/server/reply.hpp"

#include "engine/wire/codec.hpp"

namespace squall::server {

using telemetry::fact;
using telemetry::fact_kind;
using telemetry::page_answer;

namespace {

std::uint64_t post(io::effects& out, const return_address& to, io::message_class cls, wire::message_kind kind,
                   const google::protobuf::MessageLite& reply, std::string_view more = {}) {
  out.sends.push_back({to.to, cls, wire::seal(reply, {kind, to.correlation}, more)});
  return out.sends.size() - 1;
}

fact& add(io::effects& out, fact_kind kind) {
  fact& f = out.facts.emplace_back();
  f.kind = kind;
  return f;
}

/// True if the reply is a refusal, which is then reported.
template <class Reply>
bool report_refusal(io::effects& out, const return_address& to, const Reply& reply, std::uint64_t send_index) {
  if (reply.status() == status_ok || reply.status() == status_gone)
    return false;
  fact& f = add(out, fact_kind::request_refused);
  f.endpoint = to.to;
  f.code = static_cast<std::uint8_t>(reply.status() - 400);
  f.wall = static_cast<duration_ns>(reply.retry_after_ms()) * millisecond_ns;
  f.aux = send_index;
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

fact& report_page(io::effects& out, const return_address& to, page_answer answer, const wire::Cursor& after,
                  std::uint64_t head, scope_id scope) {
  fact& f = add(out, fact_kind::page_served);
  f.endpoint = to.to;
  f.scope = scope;
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
  report_refusal(out, to, reply, index);
  for (const wire::IntentVerdict& v : reply.verdicts())
    report_verdict(out, {device, incarnation, v.seq()}, v.verdict(), index);
}

void send(io::effects& out, const return_address& to, const wire::PullResponse& reply, scope_id scope,
          const feed_part& feed) {
  const auto index = post(out, to, io::message_class::page, wire::message_kind::pull_response, reply, feed.bytes());
  if (report_refusal(out, to, reply, index) || scope.value == 0)
    return;
  const auto answer = reply.resync() == wire::RESYNC_NONE ? page_answer::changes : page_answer::resync;
  report_page(out, to, answer, reply.next(), reply.head(), scope).from_sequence = reply.from().sequence();
  out.facts.insert(out.facts.end(), feed.facts().begin(), feed.facts().end());
}

void send(io::effects& out, const return_address& to, const wire::SnapshotResponse& reply, scope_id scope) {
  const auto index = post(out, to, io::message_class::snapshot_page, wire::message_kind::snapshot_response, reply);
  if (report_refusal(out, to, reply, index) || reply.status() == status_gone)
    return;
  report_page(out, to, reply.last() ? page_answer::snapshot_last : page_answer::snapshot, reply.at(), reply.head(),
              scope);
  for (const wire::RowState& row : reply.rows())
    report_row(out.facts, row);
}

void send(io::effects& out, endpoint_id to, const wire::Invalidation& hint) {
  post(out, {to, 0}, io::message_class::invalidation, wire::message_kind::invalidation, hint);
  out.sends.back().hint = {scope_id{hint.scope()}, hint.generation(), hint.head()};
}

} // namespace squall::server
