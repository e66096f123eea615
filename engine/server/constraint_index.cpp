#include "engine/server/constraint_index.hpp"

#include "engine/server/sql.hpp"
#include "engine/server/store_schema.hpp"

namespace squall::server {

namespace {

result<std::vector<record_id>> records_of(result<store::statement> s) {
  return sql::all(std::move(s), [](const store::statement& at) { return record_of_key(at.blob(0)); });
}

} // namespace

constraint_index::constraint_index(store::connection& db, const merge::schema& model) : db_(db), model_(model) {
  for (const merge::collection_schema& c : model.collections)
    indexed_.push_back(!c.unique.empty() || merge::has_references(c));
}

constraint_index::entry constraint_index::of(const merge::row& row) const {
  if (!indexed_[row.collection])
    return {};
  return {merge::key_numbers(model_, row), merge::held_references(model_, row)};
}

result<void> constraint_index::replace(const change& c) {
  if (c.before == c.after)
    return {};
  const std::string record = record_key(c.record);
  result<void> done;
  if (c.before.keys != c.after.keys) {
    for (const std::uint64_t key : c.before.keys)
      if (done)
        done = sql::run(db_, "DELETE FROM row_keys WHERE scope = ? AND key = ? AND id = ?", c.scope.value, key, record);
    for (const std::uint64_t key : c.after.keys)
      if (done)
        done = sql::run(db_, "INSERT OR REPLACE INTO row_keys(scope, key, id) VALUES(?, ?, ?)", c.scope.value, key,
                        record);
  }
  if (c.before.references != c.after.references) {
    for (const record_id& parent : c.before.references)
      if (done)
        done = sql::run(db_, "DELETE FROM row_references WHERE parent = ? AND child = ?", record_key(parent), record);
    for (const record_id& parent : c.after.references)
      if (done)
        done = sql::run(db_, "INSERT OR REPLACE INTO row_references(parent, child) VALUES(?, ?)", record_key(parent),
                        record);
  }
  return done;
}

result<void> constraint_index::erase(const record_id& parent) {
  return sql::run(db_, "DELETE FROM row_references WHERE parent = ?", record_key(parent));
}

result<std::vector<record_id>> constraint_index::referrers_of(const record_id& parent) {
  const std::string key = record_key(parent);
  return records_of(sql::start(db_, "SELECT child FROM row_references WHERE parent = ? ORDER BY child", key));
}

result<std::vector<record_id>> constraint_index::holders_of(scope_id scope, std::uint64_t key) {
  return records_of(
      sql::start(db_, "SELECT id FROM row_keys WHERE scope = ? AND key = ? ORDER BY id", scope.value, key));
}

} // namespace squall::server
