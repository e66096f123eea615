// The rows that one intent's commit works on: loaded on demand, changed in memory, written once. A record of another scope
// is not known here.
#pragma once

#include "engine/merge/decide.hpp"
#include "engine/server/dedupe_table.hpp"
#include "engine/server/derived.hpp"
#include "engine/server/row_table.hpp"

#include <deque>
#include <optional>
#include <vector>

namespace squall::server {

class unit_of_work final : public merge::row_access {
public:
  struct tables {
    row_table& rows;
    dedupe_table& dedupe;
    const derivations& derived;
    telemetry::counters& counts;
  };
  unit_of_work(tables t, const merge::schema& model, scope_id scope) : tables_(t), model_(model), scope_(scope) {}

  merge::row* find(const record_id& id) override;
  merge::row& create(const record_id& id, collection_number collection) override;
  bool create_was_rejected(const intent_id& creator) override;

  /// True if the record exists, in another scope.
  bool foreign(const record_id& id);

  /// Recomputes the derived fields that the rows in `touched` bear upon, and marks all that changed for `write`.
  result<void> settle(const std::vector<record_id>& touched);
  /// Writes the rows that `settle` marked. Inside a transaction.
  result<void> write();

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
  };
  slot& load(const record_id& id);
  bool visible(const slot& s);
  result<void> adopt_orphans(slot& parent);
  void add_to_parent(const contribution& c, std::uint64_t amount);

  tables tables_;
  const merge::schema& model_;
  scope_id scope_;
  std::deque<slot> slots_; ///< addresses stay
  std::optional<error> failure_;
};

} // namespace squall::server
