#include "engine/server/tombstone_table.hpp"

#include "engine/server/sql.hpp"
#include "engine/server/store_schema.hpp"

namespace squall::server {

namespace {

tombstone_table::grave grave_at(const store::statement& s) {
  return {sql::unsigned_at(s, 0), record_of_key(s.blob(1)), s.integer(2)};
}

} // namespace

// -- begun and ended ---------------------------------------------------------------------------------------------------

result<void> tombstone_table::open(row_table& rows, time_ns now) {
  auto is_kept = sql::number(db_, 0, "SELECT buried FROM meta");
  if (!is_kept)
    return is_kept.err();
  if ((*is_kept == 1) == kept_)
    return {};
  auto transaction = store::transaction::begin(db_);
  if (!transaction)
    return transaction.err();
  auto done = kept_ ? fill(rows, now) : sql::run(db_, "DELETE FROM tombstones");
  if (done)
    done = sql::run(db_, "UPDATE meta SET buried = ?", kept_ ? 1 : 0);
  if (!done)
    return done;
  return transaction->commit();
}

result<void> tombstone_table::fill(row_table& rows, time_ns now) {
  const auto scopes =
      sql::all(sql::start(db_, "SELECT DISTINCT scope FROM rows ORDER BY scope"),
               [](const store::statement& s) { return scope_id{static_cast<std::uint32_t>(s.integer(0))}; });
  if (!scopes)
    return scopes.err();
  result<void> done;
  for (const scope_id scope : *scopes) {
    auto read = rows.read(scope, [&](const merge::row& row) {
      if (row.deleted && done)
        done = bury(scope, buried_at(row), row.id, now);
    });
    if (!read || !done)
      return read ? done : read;
  }
  // Who forgets a deleted record must be told all of it when it lives again: older entries do not, so nobody reads them.
  done =
      sql::run(db_, "INSERT INTO scopes(scope, floor, version, fence) "
                    "SELECT scope, max(s), 1, 0 FROM log WHERE s <= (SELECT partial_through FROM meta) GROUP BY scope "
                    "ON CONFLICT(scope) DO UPDATE SET floor = max(floor, excluded.floor)");
  return done ? sql::run(db_, "UPDATE meta SET partial_through = 0") : done;
}

// -- graves ------------------------------------------------------------------------------------------------------------

result<void> tombstone_table::bury(scope_id scope, std::uint64_t s, const record_id& record, time_ns since) {
  return sql::run(db_, "INSERT OR REPLACE INTO tombstones(scope, s, id, since) VALUES(?, ?, ?, ?)", scope.value, s,
                  record_key(record), since);
}

result<void> tombstone_table::erase(scope_id scope, std::uint64_t s, const record_id& record) {
  return sql::run(db_, "DELETE FROM tombstones WHERE scope = ? AND s = ? AND id = ?", scope.value, s,
                  record_key(record));
}

result<void> tombstone_table::replace(const change& c) {
  if (!kept_ || c.before == c.after)
    return {};
  result<void> done;
  if (c.before != 0)
    done = erase(c.scope, c.before, c.record);
  if (done && c.after != 0)
    done = bury(c.scope, c.after, c.record, c.now);
  return done;
}

result<std::optional<tombstone_table::grave>> tombstone_table::oldest(scope_id scope) {
  auto s = sql::start(db_, "SELECT s, id, since FROM tombstones WHERE scope = ? ORDER BY s, id LIMIT 1", scope.value);
  if (!s)
    return s.err();
  auto there = s->step();
  if (!there)
    return there.err();
  return *there ? std::optional(grave_at(*s)) : std::nullopt;
}

result<std::vector<tombstone_table::grave>> tombstone_table::up_to(scope_id scope, std::uint64_t through) {
  return sql::all(sql::start(db_, "SELECT s, id, since FROM tombstones WHERE scope = ? AND s <= ? ORDER BY s, id",
                             scope.value, through),
                  grave_at);
}

result<bool> tombstone_table::any_between(scope_id scope, std::uint64_t after, std::uint64_t through) {
  auto there = sql::number(db_, 0, "SELECT 1 FROM tombstones WHERE scope = ? AND s > ? AND s <= ? LIMIT 1", scope.value,
                           after, through);
  if (!there)
    return there.err();
  return *there == 1;
}

} // namespace squall::server
