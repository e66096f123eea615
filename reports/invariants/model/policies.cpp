#include "reports/invariants/model/work.hpp"

#include <algorithm>
#include <tuple>

namespace squall::invariants {

bool resolver::seen(const work& w, intent_index writer, position at) const {
  // What an author had seen there, the server may not take for seen: it has been restored, and the device does not know.
  const bool there = w.asked.sighted || (w.asked.on_device && w.intent.generation == w.asked.generation);
  const bool same = there && at <= w.intent.context;
  return same || seen(w.intent, w.number(), writer, at);
}

// Stamps order by their parts, then by the intent's name. What is not in the state has the stamp that it was given.
bool resolver::later(const work& w, intent_index writer, position at) const {
  const auto& other = intents_.get(writer);
  const auto& theirs = at == never ? other.given : intents_.counted_at(writer, at);
  return std::tie(w.asked.counted, w.intent.device, w.intent.incarnation, w.intent.seq) >
         std::tie(theirs, other.device, other.incarnation, other.seq);
}

// What is not in the state is of the same user.
std::uint32_t resolver::role_of(const work& w, intent_index writer, position at) const {
  return writer == w.number() || at == never ? w.asked.grants->role(w.intent.scope) : intents_.role_at(writer, at);
}

// -- operations --------------------------------------------------------------------------------------------------------------

void resolver::apply(work& w, const operation& op) const {
  if (op.code != operation_code::create) {
    const auto row = w.on.row(op.record);
    w.out.concurrent_record |= !seen(w, row.writer, row.at);
  }
  switch (op.code) {
    case operation_code::create: return create(w, op);
    case operation_code::update: return update(w, op);
    case operation_code::remove: return remove(w, op);
    case operation_code::restore: return restore(w, op);
    case operation_code::move: return move(w, op);
  }
}

void resolver::put_row(work& w, const operation& op, bool live) const {
  push_row(w, op.record, op.collection, live, w.intent.scope);
}

void resolver::push_row(work& w, record_index record, std::uint16_t collection, bool live, std::uint32_t scope) const {
  effect change{record, w.number(), effect::row, collection, live, {}};
  change.scope = scope;
  w.push(change);
}

void resolver::create(work& w, const operation& op) const {
  put_row(w, op, true);
  ++w.took;
  if (rules_.collection(op.collection)->is_register())
    w.push({op.record, w.number(), stamp_cell, op.collection, true, {}});
  for (const auto& item : intents_.writes(op))
    take(w, op, item);
}

// Whether the intent gets the record's register, and if not, who keeps it.
bool resolver::competes(work& w, record_index record, intent_index& holder) const {
  const auto held = w.on.cell(record, stamp_cell);
  if (held.present && held.writer != w.number()) {
    holder = held.writer;
    if (!later(w, held.writer, held.at))
      return false;
    w.out.won_by_stamp += seen(w, held.writer, held.at) ? 0 : 1;
  }
  w.push({record, w.number(), stamp_cell, w.on.row(record).collection, true, {}});
  return true;
}

void resolver::lose(work& w, const operation& op, rule_code rule, intent_index winner) const {
  if (op.code != operation_code::update)
    w.out.lost.push_back({op.record, effect::row, rule, winner});
  else
    for (const auto& item : intents_.writes(op))
      w.out.lost.push_back({op.record, item.field, rule, winner});
}

void resolver::update(work& w, const operation& op) const {
  const auto& rules = *rules_.collection(op.collection);
  const auto row = w.on.row(op.record);
  if (!row.live && seen(w, row.writer, row.at))
    return w.reject(rule_code::gone);
  intent_index holder = 0;
  if (rules.is_register() && !competes(w, op.record, holder))
    return lose(w, op, rule_code::later_stamp, holder);
  if (!row.live && !update_deleted(w, op, row))
    return;
  if (rules.policy == policy_kind::manual && asks_a_person(w, op))
    return;
  for (const auto& item : intents_.writes(op)) {
    if (w.decided())
      return;
    const auto visible = w.on.cell(op.record, item.field);
    w.out.concurrent_cell |= visible.present && !seen(w, visible.writer, visible.at);
    if (rules.by_field())
      judge_write(w, op, item);
    else
      take(w, op, item);
  }
}

// Of a record whose deletion its author has not seen. True: it was revived.
bool resolver::update_deleted(work& w, const operation& op, const row_view& row) const {
  const auto& rules = *rules_.collection(op.collection);
  switch (rules.policy) {
    case policy_kind::last_stamp: break;
    case policy_kind::crdt:
      if (rules.add_wins_deletes)
        break;
      lose(w, op, rule_code::delete_update, row.writer);
      return false;
    case policy_kind::last_commit: lose(w, op, rule_code::delete_update, row.writer); return false;
    default: w.conflict(row.writer, rule_code::delete_update, {op.record}); return false;
  }
  put_row(w, op, true);
  ++w.took;
  return true;
}

cell_view resolver::newest_unseen(const work& w, const operation& op) const {
  cell_view newest;
  const auto& fields = rules_.collection(op.collection)->fields;
  for (std::uint16_t field = 0; field < fields.size(); ++field) {
    const auto visible = w.on.cell(op.record, field);
    if (visible.present && !seen(w, visible.writer, visible.at) && visible.at > newest.at)
      newest = visible;
  }
  return newest;
}

bool resolver::differs(const work& w, const operation& op, const write& item) const {
  if (item.code == write_code::add)
    return item.number != 0;
  if (item.code == write_code::set)
    return w.on.cell(op.record, item.field).value != cell_value{item.tag, item.number};
  const bool remove_wins = rules_.field(op.collection, item.field)->rule == field_rule::remove_wins;
  const bool member = is_member(w.on.marks(op.record, item.field, item.number), remove_wins);
  return member != (item.code == write_code::set_insert);
}

bool resolver::asks_a_person(work& w, const operation& op) const {
  auto newest = newest_unseen(w, op);
  const auto row = w.on.row(op.record);
  if (!seen(w, row.writer, row.at) && row.at > newest.at)
    newest = {true, {}, row.writer, row.at};
  const auto writes = intents_.writes(op);
  w.out.concurrent_cell |= newest.present;
  if (!newest.present ||
      std::none_of(writes.begin(), writes.end(), [&](const write& item) { return differs(w, op, item); }))
    return false;
  w.conflict(newest.writer, rule_code::manual, {op.record});
  return true;
}

void resolver::remove(work& w, const operation& op) const {
  const auto& rules = *rules_.collection(op.collection);
  const auto row = w.on.row(op.record);
  intent_index holder = 0;
  if (rules.is_register() && !competes(w, op.record, holder))
    return lose(w, op, rule_code::later_stamp, holder);
  const bool looks = rules.policy == policy_kind::field_merge || rules.policy == policy_kind::manual ||
                     (rules.policy == policy_kind::crdt && rules.add_wins_deletes);
  const auto newest = row.live && looks ? newest_unseen(w, op) : cell_view{};
  if (newest.present) {
    w.out.concurrent_cell = true;
    if (rules.policy == policy_kind::crdt)
      return lose(w, op, rule_code::delete_update, newest.writer);
    return w.conflict(newest.writer, rule_code::delete_update, {op.record});
  }
  ++w.took;
  if (row.live)
    put_row(w, op, false);
}

void resolver::restore(work& w, const operation& op) const {
  intent_index holder = 0;
  if (rules_.collection(op.collection)->is_register() && !competes(w, op.record, holder))
    return lose(w, op, rule_code::later_stamp, holder);
  ++w.took;
  if (!w.on.row(op.record).live)
    put_row(w, op, true);
}

// -- writes ------------------------------------------------------------------------------------------------------------------

void resolver::take(work& w, const operation& op, const write& item) const {
  if (rules_.field(op.collection, item.field)->is_set())
    change_set(w, op, item);
  else
    assign(w, op, item);
}

void resolver::judge_write(work& w, const operation& op, const write& item) const {
  const auto& field = *rules_.field(op.collection, item.field);
  const auto visible = w.on.cell(op.record, item.field);
  const bool concurrent = visible.present && !seen(w, visible.writer, visible.at);
  if (field.is_set() || item.code == write_code::add || !concurrent)
    return take(w, op, item);
  if (visible.value != cell_value{item.tag, item.number})
    return judge_concurrent(w, op, item, visible);
  // An equal value with the smaller stamp leaves the cell to who has it.
  if (field.rule == field_rule::last_stamp && !later(w, visible.writer, visible.at))
    ++w.took;
  else
    assign(w, op, item);
}

void resolver::judge_concurrent(work& w, const operation& op, const write& item, const cell_view& visible) const {
  const auto& field = *rules_.field(op.collection, item.field);
  const auto lost = [&](rule_code rule) { w.out.lost.push_back({op.record, item.field, rule, visible.writer}); };
  const auto by_rank = [&](std::size_t mine, std::size_t theirs, rule_code rule, std::uint32_t* won) {
    if (mine > theirs)
      return lost(rule);
    if (won != nullptr)
      *won += mine < theirs ? 1 : 0;
    assign(w, op, item);
  };
  switch (field.rule) {
    case field_rule::last_stamp:
      if (!later(w, visible.writer, visible.at))
        return lost(rule_code::later_stamp);
      ++w.out.won_by_stamp;
      return assign(w, op, item);
    case field_rule::precedence:
      return by_rank(field.rank(item.number), field.rank(visible.value.number), rule_code::precedence, nullptr);
    case field_rule::role:
      return by_rank(field.rank(role_of(w, w.number(), never)), field.rank(role_of(w, visible.writer, visible.at)),
                     rule_code::role, &w.out.won_by_role);
    case field_rule::max:
    case field_rule::min: {
      const bool wins = (item.number > visible.value.number) == (field.rule == field_rule::max);
      if (!wins)
        return lost(rule_code::extreme);
      ++w.out.won_by_extreme;
      return assign(w, op, item);
    }
    case field_rule::manual: return w.conflict(visible.writer, rule_code::manual, {op.record, item.field});
    default: return assign(w, op, item);
  }
}

void resolver::assign(work& w, const operation& op, const write& item) const {
  cell_value value{item.tag, item.number};
  if (item.code == write_code::add) {
    const auto visible = w.on.cell(op.record, item.field);
    value.number = wrapping_add(visible.present ? visible.value.number : 0, item.number);
  }
  w.push({op.record, w.number(), item.field, op.collection, true, value});
  ++w.took;
}

void resolver::change_set(work& w, const operation& op, const write& item) const {
  using kind = effect::kind;
  const bool inserts = item.code == write_code::set_insert;
  const bool remove_wins = rules_.field(op.collection, item.field)->rule == field_rule::remove_wins;
  const cell_value member{item.tag, item.number};
  effect change{op.record, w.number(), item.field, op.collection, true, member};
  const mark* in_the_way = nullptr;
  // An insert meets erases' marks, which are there only where removes win; an erase meets inserts' marks.
  const auto marks = w.on.marks(op.record, item.field, item.number);
  for (const auto& one : marks) {
    if (one.erase != inserts)
      continue;
    if (!seen(w, one.intent, one.made)) {
      in_the_way = &one;
      continue;
    }
    change.what = inserts ? kind::drop_erase : kind::drop_insert;
    change.of = one.intent;
    w.push(change);
  }
  change.of = 0;
  if (inserts || remove_wins) {
    change.what = inserts ? kind::mark_insert : kind::mark_erase;
    w.push(change);
  }
  change.what = kind::put;
  change.value = {value_tag::text, 0};
  w.push(change);
  ++w.took;
  if (in_the_way == nullptr || (!inserts && remove_wins))
    return;
  w.out.lost.push_back(
      {op.record, item.field, inserts ? rule_code::remove_wins : rule_code::add_wins, in_the_way->intent});
}

} // namespace squall::invariants
