// The rows that one intent's commit works on: loaded on demand, changed in memory, written once. A record of another scope
// is not known here.
#pragma once

#include "engine/merge/decide.hpp"
#include "engine/server/constraint_index.hpp"
#include "engine/server/dedupe_table.hpp"
#include "engine/server/derived.hpp"
#include "engine/server/row_table.hpp"
#include "engine/server/task_table.hpp"
#include "engine/server/tombstone_table.hpp"

#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace squall::server {

class unit_of_work final : public merge::row_access {
public:
  struct tables {
    row_table& rows;
    dedupe_table& dedupe;
    const derivations& derived;
    constraint_index& constraints;
    task_table& tasks;
    tombstone_table& tombstones;
    telemetry::counters& counts;
  };
  unit_of_work(tables t, const merge::schema& model, scope_id scope) : tables_(t), model_(model), scope_(scope) {}

  merge::row* find(const record_id& id) override;
  merge::row& create(const record_id& id, collection_number collection) override;
  bool create_was_rejected(const intent_id& creator) override;
  const merge::task* find_task(std::uint64_t number) override;
  std::vector<record_id> referrers_of(const record_id& parent) override;
  std::vector<record_id> holders_of(std::uint64_t key) override;
  /// Takes for true what `earlier` was told of holders.
  void believe_holders_of(unit_of_work& earlier) { holders_ = std::move(earlier.holders_); }

  /// True if the record was deleted before this intent, and lives now.
  bool revived(const record_id& id);
  /// True if the record exists, in another scope.
  bool foreign(const record_id& id);

  /// Recomputes the derived fields that the rows in `touched` bear upon, and marks all that changed for `write`.
  result<void> settle(const std::vector<record_id>& touched);
  /// Writes the rows that `settle` marked, at the server's time `now`. Inside a transaction.
  result<void> write(time_ns now);

  /// The first failure of the store in any call; what was answered after it means nothing.
  const std::optional<error>& failure() const noexcept { return failure_; }

private:
  struct slot {
    record_id id;
    bool known = false; ///< in the table, or created here
    bool created = false;
    bool changed = false;
    scope_id scope;
    std::uint64_t number = 0;
    merge::row row;
    std::vector<contribution> before; ///< what the row added to its parents when it was loaded
    constraint_index::entry found_by; ///< as the index has it
    std::uint64_t buried_at = 0;      ///< of a deleted record, as it was loaded: when it was deleted; 0: it lives
  };
  slot& load(const record_id& id);
  bool visible(const slot& s);
  result<void> adopt_orphans(slot& parent);
  void add_to_parent(const contribution& c, std::uint64_t amount);
  /// The answer, or a sign of failure.
  template <class T>
  T noting(result<T> answer);

  tables tables_;
  const merge::schema& model_;
  scope_id scope_;
  std::deque<slot> slots_; ///< addresses stay
  std::map<std::uint64_t, std::optional<merge::task>> tasks_known_;
  std::map<std::uint64_t, std::vector<record_id>> holders_;
  std::optional<error> failure_;
};

} // namespace squall::server
