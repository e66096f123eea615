// The tasks that the server must have: which intents in conflict are branches of which, and which resolution closed it.
#pragma once

#include "reports/invariants/model/types.hpp"

#include <algorithm>
#include <span>
#include <tsl/robin_map.h>
#include <vector>

namespace squall::invariants {

/// What a task is about: a field of a record, one of its keys (65534 - k), or the whole record (65535).
struct task_subject {
  record_index record = 0;
  std::uint16_t field = history::whole_record;
  bool operator==(const task_subject&) const = default;
};

struct task_fact {
  task_subject about;
  std::uint32_t scope = 0;
  std::vector<intent_index> branches; ///< in the order in which they were appended; none: it is closed
  intent_index closed_by = 0;
  bool open() const { return !branches.empty(); }
};

class task_table {
public:
  task_table() : tasks_(1) {}

  /// Numbered from 1; null if there is none.
  const task_fact* find(std::uint64_t number) const {
    return number != 0 && number < tasks_.size() ? &tasks_[number] : nullptr;
  }
  std::uint32_t size() const { return static_cast<std::uint32_t>(tasks_.size() - 1); }
  std::uint64_t open() const {
    return static_cast<std::uint64_t>(
        std::count_if(tasks_.begin(), tasks_.end(), [](const auto& t) { return t.open(); }));
  }
  /// The task that a branch about that goes to: the open one, or else the next.
  std::uint32_t task_for(const task_subject& about) const;
  /// Numbers of the scope's tasks, ascending.
  std::span<const std::uint32_t> of_scope(std::uint32_t scope) const;
  /// How often something of the scope's tasks has changed.
  std::uint64_t changes(std::uint32_t scope) const { return scope < scopes_.size() ? scopes_[scope].changes : 0; }

  /// Appends a branch; returns its task.
  std::uint32_t keep(intent_index branch, std::uint32_t scope, const task_subject& about);
  /// A resolution that committed: what it names leaves. Returns whether that closed the task.
  bool resolve(std::uint32_t number, std::span<const intent_index> branches, intent_index by, std::int64_t at_ns);

  // -- going back ------------------------------------------------------------------------------------------------------
  /// From the beginning: what happens is kept, so that it can be undone.
  void keep_steps() { keeps_steps_ = true; }
  std::size_t steps() const { return steps_.size(); }
  /// As it was after the first `n` steps. Returns the branches whose step is undone.
  std::vector<intent_index> restore(std::size_t n);

  /// Some open task is about the record, whatever of it.
  bool is_asked_about(record_index record) const { return was_asked_about(record, INT64_MAX); }
  /// Or was, at some time from then on.
  bool was_asked_about(record_index record, std::int64_t at_ns) const;

private:
  struct scope_tasks {
    std::vector<std::uint32_t> numbers;
    std::uint64_t changes = 0;
  };
  struct record_tasks {
    std::uint32_t open = 0;
    std::int64_t closed_at = -1; ///< the last that was closed
  };
  /// A branch that was kept, or a task that was resolved.
  struct step {
    std::uint32_t scope = 0;
    intent_index branch = 0; ///< 0: a resolution
    task_subject about;
    std::uint32_t task = 0;
    std::vector<intent_index> branches;
    intent_index by = 0;
    std::int64_t at_ns = 0;
  };
  scope_tasks& scope(std::uint32_t number);
  static std::uint64_t key(const task_subject& about) { return std::uint64_t{about.record} << 16 | about.field; }

  std::vector<task_fact> tasks_;
  std::vector<scope_tasks> scopes_;
  tsl::robin_map<std::uint64_t, std::uint32_t, spread> newest_; ///< by subject; looked up only
  tsl::robin_map<record_index, record_tasks, spread> about_;    // looked up only
  bool keeps_steps_ = false;
  std::vector<step> steps_;
};

} // namespace squall::invariants
