#include "engine/server/task_table.hpp"

#include "engine/server/sql.hpp"
#include "engine/server/store_schema.hpp"
#include "engine/wire/codec.hpp"
#include "engine/wire/serialize.hpp"

#include <algorithm>

namespace squall::server {

using telemetry::probe;
using telemetry::sabotage;

namespace {

intent_id id_at(const store::statement& s, int column) {
  const std::uint64_t key = sql::unsigned_at(s, column);
  return {static_cast<std::uint32_t>(key >> 32), static_cast<std::uint32_t>(key), sql::unsigned_at(s, column + 1)};
}

std::uint64_t key_of(const intent_id& id) { return incarnation_key(id.device, id.incarnation); }

error unreadable(std::uint64_t task) { return {errc::corrupt, "task " + std::to_string(task) + " cannot be read"}; }

/// What `tasks.settlement` holds: a TaskState with nothing else in it.
std::string settlement_of(const record_id& record, const intent& in) {
  wire::TaskState out;
  for (const operation& op : merge::operations_on(record, in))
    wire::to_wire(op, *out.add_settlement());
  return wire::serialize(out);
}

io::task_view view_of(const wire::TaskState& from) {
  io::task_view out{.task = from.task(),
                    .record = wire::from_wire(from.record()),
                    .collection = static_cast<collection_number>(from.collection()),
                    .subject = static_cast<field_number>(from.subject()),
                    .open = from.open(),
                    .settled_by = wire::from_wire(from.settled_by()),
                    .branches = {},
                    .scope = {}};
  for (const wire::TaskBranch& b : from.branches())
    if (auto operations = wire::from_wire(b.operations()))
      out.branches.push_back({wire::from_wire(b.intent()), std::move(*operations)});
  return out;
}

} // namespace

// -- versions ----------------------------------------------------------------------------------------------------------

result<std::uint64_t*> task_table::newest(scope_id scope) {
  const auto found = versions_.find(scope.value);
  if (found != versions_.end())
    return &found->second;
  auto stored = sql::number(db_, 0, "SELECT max(version) FROM tasks WHERE scope = ?", scope.value);
  if (!stored)
    return stored.err();
  return &versions_.emplace(scope.value, *stored).first->second;
}

result<std::uint64_t> task_table::version(scope_id scope) {
  auto v = newest(scope);
  if (!v)
    return v.err();
  return **v;
}

result<void> task_table::touch(std::uint64_t task, scope_id scope) {
  auto v = newest(scope);
  if (!v)
    return v.err();
  ++**v;
  return sql::run(db_, "UPDATE tasks SET version = ? WHERE task = ?", **v, task);
}

// -- keeping and settling ----------------------------------------------------------------------------------------------

result<std::uint64_t> task_table::open_task_of(const merge::task_subject& subject) {
  const std::string record = record_key(subject.record);
  return sql::number(db_, 0, "SELECT task FROM tasks WHERE record = ? AND subject = ? AND settled_seq = 0", record,
                     std::uint64_t{subject.field});
}

result<std::uint64_t> task_table::open_new(scope_id scope, const merge::task_subject& subject) {
  counts_.hit(probe::task_opened);
  auto task = sql::number(db_, 1, "SELECT max(task) + 1 FROM tasks");
  if (!task)
    return task;
  const std::string record = record_key(subject.record);
  auto put = sql::run(db_,
                      "INSERT INTO tasks(task, scope, version, record, collection, subject, settled_incarnation, "
                      "settled_seq, settlement) VALUES(?, ?, 0, ?, ?, ?, 0, 0, x'')",
                      *task, scope.value, record, std::uint64_t{subject.collection}, std::uint64_t{subject.field});
  if (!put)
    return put.err();
  return task;
}

result<kept_branch> task_table::keep(const merge::task_subject& subject, scope_id scope, const intent& in,
                                     std::string_view body) {
  auto task = open_task_of(subject);
  if (!task)
    return task.err();
  if (*task == 0 || counts_.sabotaged(sabotage::task_for_each_branch)) {
    task = open_new(scope, subject);
    if (!task)
      return task.err();
  } else {
    counts_.hit(probe::task_appended);
    if (counts_.sabotaged(sabotage::branch_replaces_branch))
      if (auto gone = take_out(*task, {}, true); !gone)
        return gone.err();
  }
  auto number = sql::number(db_, 0, "SELECT max(number) + 1 FROM branches");
  if (!number)
    return number.err();
  auto put = sql::run(db_, "INSERT INTO branches(number, task, incarnation, seq, gone, body) VALUES(?, ?, ?, ?, 0, ?)",
                      *number, *task, key_of(in.id), in.id.seq, body);
  if (put)
    put = touch(*task, scope);
  if (!put)
    return put.err();
  return kept_branch{*task, *number, subject};
}

/// Result: true if something left the task and nothing is in it now.
result<bool> task_table::take_out(std::uint64_t task, const std::vector<intent_id>& seen, bool all) {
  auto there = branches_of(task);
  if (!there)
    return there.err();
  std::size_t left = 0;
  for (const branch& b : *there) {
    if (!all && std::find(seen.begin(), seen.end(), b.intent) == seen.end()) {
      ++left;
      continue;
    }
    if (auto done = sql::run(db_, "UPDATE branches SET gone = 1 WHERE number = ?", b.number); !done)
      return done.err();
  }
  return left == 0 && !there->empty();
}

result<void> task_table::close(const merge::task& t, const intent& by) {
  counts_.hit(probe::task_resolved);
  const std::string settlement = settlement_of(t.subject.record, by);
  return sql::run(db_, "UPDATE tasks SET settled_incarnation = ?, settled_seq = ?, settlement = ? WHERE task = ?",
                  key_of(by.id), by.id.seq, settlement, t.number);
}

result<void> task_table::settle(const intent& in) {
  for (const operation& op : in.operations) {
    if (op.task == 0)
      continue;
    auto t = find(op.task, in.scope);
    if (!t)
      return t.err();
    if (!*t || !(*t)->open || op.branches_seen.empty())
      continue;
    auto empty = take_out(op.task, op.branches_seen, false);
    if (!empty)
      return empty.err();
    if (!*empty) {
      counts_.hit(probe::task_resolved_in_part);
      if (counts_.sabotaged(sabotage::resolution_takes_all))
        empty = take_out(op.task, {}, true);
      if (!empty)
        return empty.err();
    }
    if (*empty)
      if (auto closed = close(**t, in); !closed)
        return closed;
    if (auto touched = touch(op.task, in.scope); !touched)
      return touched;
  }
  return {};
}

// -- reading -----------------------------------------------------------------------------------------------------------

result<std::optional<merge::task>> task_table::find(std::uint64_t number, scope_id scope) {
  auto s = sql::start(db_,
                      "SELECT record, collection, subject, settled_incarnation, settled_seq, settlement FROM tasks "
                      "WHERE task = ? AND scope = ?",
                      number, scope.value);
  if (!s)
    return s.err();
  auto there = s->step();
  if (!there)
    return there.err();
  if (!*there)
    return std::optional<merge::task>{};
  merge::task out{.number = number,
                  .subject = {record_of_key(s->blob(0)), static_cast<collection_number>(s->integer(1)),
                              static_cast<field_number>(s->integer(2))},
                  .open = s->integer(4) == 0,
                  .settled_by = id_at(*s, 3),
                  .settlement = {}};
  if (out.open)
    out.settled_by = {};
  wire::TaskState stored;
  if (!wire::parse(s->blob(5), stored))
    return unreadable(number);
  auto settlement = wire::from_wire(stored.settlement());
  if (!settlement)
    return unreadable(number);
  out.settlement = std::move(*settlement);
  return std::optional{std::move(out)};
}

result<bool> task_table::waits_on(const record_id& record) {
  const std::string key = record_key(record);
  auto there = sql::number(db_, 0, "SELECT 1 FROM tasks WHERE record = ? AND settled_seq = 0 LIMIT 1", key);
  if (!there)
    return there.err();
  return *there == 1;
}

result<std::vector<task_table::branch>> task_table::branches_of(std::uint64_t task) {
  return sql::all(sql::start(db_,
                             "SELECT number, incarnation, seq FROM branches WHERE task = ? AND gone = 0 "
                             "ORDER BY number",
                             task),
                  [](const store::statement& s) {
                    return branch{sql::unsigned_at(s, 0), id_at(s, 1)};
                  });
}

result<std::string> task_table::newest_branch_on(const record_id& record) {
  const std::string key = record_key(record);
  auto s = sql::start(db_,
                      "SELECT body FROM branches WHERE gone = 0 AND task IN "
                      "(SELECT task FROM tasks WHERE record = ? AND settled_seq = 0) ORDER BY number DESC LIMIT 1",
                      key);
  if (!s)
    return s.err();
  auto there = s->step();
  if (!there)
    return there.err();
  return *there ? std::string(s->blob(0)) : std::string();
}

result<void> task_table::add_branches(std::uint64_t task, const record_id& record, wire::TaskState& to) {
  return sql::each(sql::start(db_, "SELECT body FROM branches WHERE task = ? AND gone = 0 ORDER BY number", task),
                   [&](const store::statement& s) -> result<void> {
                     const auto in = wire::decode_intent(s.blob(0));
                     if (!in)
                       return unreadable(task);
                     wire::TaskBranch& out = *to.add_branches();
                     wire::to_wire(in->id, *out.mutable_intent());
                     for (const operation& op : merge::operations_on(record, *in))
                       wire::to_wire(op, *out.add_operations());
                     return {};
                   });
}

/// Of a statement that selects task, version, record, collection, subject, settled_incarnation, settled_seq, settlement.
result<void> task_table::read_states(store::statement& from, const std::function<void(wire::TaskState&&)>& sink) {
  for (;;) {
    auto there = from.step();
    if (!there)
      return there.err();
    if (!*there)
      return {};
    const std::uint64_t task = sql::unsigned_at(from, 0);
    const record_id record = record_of_key(from.blob(2));
    wire::TaskState out;
    if (!wire::parse(from.blob(7), out))
      return unreadable(task);
    out.set_task(task);
    out.set_version(sql::unsigned_at(from, 1));
    wire::to_wire(record, *out.mutable_record());
    out.set_collection(static_cast<std::uint32_t>(from.integer(3)));
    out.set_subject(static_cast<std::uint32_t>(from.integer(4)));
    out.set_open(from.integer(6) == 0);
    if (!out.open())
      wire::to_wire(id_at(from, 5), *out.mutable_settled_by());
    if (auto added = add_branches(task, record, out); !added)
      return added;
    sink(std::move(out));
  }
}

result<void> task_table::read_changed(const span& s, const std::function<void(wire::TaskState&&)>& sink) {
  auto from = sql::start(db_,
                         "SELECT task, version, record, collection, subject, settled_incarnation, settled_seq, "
                         "settlement FROM tasks WHERE scope = ? AND version > ? ORDER BY version LIMIT ?",
                         s.scope.value, s.after, s.limit);
  if (!from)
    return from.err();
  return read_states(*from, sink);
}

result<void> task_table::read(scope_id scope, const std::function<void(const io::task_view&)>& sink) {
  auto from = sql::start(db_,
                         "SELECT task, version, record, collection, subject, settled_incarnation, settled_seq, "
                         "settlement FROM tasks WHERE scope = ? ORDER BY task",
                         scope.value);
  if (!from)
    return from.err();
  return read_states(*from, [&](wire::TaskState&& state) {
    io::task_view task = view_of(state);
    task.scope = scope;
    sink(task);
  });
}

} // namespace squall::server
