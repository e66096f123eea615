// The rows that one intent's commit works on: loaded on demand, changed in memory, written once. A record of another scope
// is not known here.
#pragma once

#include "engine/merge/decide.hpp"
#include "engine/server/access.hpp"
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
    const grant_table& grants;
    telemetry::counters& counts;
  };
  unit_of_work(tables t, const merge::schema& model, scope_id scope) : tables_(t), model_(model), scope_(scope) {}

  merge::row* find(const record_id& id) override;
  merge::row& create(const record_id& id, collection_number collection) override;
  bool create_was_rejected(const intent_id& creator) override;
  const merge::task* find_task(std::uint64_t number) override;
  std::vector<record_id> referrers_of(const record_id& parent) override;
  std::vector<record_id> holders_of(std::uint64_t key) override;
  const merge::row* find_anywhere(const record_id& id) override;
  bool foreign(const record_id& id) override;
  bool may_enter(scope_id scope) override;
  bool awaits_decision(const record_id& id) override;
  std::vector<record_id> holders_in(scope_id scope, std::uint64_t key) override;
  const merge::row* find_in(scope_id scope, const record_id& id) override;
  /// Whose intent it is.
  void set_author(std::uint32_t user) noexcept { author_ = user; }
  /// Takes for true what `earlier` was told of holders.
  void believe_holders_of(unit_of_work& earlier) { holders_ = std::move(earlier.holders_); }

  /// A record that this intent takes to another scope, as it is there; null of any other.
  const merge::row* moved(const record_id& id);
  /// True if the record was deleted before this intent, and lives now.
  bool revived(const record_id& id);

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
    scope_id scope; ///< as stored; `row` has the one that it goes to
    std::uint64_t number = 0;
    merge::row row;
    std::vector<contribution> before; ///< what the row added to its parents when it was loaded
    constraint_index::entry found_by; ///< as the index has it
    std::uint64_t buried_at = 0;      ///< of a deleted record, as it was loaded: when it was deleted; 0: it lives
  };
  slot& load(const record_id& id);
  bool visible(const slot& s);
  result<void> adopt_orphans(slot& parent);
  bool same_scope(scope_id a, scope_id b);
  void take_from_parent(const contribution& c, scope_id child);
  void add_to_parent(const contribution& c, std::uint64_t amount, scope_id child);
  void put_sum(slot& parent, const contribution& c, std::uint64_t amount);
  result<void> recount(slot& parent);
  result<void> write_moved(slot& s);
  /// The answer, or a sign of failure.
  template <class T>
  T noting(result<T> answer);

  tables tables_;
  const merge::schema& model_;
  scope_id scope_;
  std::uint32_t author_ = 0;
  std::deque<slot> slots_; ///< addresses stay
  std::map<std::uint64_t, std::optional<merge::task>> tasks_known_;
  std::map<std::uint64_t, std::vector<record_id>> holders_;
  std::optional<error> failure_;
};

} // namespace squall::server
