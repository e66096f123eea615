// The encoding of intents, verdicts and rows. Decoding is total: any message gives a value or `corrupt`.
#include "engine/wire/codec.hpp"

#include "engine/wire/message_room.hpp"
#include "engine/wire/serialize.hpp"

#include <algorithm>
#include <limits>

namespace squall::wire {

namespace {

error corrupt(const char* what) { return {errc::corrupt, what}; }

constexpr std::uint32_t small_max = std::numeric_limits<std::uint16_t>::max();

/// Numbers of collections and fields that do not fit become the largest, which no schema has.
std::uint16_t small(std::uint32_t n) { return static_cast<std::uint16_t>(std::min(n, small_max)); }

bool sealed(const Value& v) { return v.kind_case() == Value::kSealed; }

result<void> decode_guard(const Guard& from, guard& to) {
  if (from.collection() > small_max || from.field() > small_max)
    return corrupt("a guard on a collection or field out of range");
  if (from.kind() > static_cast<std::uint32_t>(guard_kind::at_most) || sealed(from.operand()))
    return corrupt("a guard of unknown kind");
  to = {from_wire(from.record()), small(from.collection()), small(from.field()), static_cast<guard_kind>(from.kind()),
        from_wire(from.operand())};
  return {};
}
intent_context decode_context(const Context& from) {
  intent_context to{from.generation(), from.sequence(), {}};
  to.beyond.reserve(static_cast<std::size_t>(from.beyond_size()));
  for (const IntentId& b : from.beyond())
    to.beyond.push_back({b.device(), b.incarnation(), b.seq()});
  return to;
}

} // namespace

// -- values ------------------------------------------------------------------------------------------------------------

void to_wire(const intent_id& from, IntentId& to) {
  to.set_device(from.device);
  to.set_incarnation(from.incarnation);
  to.set_seq(from.seq);
}

intent_id from_wire(const IntentId& from) { return {from.device(), from.incarnation(), from.seq()}; }

void to_wire(const record_id& from, RecordId& to) {
  to.set_device(from.device);
  to.set_incarnation(from.incarnation);
  to.set_seq_ordinal(from.seq_ordinal);
}

record_id from_wire(const RecordId& from) { return {from.device(), from.incarnation(), from.seq_ordinal()}; }

void to_wire(const value& from, Value& to) {
  switch (kind_of(from)) {
    case value_kind::none: to.clear_kind(); break;
    case value_kind::integer: to.set_integer(std::get<std::int64_t>(from)); break;
    case value_kind::text: to.set_text(std::get<std::string>(from)); break;
    case value_kind::reference: to_wire(std::get<record_id>(from), *to.mutable_reference()); break;
  }
}

value from_wire(const Value& from) {
  switch (from.kind_case()) {
    case Value::kInteger: return from.integer();
    case Value::kText: return from.text();
    case Value::kReference: return from_wire(from.reference());
    case Value::kSealed:
    case Value::KIND_NOT_SET: break;
  }
  return {};
}

// -- operations -------------------------------------------------------------------------------------------------------

void to_wire(const operation& from, Operation& to) {
  to.set_kind(static_cast<std::uint32_t>(from.kind));
  to.set_collection(from.collection);
  to_wire(from.record, *to.mutable_record());
  for (const field_write& w : from.writes) {
    FieldWrite& out = *to.add_writes();
    out.set_field(w.field);
    out.set_kind(static_cast<std::uint32_t>(w.kind));
    if (kind_of(w.to) != value_kind::none)
      to_wire(w.to, *out.mutable_to());
    if (kind_of(w.before) != value_kind::none)
      to_wire(w.before, *out.mutable_before());
  }
  to.set_task(from.task);
  to.set_to_scope(from.to_scope.value);
  for (const intent_id& b : from.branches_seen)
    to_wire(b, *to.add_branches_seen());
}

result<void> from_wire(const Operation& from, operation& to) {
  if (from.kind() > static_cast<std::uint32_t>(operation_kind::move))
    return corrupt("an operation of unknown kind");
  if (from.collection() > small_max)
    return corrupt("a collection number out of range");
  to.kind = static_cast<operation_kind>(from.kind());
  to.collection = small(from.collection());
  to.record = from_wire(from.record());
  to.writes.reserve(static_cast<std::size_t>(from.writes_size()));
  for (const FieldWrite& w : from.writes()) {
    if (w.field() > small_max || w.kind() > static_cast<std::uint32_t>(write_kind::set_erase))
      return corrupt("a field write of unknown kind or field");
    if (sealed(w.to()) || sealed(w.before()) || !w.text_operations().empty())
      return corrupt("a field write that this version cannot read");
    to.writes.push_back(
        {small(w.field()), static_cast<write_kind>(w.kind()), from_wire(w.to()), from_wire(w.before())});
  }
  to.task = from.task();
  to.to_scope = {from.to_scope()};
  to.branches_seen.reserve(static_cast<std::size_t>(from.branches_seen_size()));
  for (const IntentId& b : from.branches_seen())
    to.branches_seen.push_back(from_wire(b));
  return {};
}

result<std::vector<operation>> from_wire(const google::protobuf::RepeatedPtrField<Operation>& from) {
  std::vector<operation> out(static_cast<std::size_t>(from.size()));
  for (int i = 0; i < from.size(); ++i)
    if (auto r = from_wire(from[i], out[static_cast<std::size_t>(i)]); !r)
      return r.err();
  return out;
}

// -- intents -----------------------------------------------------------------------------------------------------------

std::string encode(const intent& in) {
  message_room room;
  auto& out = room.make<Intent>();
  to_wire(in.id, *out.mutable_id());
  out.set_scope(in.scope.value);
  out.set_user(in.user);
  out.set_schema_version(in.schema_version);
  out.set_policy_version(in.policy_version);
  out.mutable_stamp()->set_wall_ns(in.stamp.wall);
  out.mutable_stamp()->set_logical(in.stamp.logical);
  out.set_client_wall_ns(in.client_wall);
  Context& context = *out.mutable_context();
  context.set_generation(in.context.generation);
  context.set_sequence(in.context.sequence);
  for (const seen_beyond& b : in.context.beyond)
    to_wire(intent_id{b.device, b.incarnation, b.seq}, *context.add_beyond());
  for (const guard& g : in.guards) {
    Guard& guard_out = *out.add_guards();
    to_wire(g.record, *guard_out.mutable_record());
    guard_out.set_collection(g.collection);
    guard_out.set_field(g.field);
    guard_out.set_kind(static_cast<std::uint32_t>(g.kind));
    if (kind_of(g.operand) != value_kind::none)
      to_wire(g.operand, *guard_out.mutable_operand());
  }
  for (const operation& op : in.operations)
    to_wire(op, *out.add_operations());
  return serialize(out);
}

result<intent> decode_intent(std::string_view body) {
  message_room room;
  auto& from = room.make<Intent>();
  if (!parse(body, from))
    return corrupt("an intent's body does not parse");
  intent out;
  out.id = from_wire(from.id());
  out.scope = {from.scope()};
  out.user = from.user();
  out.schema_version = from.schema_version();
  out.policy_version = from.policy_version();
  out.stamp = {from.stamp().wall_ns(), from.stamp().logical()};
  out.client_wall = from.client_wall_ns();
  out.context = decode_context(from.context());
  out.guards.resize(static_cast<std::size_t>(from.guards_size()));
  for (int i = 0; i < from.guards_size(); ++i)
    if (auto r = decode_guard(from.guards(i), out.guards[static_cast<std::size_t>(i)]); !r)
      return r.err();
  auto operations = from_wire(from.operations());
  if (!operations)
    return operations.err();
  out.operations = std::move(*operations);
  return out;
}

// -- verdicts ----------------------------------------------------------------------------------------------------------

void to_wire(const verdict& from, Verdict& to) {
  to.set_kind(static_cast<std::uint32_t>(from.kind));
  to.set_rule(static_cast<std::uint32_t>(from.rule));
  to.set_sequence(from.sequence);
  to.set_task(from.task);
  if (!from.winner.null())
    to_wire(from.winner, *to.mutable_winner());
  to.clear_fields();
  for (const field_outcome& f : from.fields) {
    FieldOutcome& out = *to.add_fields();
    to_wire(f.record, *out.mutable_record());
    out.set_collection(f.collection);
    out.set_field(f.field);
    to_wire(f.winner, *out.mutable_winner());
    out.set_rule(static_cast<std::uint32_t>(f.rule));
  }
  to.set_was_duplicate(from.was_duplicate);
}

verdict from_wire(const Verdict& from) {
  const auto rule = [](std::uint32_t n) {
    return n <= static_cast<std::uint32_t>(verdict_rule::reference) ? static_cast<verdict_rule>(n) : verdict_rule::none;
  };
  verdict out;
  if (from.kind() <= static_cast<std::uint32_t>(verdict_kind::retry))
    out.kind = static_cast<verdict_kind>(from.kind());
  out.rule = rule(from.rule());
  out.sequence = from.sequence();
  out.task = from.task();
  out.winner = from_wire(from.winner());
  out.fields.reserve(static_cast<std::size_t>(from.fields_size()));
  for (const FieldOutcome& f : from.fields())
    out.fields.push_back(
        {from_wire(f.record()), small(f.collection()), small(f.field()), from_wire(f.winner()), rule(f.rule())});
  out.was_duplicate = from.was_duplicate();
  return out;
}

} // namespace squall::wire
