#include "reports/invariants/model/resolver.hpp"

#include "reports/invariants/model/work.hpp"

#include <algorithm>
#include <array>

namespace squall::invariants {

bool resolver::seen(const intent_fact& intent, intent_index number, intent_index writer, position at) const {
  if (writer == number)
    return true;
  const auto& other = intents_.get(writer);
  if (other.device == intent.device && other.incarnation == intent.incarnation && other.seq < intent.seq)
    return true;
  return !intent.blind && at <= intent.context;
}

outcome resolver::judge(const question& asked, const view& on) const {
  const auto& intent = intents_.get(asked.intent);
  work w{asked, intent, on, on.overlay().size(), {}};
  if (malformed(intent))
    w.reject(rule_code::malformed);
  else if (denied(w))
    w.reject(rule_code::denied);
  if (!w.decided())
    check_known(w);
  if (!w.decided())
    check_tasks(w);
  if (!w.decided())
    check_guards(w);
  for (const auto& op : intents_.operations(intent)) {
    if (!w.decided())
      closed_task(w, op);
    if (!w.decided())
      apply(w, op);
  }
  if (!w.decided())
    conclude(w);
  if (takes_effect(w.out.code))
    constrain(w);
  if (!takes_effect(w.out.code))
    on.overlay().resize(w.before);
  return w.out;
}

// -- what makes no sense ------------------------------------------------------------------------------------------------

bool resolver::malformed(const intent_fact& intent) const {
  const auto operations = intents_.operations(intent);
  if (operations.empty())
    return true;
  for (const auto& op : operations) {
    if (malformed(op))
      return true;
    if (op.code != operation_code::move)
      continue;
    const bool wide = rules_.collection(op.collection)->wide || (rules_.has_wide() && op.to == rules_.wide_scope());
    if (operations.size() > 1 || op.task != 0 || op.writes > 0 || op.to == 0 || op.to == intent.scope || wide)
      return true;
  }
  for (const auto& item : intents_.guards(intent)) {
    const auto* field = rules_.field(item.collection, item.field);
    if (field == nullptr || field->is_set())
      return true;
  }
  return false;
}

bool resolver::malformed(const operation& op) const {
  if (rules_.collection(op.collection) == nullptr)
    return true;
  const auto writes = intents_.writes(op);
  for (std::size_t i = 0; i < writes.size(); ++i) {
    if (malformed(op, writes[i]))
      return true;
    const bool of_set = rules_.field(op.collection, writes[i].field)->is_set();
    for (std::size_t k = 0; k < i; ++k)
      if (writes[k].field == writes[i].field && (!of_set || writes[k].number == writes[i].number))
        return true;
  }
  return false;
}

bool resolver::malformed(const operation& op, const write& item) const {
  const auto* field = rules_.field(op.collection, item.field);
  if (field == nullptr || field->is_derived() || field->type == field_type::unsupported)
    return true;
  if (field->is_set())
    return (item.code != write_code::set_insert && item.code != write_code::set_erase) || item.tag != value_tag::text;
  if (item.code != (rules_.collection(op.collection)->sums(*field) ? write_code::add : write_code::set))
    return true;
  const auto tag = field->type == field_type::text        ? value_tag::text
                   : field->type == field_type::reference ? value_tag::reference
                                                          : value_tag::integer;
  return item.tag != tag;
}

bool resolver::denied(const work& w) const {
  const auto& grants = *w.asked.grants;
  const auto operations = intents_.operations(w.intent);
  const auto role = grants.role(w.intent.scope);
  return !grants.holds(w.intent.scope) || std::any_of(operations.begin(), operations.end(), [&](const operation& op) {
    const auto row = w.on.row(op.record);
    return (op.code == operation_code::move && !grants.holds(op.to)) ||
           !rules_.collection(op.collection)->may_write(role) || (row.known && row.scope != w.intent.scope);
  });
}

// -- what is not there, and what does not hold -----------------------------------------------------------------------------

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
  if (w.asked.names == nullptr || record == 0)
    return false;
  const auto creator = w.asked.names->find(w.asked.names->record(record).creator);
  if (w.asked.refused != nullptr)
    return creator < w.asked.refused->size() && (*w.asked.refused)[creator];
  const auto& fact = intents_.get(creator);
  const auto fate = fact.released.code != verdict_code::none ? fact.released.code : fact.kept.code;
  return creator != 0 && terminal(fate) && !takes_effect(fate);
}

void resolver::check_tasks(work& w) const {
  if (w.asked.tasks == nullptr)
    return;
  for (const auto& op : intents_.operations(w.intent)) {
    if (op.task == 0)
      continue;
    const auto* task = w.asked.tasks->find(op.task);
    if (task == nullptr || op.task > w.asked.tasks_known || task->about.record != op.record)
      return w.reject(rule_code::gone);
  }
}

void resolver::check_guards(work& w) const {
  for (const auto& item : intents_.guards(w.intent))
    if (!holds(item, w))
      return w.reject(rule_code::guard);
}

bool resolver::holds(const guard& item, const work& w) const {
  const auto row = w.on.row(item.record);
  if (!row.known || !row.live)
    return false;
  const auto* names = w.asked.names;
  cell_view cell;
  if (rules_.field(item.collection, item.field)->is_derived())
    cell = {true, {value_tag::integer, names == nullptr ? 0 : w.on.derived(item.record, item.field, *names)}, 0, 0};
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

// -- tasks that are closed ---------------------------------------------------------------------------------------------------

void resolver::closed_task(work& w, const operation& op) const {
  const auto* task = op.task == 0 || w.asked.tasks == nullptr ? nullptr : w.asked.tasks->find(op.task);
  if (task == nullptr || task->open())
    return;
  if (same_operations(w.number(), task->closed_by, op.record))
    w.decide(verdict_code::superseded, rule_code::resolution, task->closed_by);
  else
    w.conflict(task->closed_by, rule_code::resolution, task->about);
}

bool resolver::same_operations(intent_index a, intent_index b, record_index record) const {
  const auto on_record = [&](intent_index intent) {
    // Kinds, fields and values, the writes of one operation in the order of their fields.
    std::vector<std::vector<std::array<std::int64_t, 4>>> all;
    for (const auto& op : intents_.operations(intents_.get(intent))) {
      if (op.record != record)
        continue;
      auto& one = all.emplace_back();
      for (const auto& item : intents_.writes(op))
        one.push_back(
            {item.field, item.number, static_cast<std::int64_t>(item.code), static_cast<std::int64_t>(item.tag)});
      std::sort(one.begin(), one.end());
      one.push_back({-1, static_cast<std::int64_t>(op.code), 0, 0});
    }
    return all;
  };
  return on_record(a) == on_record(b);
}

void resolver::conclude(work& w) const {
  if (w.out.lost.empty()) {
    w.out.code = verdict_code::applied;
  } else if (w.took > 0) {
    w.out.code = verdict_code::merged;
  } else {
    const auto first = w.out.lost.front();
    w.decide(verdict_code::superseded, first.rule, first.winner);
  }
}

} // namespace squall::invariants
