#include "reports/invariants/model/task_reader.hpp"

#include <algorithm>

namespace squall::invariants {

// -- news under way -----------------------------------------------------------------------------------------------------

void task_reader::page_served(const entry& e) {
  if (e.message != 0)
    under_way_[e.message] = {e.peer, e.scope, w_.tasks.changes(e.scope), 1};
}

void task_reader::message(const entry& e) {
  const auto found = under_way_.find(e.message);
  if (found == under_way_.end())
    return;
  auto& what = found.value();
  if (e.kind == entry_kind::message_duplicated)
    ++what.copies;
  if (e.kind == entry_kind::message_delivered && e.actor == what.device) {
    auto& replica = w_.device(what.device).replica(what.scope);
    replica.tasks_told = std::max(replica.tasks_told, what.changes);
  }
  if ((e.kind == entry_kind::message_delivered || e.kind == entry_kind::message_lost) && --what.copies == 0)
    under_way_.erase(found);
}

// -- one task -------------------------------------------------------------------------------------------------------------

void task_reader::shown(const entry& e) {
  // Who does not know yet that the server was restored shows tasks that are undone.
  const auto& replicas = w_.device(e.actor).replicas;
  if (w_.server.ever_restored() && std::any_of(replicas.begin(), replicas.end(), [&](const replica_fact& one) {
        return one.held && one.generation != w_.generation;
      }))
    return;
  ++w_.done.tasks;
  const auto* task = w_.tasks.find(e.aux);
  const bool holds = task != nullptr && w_.device(e.actor).holds(task->scope);
  if (holds && task->about == task_subject{e.record, e.field} && (e.code == 1 || !task->open()))
    return;
  const auto what = task != nullptr && !holds ? task_flaw::withdrawn
                    : holds && e.code == 0    ? task_flaw::closed
                                              : task_flaw::unknown;
  w_.seen.tasks.push_back({what, place::read, e.actor, static_cast<std::uint32_t>(e.aux), e.record, 0});
}

void task_reader::trouble(task_flaw what, std::uint32_t task, record_index record, intent_index intent) {
  const auto where = actor_ == 0 ? place::server : place::settled;
  last_[{actor_, scope_}].push_back({what, where, actor_, task, record, intent});
}

// -- exports ----------------------------------------------------------------------------------------------------------------

void task_reader::export_began(const entry& e) {
  open_ = true;
  actor_ = e.actor;
  scope_ = e.scope;
  with_tasks_ = static_cast<history::view_code>(e.code) != history::view_code::visible;
  tasks_.clear();
}

void task_reader::exported(const entry& e) {
  if (!open_)
    throw bad_history("a task is exported outside an export");
  if (e.kind == entry_kind::export_task)
    tasks_.push_back({e, {}});
  else if (tasks_.empty() || tasks_.back().told.aux != e.aux)
    throw bad_history("a branch does not follow its task");
  else
    tasks_.back().branches.push_back(e.intent);
}

void task_reader::compare(const task_fact& task, std::uint32_t number, const shown_task* shown) {
  ++w_.done.tasks;
  const auto record = task.about.record;
  if (shown == nullptr) {
    if (task.open())
      trouble(task_flaw::missing, number, record, task.branches.front());
    return;
  }
  const auto& told = shown->told;
  if (task.about != task_subject{told.record, told.field})
    return trouble(task_flaw::unknown, number, told.record, 0);
  if ((told.code == 1) != task.open())
    return trouble(task_flaw::closed, number, record, task.open() ? task.branches.front() : task.closed_by);
  if (shown->branches == task.branches && static_cast<std::size_t>(told.value) == task.branches.size())
    return;
  intent_index odd = 0;
  for (const auto branch : task.branches)
    if (std::count(shown->branches.begin(), shown->branches.end(), branch) != 1 && odd == 0)
      odd = branch;
  for (const auto branch : shown->branches)
    if (std::count(task.branches.begin(), task.branches.end(), branch) != 1 && odd == 0)
      odd = branch;
  trouble(task_flaw::branches, number, record, odd);
}

void task_reader::export_ended(bool settled) {
  if (!open_ || !with_tasks_)
    return;
  open_ = false;
  last_[{actor_, scope_}].clear();
  if (actor_ != 0) {
    const auto& replica = w_.device(actor_).replica(scope_);
    for (const auto& one : tasks_)
      if (!replica.held)
        trouble(task_flaw::withdrawn, static_cast<std::uint32_t>(one.told.aux), one.told.record, 0);
    if (!settled || replica.tasks_told < w_.tasks.changes(scope_))
      return;
  }
  for (const auto number : w_.tasks.of_scope(scope_)) {
    const auto found =
        std::find_if(tasks_.begin(), tasks_.end(), [&](const shown_task& one) { return one.told.aux == number; });
    compare(*w_.tasks.find(number), number, found == tasks_.end() ? nullptr : &*found);
  }
  for (const auto& one : tasks_) {
    const auto* task = w_.tasks.find(one.told.aux);
    if (task == nullptr || task->scope != scope_)
      trouble(task_flaw::unknown, static_cast<std::uint32_t>(one.told.aux), one.told.record,
              one.branches.empty() ? 0 : one.branches.front());
  }
}

void task_reader::finish() {
  for (const auto& [whose, of_one] : last_)
    w_.seen.tasks.insert(w_.seen.tasks.end(), of_one.begin(), of_one.end());
}

} // namespace squall::invariants
