#include "actors/lowering.hpp"

#include "actors/settlement.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace squall::actors {

namespace {

using history::skip_reason;
using scenarios::Act;

/// A record as the intention's acts leave it, one after the other.
struct working_row {
  symbol name = 0;
  record_id id;
  collection_number collection = 0;
  bool deleted = false;
  std::vector<std::pair<field_number, value>> fields; ///< ascending, those that have a value, without sets
  std::vector<std::pair<field_number, value>> as_read;
  std::size_t read = 0; ///< its place among the rows read, if it was there before

  const value* find(field_number field) const {
    const auto at = std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.first == field; });
    return at == fields.end() ? nullptr : &at->second;
  }
  void put(field_number field, value v) {
    const auto at = std::lower_bound(fields.begin(), fields.end(), field,
                                     [](const auto& f, field_number wanted) { return f.first < wanted; });
    if (at != fields.end() && at->first == field)
      at->second = std::move(v);
    else
      fields.emplace(at, field, std::move(v));
  }
};

error no_such(std::string_view what, std::string_view name, std::uint64_t intention) {
  return {errc::invalid_argument, fmt::format("intention {} names an unknown {}: `{}`", intention, what, name)};
}

/// By field; of a set, by member.
bool in_order(const field_write& a, const field_write& b) {
  if (a.field != b.field)
    return a.field < b.field;
  const auto* left = std::get_if<std::string>(&a.to);
  const auto* right = std::get_if<std::string>(&b.to);
  return left && right && *left < *right;
}

std::int64_t wrapping_sum(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

class lowering {
public:
  lowering(const scenarios::Intention& intention, const model& names, const symbols& known, const sight& eyes)
      : intention_(intention), names_(names), known_(known), eyes_(eyes) {}

  result<lowering_outcome> run() {
    for (int i = 0; i < intention_.acts_size() && !held_; ++i)
      if (auto done = lower_act(intention_.acts(i), static_cast<std::size_t>(i)); !done)
        return done.err();
    for (int i = 0; i < intention_.guards_size() && !held_; ++i)
      if (auto done = lower_guard(intention_.guards(i)); !done)
        return done.err();
    if (held_)
      return lowering_outcome{*held_};
    return lowering_outcome{std::move(out_)};
  }

private:
  /// The record behind a symbol, read at most once; null if the intention is held back.
  result<working_row*> look_at(symbol name, bool may_be_deleted) {
    for (auto& row : rows_)
      if (row->name == name)
        return check_presence(*row, may_be_deleted);
    const auto id = known_.find(name);
    if (!id) {
      const bool hopeless = known_.ended(creating_intention(name)) != ending::open;
      held_ = held_back{hopeless ? skip_reason::dependency : skip_reason::not_visible, !hopeless};
      return nullptr;
    }
    auto row = eyes_.rows(*id);
    if (!row)
      return row.err();
    if (!row->has_value()) {
      held_ = held_back{skip_reason::not_visible, true};
      return nullptr;
    }
    auto made = std::make_unique<working_row>();
    made->name = name, made->id = *id, made->collection = (*row)->collection, made->deleted = (*row)->deleted;
    for (const auto& field : (*row)->fields)
      if (kind_of(field.current) != value_kind::none && !names_.is_set(made->collection, field.field))
        made->fields.emplace_back(field.field, field.current);
    made->as_read = made->fields;
    made->read = out_.reads.size();
    out_.reads.push_back(std::move(**row));
    rows_.push_back(std::move(made));
    return check_presence(*rows_.back(), may_be_deleted);
  }

  working_row* check_presence(working_row& row, bool may_be_deleted) {
    if (!row.deleted || may_be_deleted)
      return &row;
    // Another user may restore it, but nobody waits for that.
    held_ = held_back{skip_reason::deleted, false};
    return nullptr;
  }

  static scope_id destination(const Act& act, scope_id from) {
    return {act.or_team() != 0 && act.to_team() == from.value ? act.or_team() : act.to_team()};
  }

  result<void> lower_act(const Act& act, std::size_t ordinal) {
    const auto collection = names_.collection(act.collection());
    if (!collection)
      return no_such("collection", act.collection(), intention_.id());
    if (act.kind() == Act::SETTLE)
      return lower_settlement(act, *collection, ordinal);
    operation op{.collection = *collection};
    working_row* row = nullptr;
    if (act.kind() == Act::CREATE) {
      auto made = std::make_unique<working_row>();
      made->name = symbol_of(intention_.id(), ordinal);
      made->id = io::record_in_change(static_cast<std::uint8_t>(out_.change.operations.size()));
      made->collection = *collection;
      row = rows_.emplace_back(std::move(made)).get();
      op.kind = operation_kind::create;
    } else {
      auto seen = look_at(act.record(), act.kind() == Act::RESTORE || act.kind() == Act::DELETE);
      if (!seen)
        return seen.err();
      if (!(row = *seen))
        return {};
      if (act.kind() == Act::DELETE && row->deleted) {
        held_ = held_back{skip_reason::deleted, false};
        return {};
      }
      op.record = row->id;
      op.kind = act.kind() == Act::DELETE    ? operation_kind::remove
                : act.kind() == Act::RESTORE ? operation_kind::restore
                : act.kind() == Act::MOVE    ? operation_kind::move
                                             : operation_kind::update;
      if (op.kind == operation_kind::move)
        op.to_scope = destination(act, out_.reads[row->read].scope);
    }
    if (op.kind == operation_kind::remove || op.kind == operation_kind::restore)
      row->deleted = op.kind == operation_kind::remove;
    else if (op.kind != operation_kind::move)
      if (auto done = lower_fields(act, *row, op); !done)
        return done;
    add(std::move(op), ordinal);
    return {};
  }

  void add(operation op, std::size_t act) {
    out_.change.operations.push_back(std::move(op));
    out_.acts.push_back(act);
  }

  result<void> lower_settlement(const Act& act, collection_number collection, std::size_t ordinal) {
    std::optional<field_number> subject;
    if (const auto& name = act.settle().field(); !name.empty())
      if (subject = names_.field(collection, name); !subject)
        return no_such("field", name, intention_.id());
    auto seen = look_at(act.record(), true);
    if (!seen)
      return seen.err();
    if (!*seen || !eyes_.tasks)
      return {};
    auto& row = **seen;
    const auto known = eyes_.tasks(row.id);
    if (!known)
      return known.err();
    const std::size_t fields = names_.schema()->collections[collection].fields.size();
    const io::task_view* newest = nullptr;
    for (const auto& task : *known)
      if (task.open && !task.branches.empty() && (subject ? task.subject == *subject : task.subject >= fields))
        newest = &task;
    if (!newest) {
      held_ = held_back{skip_reason::not_visible, false};
      return {};
    }
    for (auto& op : settle(*newest, out_.reads[row.read], names_, act.settle().take())) {
      row.deleted = op.kind == operation_kind::remove || (row.deleted && op.kind != operation_kind::restore);
      for (const auto& write : op.writes)
        if (write.kind == write_kind::set || write.kind == write_kind::add)
          row.put(write.field, write.kind == write_kind::add ? sum(row, write.field, write.to) : write.to);
      add(std::move(op), ordinal);
    }
    return {};
  }

  result<void> lower_fields(const Act& act, working_row& row, operation& op) {
    std::vector<field_number> meant;
    for (const auto& assignment : act.fields()) {
      const auto field = names_.field(op.collection, assignment.field());
      if (!field)
        return no_such("field", assignment.field(), intention_.id());
      value to;
      if (auto done = take_value(act, assignment, to); !done)
        return done;
      if (held_)
        return {};
      const bool member = act.kind() == Act::INSERT || act.kind() == Act::ERASE;
      if (names_.is_set(op.collection, *field) ? act.kind() != Act::CREATE && !member : member)
        return no_such(member ? "set" : "plain field", assignment.field(), intention_.id());
      if (names_.is_set(op.collection, *field)) {
        const auto how = act.kind() == Act::ERASE ? write_kind::set_erase : write_kind::set_insert;
        add_member({*field, how, std::move(to), {}}, op);
        continue;
      }
      meant.push_back(*field);
      const bool adds =
          names_.adds_only(op.collection, *field) && (act.kind() == Act::ADD || act.kind() == Act::CREATE);
      if (adds) {
        op.writes.push_back(write_of(row, *field, write_kind::add, to));
        row.put(*field, sum(row, *field, to));
        continue;
      }
      row.put(*field, act.kind() == Act::ADD ? sum(row, *field, to) : std::move(to));
      op.writes.push_back(write_of(row, *field, write_kind::set, *row.find(*field)));
    }
    const bool whole_record = op.kind == operation_kind::update && !names_.merges_fields(op.collection);
    if (whole_record)
      for (const auto& [field, current] : row.fields)
        if (std::find(meant.begin(), meant.end(), field) == meant.end() && !names_.derived(op.collection, field))
          op.writes.push_back(write_of(row, field, write_kind::set, current));
    std::sort(op.writes.begin(), op.writes.end(), in_order);
    return {};
  }

  /// Once for each member.
  static void add_member(field_write write, operation& op) {
    const auto same = [&](const field_write& w) { return w.field == write.field && w.to == write.to; };
    if (std::none_of(op.writes.begin(), op.writes.end(), same))
      op.writes.push_back(std::move(write));
  }

  static value sum(const working_row& row, field_number field, const value& delta) {
    const value* current = row.find(field);
    const auto* before = current ? std::get_if<std::int64_t>(current) : nullptr;
    const auto* by = std::get_if<std::int64_t>(&delta);
    return wrapping_sum(before ? *before : 0, by ? *by : 0);
  }

  static field_write write_of(const working_row& row, field_number field, write_kind kind, value to) {
    field_write write{field, kind, std::move(to), {}};
    for (const auto& [number, seen] : row.as_read)
      if (number == field)
        write.before = seen;
    return write;
  }

  /// What the user reads in "order.content", of the record that the act gives `order`.
  result<void> read_seen(const Act& act, const scenarios::Assignment& assignment, value& to) {
    const std::string_view path = assignment.seen();
    const auto dot = path.find('.');
    const auto reference = std::find_if(act.fields().begin(), act.fields().end(), [&](const auto& a) {
      return a.value_case() == scenarios::Assignment::kRecord && a.field() == path.substr(0, dot);
    });
    if (dot == std::string_view::npos || reference == act.fields().end())
      return no_such("reference", assignment.seen(), intention_.id());
    auto seen = look_at(reference->record(), false);
    if (!seen)
      return seen.err();
    if (!*seen)
      return {};
    const auto field = names_.field((*seen)->collection, std::string(path.substr(dot + 1)));
    if (!field)
      return no_such("field", assignment.seen(), intention_.id());
    if (to = as_seen(**seen, *field); kind_of(to) == value_kind::none)
      held_ = held_back{skip_reason::not_visible, true};
    return {};
  }

  result<void> take_value(const Act& act, const scenarios::Assignment& assignment, value& to) {
    switch (assignment.value_case()) {
      case scenarios::Assignment::kInteger: to = assignment.integer(); break;
      case scenarios::Assignment::kText: to = assignment.text(); break;
      case scenarios::Assignment::kRecord: {
        auto seen = look_at(assignment.record(), false);
        if (!seen)
          return seen.err();
        if (*seen)
          to = (*seen)->id;
        break;
      }
      case scenarios::Assignment::kSeen: return read_seen(act, assignment, to);
      default: break;
    }
    return {};
  }

  result<void> lower_guard(const scenarios::Condition& condition) {
    static constexpr std::pair<std::string_view, guard_kind> kinds[] = {{"equal", guard_kind::equal},
                                                                        {"not_equal", guard_kind::not_equal},
                                                                        {"at_least", guard_kind::at_least},
                                                                        {"at_most", guard_kind::at_most}};
    const auto collection = names_.collection(condition.collection());
    if (!collection)
      return no_such("collection", condition.collection(), intention_.id());
    const auto field = names_.field(*collection, condition.field());
    if (!field)
      return no_such("field", condition.field(), intention_.id());
    const auto* kind =
        std::find_if(std::begin(kinds), std::end(kinds), [&](const auto& k) { return k.first == condition.compare(); });
    if (kind == std::end(kinds))
      return no_such("comparison", condition.compare(), intention_.id());
    auto seen = look_at(condition.record(), true);
    if (!seen)
      return seen.err();
    if (!*seen)
      return {};
    value operand;
    if (condition.value_case() == scenarios::Condition::kInteger)
      operand = condition.integer();
    else if (condition.value_case() == scenarios::Condition::kText)
      operand = condition.text();
    else if (condition.as_seen())
      if (operand = as_seen(**seen, *field); kind_of(operand) == value_kind::none) {
        held_ = held_back{skip_reason::not_visible, true}; // nothing was seen that could hold or not
        return {};
      }
    out_.change.guards.push_back({(*seen)->id, *collection, *field, kind->second, std::move(operand)});
    return {};
  }

  static value as_seen(const working_row& row, field_number field) {
    for (const auto& [number, seen] : row.as_read)
      if (number == field)
        return seen;
    return {};
  }

  const scenarios::Intention& intention_;
  const model& names_;
  const symbols& known_;
  const sight& eyes_;
  std::vector<std::unique_ptr<working_row>> rows_; // few: a user touches a handful of records at once
  lowered out_;
  std::optional<held_back> held_;
};

} // namespace

result<lowering_outcome> lower(const scenarios::Intention& intention, const model& names, const symbols& known,
                               const sight& eyes) {
  return lowering{intention, names, known, eyes}.run();
}

namespace {

/// The same without looking: where it takes over what a user sees, it takes a number.
scenarios::Intention blind(scenarios::Intention intention) {
  for (auto& act : *intention.mutable_acts())
    for (auto& field : *act.mutable_fields())
      if (field.value_case() == scenarios::Assignment::kSeen)
        field.set_integer(0);
  for (auto& guard : *intention.mutable_guards())
    if (guard.as_seen())
      guard.set_integer(0);
  return intention;
}

} // namespace

result<void> check_names(const scenarios::Intention& intention, const model& names) {
  // Lowering names everything that it meets; on a state where every record is there, and seen, it meets all of it.
  const sight anything{
      [](const record_id& id) -> result<std::optional<io::row_view>> { return std::optional{io::row_view{.id = id}}; },
      {}};
  symbols known;
  bool looks = false; // takes values from what a user sees
  for (const auto& act : intention.acts()) {
    if (act.kind() != Act::CREATE)
      known.bind(act.record(), {1, 1, act.record() | 1});
    for (const auto& field : act.fields()) {
      looks = looks || field.value_case() == scenarios::Assignment::kSeen;
      if (field.value_case() == scenarios::Assignment::kRecord)
        known.bind(field.record(), {1, 1, field.record() | 1});
    }
  }
  for (const auto& guard : intention.guards()) {
    looks = looks || guard.as_seen();
    known.bind(guard.record(), {1, 1, guard.record() | 1});
  }
  auto done = looks ? lower(blind(intention), names, known, anything) : lower(intention, names, known, anything);
  return done ? result<void>{} : result<void>{done.err()};
}

} // namespace squall::actors
