// Tasks as the server and the devices show them, held against those that must be. A device learns of its scope's tasks with
// pages, aside from its cursor: it is judged by its last export, and only if a page served since the last change reached it.
#pragma once

#include "reports/invariants/model/world.hpp"

#include <map>

namespace squall::invariants {

class task_reader {
public:
  explicit task_reader(world& w) : w_(w) {}

  void page_served(const entry& e);
  void message(const entry& e);
  /// A device's user can see a task.
  void shown(const entry& e);

  void export_began(const entry& e);
  /// export_task and export_branch.
  void exported(const entry& e);
  /// `settled`: of a device at rest.
  void export_ended(bool settled);
  /// The device has nothing of the scope any more: what it showed is gone.
  void purged(std::uint32_t device, std::uint32_t scope) { last_.erase({device, scope}); }
  /// What was found at the last exports is told.
  void finish();

private:
  struct shown_task {
    entry told;
    std::vector<intent_index> branches;
  };
  void compare(const task_fact& task, std::uint32_t number, const shown_task* shown);
  void trouble(task_flaw what, std::uint32_t task, record_index record, intent_index intent);

  world& w_;
  // Changes of its scope's tasks that a page under way knows of, by message; looked up only.
  struct news {
    std::uint32_t device = 0;
    std::uint32_t scope = 0;
    std::uint64_t changes = 0;
    std::uint32_t copies = 1;
  };
  tsl::robin_map<std::uint64_t, news, spread> under_way_;

  bool open_ = false;
  std::uint32_t actor_ = 0;
  std::uint32_t scope_ = 0;
  bool with_tasks_ = false; ///< a view that shows tasks
  std::vector<shown_task> tasks_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<task_trouble>>
      last_; ///< wrong in the last export, by whom and of which scope
};

} // namespace squall::invariants
