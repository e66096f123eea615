#include "reports/invariants/model/tasks.hpp"

#include <algorithm>
#include <utility>

namespace squall::invariants {

std::uint32_t task_table::task_for(const task_subject& about) const {
  const auto found = newest_.find(key(about));
  return found != newest_.end() && tasks_[found->second].open() ? found->second : size() + 1;
}

std::span<const std::uint32_t> task_table::of_scope(std::uint32_t scope) const {
  return scope < scopes_.size() ? std::span<const std::uint32_t>(scopes_[scope].numbers)
                                : std::span<const std::uint32_t>();
}

task_table::scope_tasks& task_table::scope(std::uint32_t number) {
  if (number >= scopes_.size())
    scopes_.resize(number + 1);
  return scopes_[number];
}

std::uint32_t task_table::keep(intent_index branch, std::uint32_t scope_number, const task_subject& about) {
  const auto number = task_for(about);
  if (keeps_steps_)
    steps_.push_back({.scope = scope_number, .branch = branch, .about = about});
  auto& of_scope = scope(scope_number);
  ++of_scope.changes;
  if (number == tasks_.size()) {
    tasks_.push_back({about, scope_number, {}, 0});
    of_scope.numbers.push_back(number);
    newest_[key(about)] = number;
    ++about_[about.record].open;
  }
  tasks_[number].branches.push_back(branch);
  return number;
}

bool task_table::resolve(std::uint32_t number, std::span<const intent_index> branches, intent_index by,
                         std::int64_t at_ns) {
  if (find(number) == nullptr || !tasks_[number].open())
    return false;
  auto& task = tasks_[number];
  if (keeps_steps_)
    steps_.push_back({.task = number, .branches = {branches.begin(), branches.end()}, .by = by, .at_ns = at_ns});
  std::erase_if(task.branches, [&](intent_index branch) {
    return std::find(branches.begin(), branches.end(), branch) != branches.end();
  });
  ++scope(task.scope).changes;
  if (task.open())
    return false;
  task.closed_by = by;
  auto& of_record = about_[task.about.record];
  --of_record.open;
  of_record.closed_at = at_ns;
  return true;
}

std::vector<intent_index> task_table::restore(std::size_t n) {
  std::vector<intent_index> undone;
  const auto steps = std::exchange(steps_, {});
  const auto before = std::exchange(scopes_, {});
  tasks_.assign(1, {});
  newest_.clear();
  about_.clear();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto& one = steps[i];
    if (i >= n && one.branch != 0)
      undone.push_back(one.branch);
    else if (i < n && one.branch != 0)
      keep(one.branch, one.scope, one.about);
    else if (i < n)
      resolve(one.task, one.branches, one.by, one.at_ns);
  }
  // Who was told of changes until now was not told of this one.
  for (std::uint32_t number = 0; number < before.size(); ++number)
    scope(number).changes = before[number].changes + 1;
  return undone;
}

bool task_table::was_asked_about(record_index record, std::int64_t at_ns) const {
  const auto found = about_.find(record);
  return found != about_.end() && (found->second.open > 0 || found->second.closed_at >= at_ns);
}

} // namespace squall::invariants
