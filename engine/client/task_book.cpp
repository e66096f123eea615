#include "engine/client/task_book.hpp"

#include "engine/wire/codec.hpp"
#include "engine/wire/serialize.hpp"

#include <algorithm>

namespace squall::client {

namespace {

using telemetry::fact_kind;
using telemetry::probe;
using telemetry::sabotage;

error unreadable() { return {errc::corrupt, "a stored task cannot be read"}; }

/// True if what is stored was told by another server than the one with the page's generation.
bool of_another_server(const held_scope& in, const wire::PullResponse& page) {
  return in.told.generation != page.next().generation();
}

void report_shown(core& c, const wire::TaskState& task) {
  c.report({.kind = fact_kind::task_shown,
            .code = static_cast<std::uint8_t>(task.open() ? 1 : 0),
            .collection = static_cast<collection_number>(task.collection()),
            .field = static_cast<field_number>(task.subject()),
            .record = wire::from_wire(task.record()),
            .sequence = static_cast<std::uint64_t>(task.branches_size()),
            .aux = task.task()});
}

void append_resolutions(core& c, std::vector<record_id>& changed) {
  for (queued_intent& q : c.queue.entries()) {
    const intent* in = q.folded ? c.queue.content(q) : nullptr;
    if (in && std::any_of(in->operations.begin(), in->operations.end(), [](const auto& op) { return op.task != 0; }))
      append_records(*in, changed);
  }
}

} // namespace

std::uint64_t tasks_through(const held_scope& in) {
  return in.told.generation == in.at.generation ? in.told.through : 0;
}

bool brings_tasks(const held_scope& in, const wire::PullResponse& page) {
  return page.tasks_from() == tasks_through(in) && (page.tasks_size() > 0 || page.tasks_through() != page.tasks_from());
}

bool readable(const wire::TaskState& task, const merge::schema& model) {
  return task.task() != 0 && task.collection() < model.collections.size() && task.subject() <= whole_record &&
         task.record().seq_ordinal() != 0 && wire::from_wire(task.settlement()).ok() &&
         std::all_of(task.branches().begin(), task.branches().end(),
                     [](const wire::TaskBranch& b) { return wire::from_wire(b.operations()).ok(); });
}

void take_tasks(core& c, held_scope& in, const wire::PullResponse& page, std::vector<record_id>& changed) {
  if (!brings_tasks(in, page))
    return;
  if (of_another_server(in, page) && in.told.generation != 0) {
    c.hit(probe::tasks_begun_again);
    c.store->clear_tasks(in.scope);
  }
  for (const wire::TaskState& task : page.tasks()) {
    bool known = false;
    c.store->find_task(task.task(), [&](scope_id, std::string_view) { known = true; });
    if (known && c.sabotaged(sabotage::task_change_ignored))
      continue;
    c.store->put_task({in.scope, task.task()}, wire::serialize(task));
    report_shown(c, task);
  }
  in.told = {page.next().generation(), page.tasks_through()};
  c.save_tasks(in);
  append_resolutions(c, changed);
}

std::optional<merge::task> find_task(client_store& store, std::uint64_t number, scope_id scope) {
  std::optional<merge::task> out;
  store.find_task(number, [&](scope_id in, std::string_view body) {
    if (scope.value != 0 && in != scope)
      return;
    wire::TaskState from;
    if (!wire::parse(body, from))
      return store.fail(unreadable());
    auto settlement = wire::from_wire(from.settlement());
    if (!settlement)
      return store.fail(settlement.err());
    out = merge::task{.number = from.task(),
                      .subject = {wire::from_wire(from.record()), static_cast<collection_number>(from.collection()),
                                  static_cast<field_number>(from.subject())},
                      .open = from.open(),
                      .settled_by = wire::from_wire(from.settled_by()),
                      .settlement = std::move(*settlement)};
  });
  return out;
}

void export_tasks(client_store& store, const std::function<void(const io::task_view&)>& sink) {
  store.for_each_task([&](scope_id in, std::string_view body) {
    wire::TaskState from;
    if (!wire::parse(body, from))
      return store.fail(unreadable());
    io::task_view out{.task = from.task(),
                      .record = wire::from_wire(from.record()),
                      .collection = static_cast<collection_number>(from.collection()),
                      .subject = static_cast<field_number>(from.subject()),
                      .open = from.open(),
                      .settled_by = wire::from_wire(from.settled_by()),
                      .branches = {},
                      .scope = in};
    for (const wire::TaskBranch& b : from.branches()) {
      auto operations = wire::from_wire(b.operations());
      if (!operations)
        return store.fail(operations.err());
      out.branches.push_back({wire::from_wire(b.intent()), std::move(*operations)});
    }
    sink(out);
  });
}

} // namespace squall::client
