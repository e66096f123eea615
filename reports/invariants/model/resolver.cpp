#include "reports/invariants/model/resolver.hpp"

#include <algorithm>

namespace squall::invariants {

// -- view -------------------------------------------------------------------------------------------------------------

cell_view view::cell(record_index record, std::uint16_t field) const {
  for (auto it = overlay_.rbegin(); it != overlay_.rend(); ++it)
    if (it->record == record && it->field == field)
      return {true, it->value, it->writer, never};
  const auto* found = base_.cell(record, field, at_);
  return found == nullptr ? cell_view{} : cell_view{true, found->value(), found->writer, found->at};
}

row_view view::row(record_index record) const {
  for (auto it = overlay_.rbegin(); it != overlay_.rend(); ++it)
    if (it->record == record && it->field == effect::row)
      return {true, it->live, it->writer, never, it->collection};
  const auto* found = base_.row(record, at_);
  return found == nullptr ? row_view{}
                          : row_view{true, found->live, found->writer, found->at, base_.collection_of(record)};
}

std::int64_t view::derived(record_index record, std::uint16_t field, const history::name_table& names) const {
  return base_.known(record) ? base_.derived(record, field, at_, names) : 0;
}

// -- resolver ---------------------------------------------------------------------------------------------------------

struct resolver::work {
  intent_index number;
  const intent_fact& intent;
  const view& on;
  const history::name_table* names;
  outcome out;
  std::uint32_t took = 0;
  intent_index conflict = 0;
  bool gone = false;

  bool decided() const { return out.code != verdict_code::none; }
  void reject(rule_code why) {
    out.code = verdict_code::rejected;
    out.rule = why;
  }
};

bool resolver::seen(const intent_fact& intent, intent_index number, intent_index writer, position at) const {
  if (writer == number)
    return true;
  const auto& other = intents_.get(writer);
  if (other.device == intent.device && other.incarnation == intent.incarnation && other.seq < intent.seq)
    return true;
  return at <= intent.context;
}

outcome resolver::judge(const question& asked, const view& on) const {
  const auto& intent = intents_.get(asked.intent);
  const auto before = on.overlay().size();
  work w{asked.intent, intent, on, asked.names, {}};
  if (malformed(intent))
    w.reject(rule_code::malformed);
  else if (!asked.granted || foreign(intent))
    w.reject(rule_code::denied);
  if (!w.decided())
    check_known(w);
  if (!w.decided())
    check_guards(w);
  if (!w.decided()) {
    for (const auto& op : intents_.operations(intent))
      apply(w, op);
    conclude(w);
  }
  if (!takes_effect(w.out.code))
    on.overlay().resize(before);
  return w.out;
}

bool resolver::malformed(const intent_fact& intent) const {
  const auto operations = intents_.operations(intent);
  if (operations.empty())
    return true;
  for (const auto& op : operations)
    if (malformed(op))
      return true;
  for (const auto& item : intents_.guards(intent))
    if (rules_.field(item.collection, item.field) == nullptr)
      return true;
  return false;
}

bool resolver::malformed(const operation& op) const {
  const auto* collection = rules_.collection(op.collection);
  if (collection == nullptr)
    return true;
  for (const auto& item : intents_.writes(op)) {
    const auto* field = rules_.field(op.collection, item.field);
    if (field == nullptr || field->is_derived() || field->type == field_type::unsupported)
      return true;
    const bool sums = collection->field_merge && field->type == field_type::counter;
    if (item.code != (sums ? write_code::add : write_code::set))
      return true;
    const auto tag = field->type == field_type::text        ? value_tag::text
                     : field->type == field_type::reference ? value_tag::reference
                                                            : value_tag::integer;
    if (item.tag != tag)
      return true;
  }
  return false;
}

bool resolver::foreign(const intent_fact& intent) const {
  const auto operations = intents_.operations(intent);
  return std::any_of(operations.begin(), operations.end(), [&](const operation& op) {
    return base_.known(op.record) && base_.scope_of(op.record) != intent.scope;
  });
}

void resolver::check_known(work& w) const {
  const auto operations = intents_.operations(w.intent);
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const auto& op = operations[i];
    if (op.code == operation_code::create || w.on.row(op.record).known)
      continue;
    const auto earlier = operations.first(i);
    if (std::any_of(earlier.begin(), earlier.end(), [&](const operation& other) {
          return other.code == operation_code::create && other.record == op.record;
        }))
      continue;
    w.reject(refused_create(w, op.record) ? rule_code::dependency : rule_code::gone);
    return;
  }
}

bool resolver::refused_create(const work& w, record_index record) const {
  if (w.names == nullptr)
    return false;
  const auto creator = w.names->find(w.names->record(record).creator);
  const auto fate = intents_.get(creator).released.code;
  return creator != 0 && terminal(fate) && !takes_effect(fate);
}

void resolver::check_guards(work& w) const {
  for (const auto& item : intents_.guards(w.intent)) {
    if (!holds(item, w)) {
      w.reject(rule_code::guard);
      return;
    }
  }
}

bool resolver::holds(const guard& item, const work& w) const {
  const auto row = w.on.row(item.record);
  if (!row.known || !row.live)
    return false;
  cell_view cell;
  if (rules_.field(item.collection, item.field)->is_derived())
    cell = {true, {value_tag::integer, w.names == nullptr ? 0 : w.on.derived(item.record, item.field, *w.names)}, 0, 0};
  else
    cell = w.on.cell(item.record, item.field);
  if (!cell.present)
    return item.compare == compare_code::not_equal;
  const cell_value operand{item.tag, item.number};
  switch (item.compare) {
    case compare_code::equal: return cell.value == operand;
    case compare_code::not_equal: return cell.value != operand;
    case compare_code::at_least: return cell.value.tag == item.tag && cell.value.number >= item.number;
    case compare_code::at_most: return cell.value.tag == item.tag && cell.value.number <= item.number;
  }
  return false;
}

void resolver::apply(work& w, const operation& op) const {
  if (op.code != operation_code::create) {
    const auto row = w.on.row(op.record);
    w.out.concurrent_record |= !seen(w.intent, w.number, row.writer, row.at);
  }
  switch (op.code) {
    case operation_code::create: return create(w, op);
    case operation_code::update: return update(w, op);
    case operation_code::remove: return remove(w, op);
    case operation_code::restore: return restore(w, op);
  }
}

void resolver::create(work& w, const operation& op) const {
  w.on.overlay().push_back({op.record, w.number, effect::row, op.collection, true, {}});
  ++w.took;
  for (const auto& item : intents_.writes(op))
    assign(w, op, item);
}

void resolver::update(work& w, const operation& op) const {
  const auto row = w.on.row(op.record);
  if (!row.live)
    return update_deleted(w, op, row);
  const bool merges = rules_.collection(op.collection)->field_merge;
  for (const auto& item : intents_.writes(op)) {
    const auto visible = w.on.cell(op.record, item.field);
    const bool concurrent = visible.present && !seen(w.intent, w.number, visible.writer, visible.at);
    w.out.concurrent_cell |= concurrent;
    const auto& field = *rules_.field(op.collection, item.field);
    if (merges && concurrent && field.rule == field_rule::precedence &&
        visible.value != cell_value{item.tag, item.number} &&
        field.rank(item.number) > field.rank(visible.value.number))
      w.out.lost.push_back({op.record, item.field, rule_code::precedence, visible.writer});
    else
      assign(w, op, item);
  }
}

void resolver::update_deleted(work& w, const operation& op, const row_view& row) const {
  if (seen(w.intent, w.number, row.writer, row.at)) {
    w.gone = true;
  } else if (rules_.collection(op.collection)->field_merge) {
    if (w.conflict == 0)
      w.conflict = row.writer;
  } else {
    for (const auto& item : intents_.writes(op))
      w.out.lost.push_back({op.record, item.field, rule_code::delete_update, row.writer});
  }
}

void resolver::remove(work& w, const operation& op) const {
  const auto row = w.on.row(op.record);
  if (row.live && rules_.collection(op.collection)->field_merge) {
    cell_view newest;
    const auto& fields = rules_.collection(op.collection)->fields;
    for (std::uint16_t field = 0; field < fields.size(); ++field) {
      const auto visible = w.on.cell(op.record, field);
      if (visible.present && !seen(w.intent, w.number, visible.writer, visible.at) && visible.at > newest.at)
        newest = visible;
    }
    if (newest.present) {
      w.out.concurrent_cell = true;
      if (w.conflict == 0)
        w.conflict = newest.writer;
      return;
    }
  }
  ++w.took;
  if (row.live)
    w.on.overlay().push_back({op.record, w.number, effect::row, op.collection, false, {}});
}

void resolver::restore(work& w, const operation& op) const {
  ++w.took;
  if (!w.on.row(op.record).live)
    w.on.overlay().push_back({op.record, w.number, effect::row, op.collection, true, {}});
}

void resolver::assign(work& w, const operation& op, const write& item) const {
  cell_value value{item.tag, item.number};
  if (item.code == write_code::add) {
    const auto visible = w.on.cell(op.record, item.field);
    value.number = wrapping_add(visible.present ? visible.value.number : 0, item.number);
  }
  w.on.overlay().push_back({op.record, w.number, item.field, op.collection, true, value});
  ++w.took;
}

void resolver::conclude(work& w) const {
  if (w.gone || w.conflict != 0) {
    w.out.lost.clear();
    w.out.winner = w.conflict;
    w.out.gone_or_conflicted = w.gone && w.conflict != 0;
    w.out.code = w.conflict != 0 ? verdict_code::conflicted : verdict_code::rejected;
    w.out.rule = w.conflict != 0 ? rule_code::delete_update : rule_code::gone;
  } else if (w.out.lost.empty()) {
    w.out.code = verdict_code::applied;
  } else if (w.took > 0) {
    w.out.code = verdict_code::merged;
  } else {
    w.out.code = verdict_code::superseded;
    w.out.rule = w.out.lost.front().rule;
    w.out.winner = w.out.lost.front().winner;
  }
}

} // namespace squall::invariants
