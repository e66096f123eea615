#include "campaigns/audit/log_record.hpp"

#include "engine/wire/codec.hpp"

#include <fmt/format.h>

#include <iterator>
#include <optional>

namespace squall::campaigns::audit {

namespace {

constexpr const char* kinds[] = {"intent", "given", "taken", "fence"};

template <class Enum>
std::optional<Enum> named(const std::string& name, Enum last) {
  for (int i = 0; i <= static_cast<int>(last); ++i)
    if (name == to_string(static_cast<Enum>(i)))
      return static_cast<Enum>(i);
  return std::nullopt;
}

void put(const intent_id& from, LogIntent& to) {
  to.set_device(from.device);
  to.set_incarnation(from.incarnation);
  to.set_seq(from.seq);
}
intent_id get(const LogIntent& from) { return {from.device(), from.incarnation(), from.seq()}; }

void put(const record_id& from, LogRecordId& to) {
  to.set_device(from.device);
  to.set_incarnation(from.incarnation);
  to.set_seq_ordinal(from.seq_ordinal);
}
record_id get(const LogRecordId& from) { return {from.device(), from.incarnation(), from.seq_ordinal()}; }

std::string operation_in_words(const operation& op, const merge::schema& model) {
  static constexpr const char* verbs[] = {"create", "update", "remove", "restore", "move"};
  static constexpr const char* how[] = {"=", "+", "with", "without"};
  const auto* collection = op.collection < model.collections.size() ? &model.collections[op.collection] : nullptr;
  const auto kind = static_cast<std::size_t>(op.kind);
  std::string out = fmt::format("{} {} {}", kind < std::size(verbs) ? verbs[kind] : "?",
                                collection ? collection->name : "?", in_words(op.record));
  for (const field_write& w : op.writes) {
    const bool known = collection && w.field < collection->fields.size();
    const auto does = static_cast<std::size_t>(w.kind);
    out +=
        fmt::format("{} {} {} {}", &w == op.writes.data() ? ":" : ",", known ? collection->fields[w.field].name : "?",
                    does < std::size(how) ? how[does] : "?", in_words(w.to));
  }
  return out;
}

void put_intent(const server::audit_record& from, const merge::schema& model, LogRecord& to) {
  const verdict& v = from.decision;
  put(from.id, *to.mutable_intent());
  to.set_verdict(to_string(v.kind));
  to.set_rule(to_string(v.rule));
  to.set_s(v.sequence);
  if (!v.winner.null())
    put(v.winner, *to.mutable_winner());
  to.set_task(v.task);
  for (const field_outcome& f : v.fields) {
    LogField& field = *to.add_without_effect();
    put(f.record, *field.mutable_record());
    field.set_collection(f.collection);
    field.set_field(f.field);
    field.set_rule(to_string(f.rule));
    if (!f.winner.null())
      put(f.winner, *field.mutable_winner());
  }
  to.set_user(from.user);
  to.set_role(from.role);
  to.set_time_ns(from.time);
  to.set_clock_ns(from.wall);
  to.set_stamp_ns(from.stamp.wall);
  to.set_stamp_logical(from.stamp.logical);
  to.set_hash(from.hash);
  to.set_body(from.body);
  if (const auto in = wire::decode_intent(from.body))
    for (const operation& op : in->operations)
      to.add_says(operation_in_words(op, model));
}

result<void> get_intent(const LogRecord& from, server::audit_record& to) {
  const auto kind = named(from.verdict(), verdict_kind::retry);
  const auto rule = named(from.rule(), verdict_rule::reference);
  if (!kind || !rule)
    return error{errc::corrupt, fmt::format("`{}` ({}) is no decision", from.verdict(), from.rule())};
  to.id = get(from.intent());
  to.decision.kind = *kind;
  to.decision.rule = *rule;
  to.decision.sequence = from.s();
  to.decision.winner = get(from.winner());
  to.decision.task = from.task();
  for (const LogField& f : from.without_effect()) {
    const auto why = named(f.rule(), verdict_rule::reference);
    if (!why)
      return error{errc::corrupt, fmt::format("`{}` is no rule", f.rule())};
    to.decision.fields.push_back({get(f.record()), static_cast<collection_number>(f.collection()),
                                  static_cast<field_number>(f.field()), get(f.winner()), *why});
  }
  to.user = from.user();
  to.role = static_cast<std::uint8_t>(from.role());
  to.wall = from.clock_ns();
  to.stamp = {from.stamp_ns(), from.stamp_logical()};
  to.hash = from.hash();
  to.body = from.body();
  return {};
}

} // namespace

LogRecord to_log(const server::audit_record& from, const merge::schema& model) {
  LogRecord to;
  to.set_kind(kinds[static_cast<std::size_t>(from.kind)]);
  if (from.kind == server::audit_kind::intent)
    put_intent(from, model, to);
  to.set_time_ns(from.time);
  for (const server::audited_grant& g : from.grants) {
    LogGrant& grant = *to.add_grants();
    grant.set_user(g.what.user);
    grant.set_scope(g.what.scope.value);
    grant.set_role(g.what.role);
    grant.set_version(g.version);
  }
  to.set_scope(from.scope.value);
  to.set_fence(from.fence);
  return to;
}

result<server::audit_record> from_log(const LogRecord& from) {
  server::audit_record to;
  std::size_t kind = 0;
  while (kind < std::size(kinds) && from.kind() != kinds[kind])
    ++kind;
  if (kind == std::size(kinds))
    return error{errc::corrupt, fmt::format("`{}` is no kind of record", from.kind())};
  to.kind = static_cast<server::audit_kind>(kind);
  if (to.kind == server::audit_kind::intent)
    if (auto done = get_intent(from, to); !done)
      return done.err();
  to.time = from.time_ns();
  for (const LogGrant& g : from.grants())
    to.grants.push_back({{g.user(), {g.scope()}, static_cast<std::uint8_t>(g.role())}, g.version()});
  to.scope = {from.scope()};
  to.fence = from.fence();
  return to;
}

} // namespace squall::campaigns::audit
