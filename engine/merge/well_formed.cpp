#include "engine/base/check.hpp"
#include "engine/merge/policy.hpp"

#include <algorithm>

namespace squall::merge {

namespace {

constexpr std::size_t operations_max = 255;

/// The kind of value that a field holds, or that a set's members are.
value_kind holds(field_type type) {
  switch (type) {
    case field_type::integer:
    case field_type::counter:
    case field_type::derived: return value_kind::integer;
    case field_type::text:
    case field_type::set: return value_kind::text;
    case field_type::reference: return value_kind::reference;
  }
  return value_kind::none;
}

bool fits(const field_schema& field, const value& v) {
  return kind_of(v) != value_kind::none && kind_of(v) == holds(field.type);
}

bool well_formed_write(const collection_schema& collection, bool counters_add, const field_write& w) {
  if (w.field >= collection.fields.size())
    return false;
  const field_schema& field = collection.fields[w.field];
  if (field.type == field_type::derived || !fits(field, w.to))
    return false;
  switch (w.kind) {
    case write_kind::set: return field.type != field_type::set && (field.type != field_type::counter || !counters_add);
    case write_kind::add: return field.type == field_type::counter && counters_add;
    case write_kind::set_insert:
    case write_kind::set_erase: return field.type == field_type::set;
  }
  return false;
}

/// By field; of a set by member.
bool ascends(const field_write& a, const field_write& b) {
  const bool members = a.kind == write_kind::set_insert || a.kind == write_kind::set_erase;
  return a.field < b.field || (a.field == b.field && members && a.to < b.to);
}

/// Whoever resolves no task saw no branches; who does names each once.
bool well_formed_resolution(const operation& op) {
  if (op.task == 0)
    return op.branches_seen.empty();
  return std::adjacent_find(op.branches_seen.begin(), op.branches_seen.end(),
                            [](const intent_id& a, const intent_id& b) { return a >= b; }) == op.branches_seen.end();
}

bool well_formed_operation(const schema& model, const operation& op) {
  if (op.collection >= model.collections.size() || op.record.null() || !well_formed_resolution(op))
    return false;
  if (op.kind == operation_kind::move)
    return op.writes.empty() && op.task == 0 && op.to_scope.value != 0;
  if (op.to_scope.value != 0)
    return false;
  if (op.kind == operation_kind::remove || op.kind == operation_kind::restore)
    return op.writes.empty();
  const collection_schema& collection = model.collections[op.collection];
  const policy* p = find_policy(collection.policy);
  CHECK(p != nullptr);
  for (std::size_t i = 0; i < op.writes.size(); ++i) {
    if (!well_formed_write(collection, p->counters_add, op.writes[i]))
      return false;
    if (i > 0 && !ascends(op.writes[i - 1], op.writes[i]))
      return false;
  }
  return true;
}

bool well_formed_guard(const schema& model, const guard& g) {
  if (g.collection >= model.collections.size() || g.field >= model.collections[g.collection].fields.size())
    return false;
  const field_schema& field = model.collections[g.collection].fields[g.field];
  const bool ordered = g.kind == guard_kind::at_least || g.kind == guard_kind::at_most;
  return field.type != field_type::set && fits(field, g.operand) &&
         (!ordered || kind_of(g.operand) == value_kind::integer);
}

/// A move is alone, and leads elsewhere; what is everybody's stays so.
bool well_formed_moves(const schema& model, const intent& in) {
  return std::all_of(in.operations.begin(), in.operations.end(), [&](const operation& op) {
    return op.kind != operation_kind::move ||
           (in.operations.size() == 1 && op.to_scope != in.scope && op.to_scope != model.wide_scope &&
            !model.collections[op.collection].wide);
  });
}

/// Creates derive their ids from the intent, each its own.
bool well_formed_creates(const intent& in) {
  for (std::size_t i = 0; i < in.operations.size(); ++i) {
    const operation& op = in.operations[i];
    if (op.kind != operation_kind::create)
      continue;
    const bool again = std::any_of(in.operations.begin(), in.operations.begin() + static_cast<std::ptrdiff_t>(i),
                                   [&](const operation& earlier) {
                                     return earlier.kind == operation_kind::create && earlier.record == op.record;
                                   });
    if (op.record.creator() != in.id || again)
      return false;
  }
  return true;
}

} // namespace

bool well_formed(const schema& model, const intent& in) {
  if (in.id.null() || in.operations.empty() || in.operations.size() > operations_max)
    return false;
  return std::all_of(in.operations.begin(), in.operations.end(),
                     [&](const operation& op) { return well_formed_operation(model, op); }) &&
         std::all_of(in.guards.begin(), in.guards.end(), [&](const guard& g) { return well_formed_guard(model, g); }) &&
         well_formed_creates(in) && well_formed_moves(model, in);
}

} // namespace squall::merge
