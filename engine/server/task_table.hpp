// Tasks: conflicted intents that wait for a person. Each is a branch of the one open task of its subject. A branch is never
// forgotten: one that left its task keeps its number and its original bytes.
//
// Newest versions are kept in memory, loaded on first use: after a transaction that did not happen call `forget`.
#pragma once

#include "engine/base/intent.hpp"
#include "engine/io/io.hpp"
#include "engine/merge/task.hpp"
#include "engine/store/sqlite.hpp"
#include "engine/telemetry/counters.hpp"
#include "engine/wire/sync.pb.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace squall::server {

/// Where a conflicted intent is kept.
struct kept_branch {
  std::uint64_t task = 0;
  std::uint64_t number = 0; ///< how many branches the server had kept before it
  merge::task_subject subject;
};

class task_table {
public:
  task_table(store::connection& db, telemetry::counters& counts) : db_(db), counts_(counts) {}

  /// The scope's task of this number. Errors: `storage`, `corrupt`.
  result<std::optional<merge::task>> find(std::uint64_t number, scope_id scope);

  // -- inside the transaction of the verdict --
  /// Keeps `in`, whose original bytes are `body`, in the subject's open task or a new one.
  result<kept_branch> keep(const merge::task_subject& subject, scope_id scope, const intent& in, std::string_view body);
  /// What a committed intent resolves: the branches that it names leave their tasks; a task without branches is closed.
  result<void> settle(const intent& in);

  /// Grows with each change of a task of the scope; 0: there is none.
  result<std::uint64_t> version(scope_id scope);
  struct span {
    scope_id scope;
    std::uint64_t after = 0; ///< tasks that changed since this version
    std::uint32_t limit = 0;
  };
  /// Ascending by version.
  result<void> read_changed(const span& s, const std::function<void(wire::TaskState&&)>& sink);
  /// All of the scope's, closed ones too, ascending by number.
  result<void> read(scope_id scope, const std::function<void(const io::task_view&)>& sink);

  /// True if an open task is about the record, whatever of it.
  result<bool> waits_on(const record_id& record);

  struct branch {
    std::uint64_t number = 0;
    intent_id intent;
  };
  /// The branches that are in the task, in the order in which they came.
  result<std::vector<branch>> branches_of(std::uint64_t task);
  /// The original bytes of the newest branch of an open task of the record; empty if there is none.
  result<std::string> newest_branch_on(const record_id& record);

  void forget() { versions_.clear(); }

private:
  result<std::uint64_t*> newest(scope_id scope);
  result<std::uint64_t> open_task_of(const merge::task_subject& subject);
  result<std::uint64_t> open_new(scope_id scope, const merge::task_subject& subject);
  result<void> touch(std::uint64_t task, scope_id scope);
  result<void> close(const merge::task& t, const intent& by);
  result<bool> take_out(std::uint64_t task, const std::vector<intent_id>& seen, bool all);
  result<void> add_branches(std::uint64_t task, const record_id& record, wire::TaskState& to);
  result<void> read_states(store::statement& from, const std::function<void(wire::TaskState&&)>& sink);

  store::connection& db_;
  telemetry::counters& counts_;
  std::unordered_map<std::uint32_t, std::uint64_t> versions_; ///< looked up only
};

} // namespace squall::server
