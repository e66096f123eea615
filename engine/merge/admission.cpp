#include "engine/merge/admission.hpp"

#include "engine/merge/cells.hpp"

#include <algorithm>

namespace squall::merge {

namespace {

bool satisfies(const guard& g, const value& v) {
  if (kind_of(v) == value_kind::none)
    return g.kind == guard_kind::not_equal;
  switch (g.kind) {
    case guard_kind::equal: return v == g.operand;
    case guard_kind::not_equal: return v != g.operand;
    case guard_kind::at_least: return integer_or_zero(v) >= integer_or_zero(g.operand);
    case guard_kind::at_most: return integer_or_zero(v) <= integer_or_zero(g.operand);
  }
  return false;
}

/// Why an operation's record cannot be worked on: malformed before dependency and gone.
verdict_rule unknown_record(const intent& in, row_access& rows) {
  verdict_rule first = verdict_rule::none;
  std::vector<const operation*> creates;
  for (const operation& op : in.operations) {
    const row* known = rows.find(op.record);
    if (op.kind == operation_kind::create) {
      if (known != nullptr)
        return verdict_rule::malformed;
      creates.push_back(&op);
      continue;
    }
    const auto here =
        std::find_if(creates.begin(), creates.end(), [&](const operation* c) { return c->record == op.record; });
    const bool created_here = here != creates.end();
    if ((known != nullptr && known->collection != op.collection) ||
        (created_here && (*here)->collection != op.collection))
      return verdict_rule::malformed;
    if (known == nullptr && !created_here && first == verdict_rule::none)
      first = rows.create_was_rejected(op.record.creator()) ? verdict_rule::dependency : verdict_rule::gone;
  }
  return first;
}

bool may_write(const collection_schema& collection, std::uint8_t role) {
  return collection.writers.empty() ||
         std::find(collection.writers.begin(), collection.writers.end(), role) != collection.writers.end();
}

bool denied(const schema& model, const intent& in, const position& at, row_access& rows) {
  return !at.granted || std::any_of(in.operations.begin(), in.operations.end(), [&](const operation& op) {
    return !may_write(model.collections[op.collection], at.role) ||
           rows.foreign(op.record) || // one of its own too, which somebody has moved
           (op.kind == operation_kind::move && !rows.may_enter(op.to_scope));
  });
}

/// What a device knows of tasks proves nothing: in a new generation of the feed it begins with none.
bool tasks_known(const intent& in, const position& at, row_access& rows) {
  return at.sequence == pending_sequence ||
         std::all_of(in.operations.begin(), in.operations.end(),
                     [&](const auto& op) { return op.task == 0 || task_of(op, rows) != nullptr; });
}

bool guards_hold(const intent& in, row_access& rows) {
  return std::all_of(in.guards.begin(), in.guards.end(), [&](const guard& g) {
    const row* r = rows.find_anywhere(g.record);
    return r != nullptr && !r->deleted && r->collection == g.collection && satisfies(g, r->fields[g.field].current);
  });
}

} // namespace

const task* task_of(const operation& op, row_access& rows) {
  const task* t = op.task != 0 ? rows.find_task(op.task) : nullptr;
  return t != nullptr && t->subject.record == op.record ? t : nullptr;
}

verdict_rule refused_at_once(const schema& model, const intent& in, const position& at, row_access& rows) {
  if (!well_formed(model, in))
    return verdict_rule::malformed;
  const verdict_rule unknown = unknown_record(in, rows);
  if (unknown == verdict_rule::malformed)
    return unknown;
  if (denied(model, in, at, rows))
    return verdict_rule::denied;
  if (unknown != verdict_rule::none)
    return unknown;
  if (!tasks_known(in, at, rows))
    return verdict_rule::gone;
  return guards_hold(in, rows) ? verdict_rule::none : verdict_rule::guard;
}

} // namespace squall::merge
