// Who refers to a record, and who has a unique key: kept with the rows, exactly, for live records of collections whose schema
// asks for it. A schema that asks for neither costs nothing.
#pragma once

#include "engine/merge/constraints.hpp"
#include "engine/store/sqlite.hpp"

#include <cstdint>
#include <vector>

namespace squall::server {

class constraint_index {
public:
  constraint_index(store::connection& db, const merge::schema& model);

  /// What one row is found by.
  struct entry {
    std::vector<std::uint64_t> keys; ///< numbers of its keys, in order of the keys
    std::vector<record_id> references;
    bool operator==(const entry&) const = default;
  };
  entry of(const merge::row& row) const;
  /// Inside a transaction.
  struct change {
    scope_id scope;
    const record_id& record;
    const entry& before;
    const entry& after;
  };
  result<void> replace(const change& c);

  /// Nobody refers to the record any more, which is deleted. Inside a transaction.
  result<void> erase(const record_id& parent);

  /// Ascending. Errors: `storage`.
  result<std::vector<record_id>> referrers_of(const record_id& parent);
  result<std::vector<record_id>> holders_of(scope_id scope, std::uint64_t key);

private:
  store::connection& db_;
  const merge::schema& model_;
  std::vector<bool> indexed_; ///< by collection
};

} // namespace squall::server
