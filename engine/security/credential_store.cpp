#include "engine/security/credential_store.hpp"

#include <algorithm>

namespace squall::security {

namespace {

constexpr std::int64_t store_version = 2;

constexpr const char* schema_sql = "CREATE TABLE credential (device INTEGER NOT NULL, key BLOB NOT NULL,"
                                   " enrolled INTEGER NOT NULL, current INTEGER NOT NULL, previous INTEGER NOT NULL,"
                                   " PRIMARY KEY (device, key));"
                                   "PRAGMA user_version=1;";
// What administrators leave here is rare: a store without any stays as it was in the first version.
constexpr const char* second_schema_sql = "CREATE TABLE reused (device INTEGER NOT NULL, key BLOB NOT NULL,"
                                          " PRIMARY KEY (device, key));"
                                          "CREATE TABLE revoked (device INTEGER PRIMARY KEY);"
                                          "CREATE TABLE retired (key INTEGER PRIMARY KEY, wall INTEGER NOT NULL);"
                                          "PRAGMA user_version=2;";
constexpr const char* version_sql = "PRAGMA user_version";
constexpr const char* find_sql = "SELECT key, enrolled, current, previous FROM credential WHERE device = ?1"
                                 " ORDER BY enrolled";
constexpr const char* put_sql = "INSERT OR REPLACE INTO credential (device, key, enrolled, current, previous)"
                                " VALUES (?1, ?2, ?3, ?4, ?5)";
constexpr const char* remove_sql = "DELETE FROM credential WHERE device = ?1 AND key = ?2";
constexpr const char* remove_older_sql = "DELETE FROM credential WHERE device = ?1 AND enrolled < ?2";
constexpr const char* revoked_sql = "SELECT device FROM revoked";
constexpr const char* revoke_sql = "INSERT OR IGNORE INTO revoked (device) VALUES (?1)";
constexpr const char* allow_sql = "DELETE FROM revoked WHERE device = ?1";
constexpr const char* reused_sql = "SELECT device, key FROM reused";
constexpr const char* reuse_sql = "INSERT OR IGNORE INTO reused (device, key) VALUES (?1, ?2)";
constexpr const char* retired_sql = "SELECT key, wall FROM retired";
constexpr const char* retire_sql = "INSERT INTO retired (key, wall) VALUES (?1, ?2)";

result<void> remove(store::connection& db, const credential& c) {
  auto s = db.prepare(remove_sql);
  if (!s)
    return s.err();
  s->bind(1, c.device);
  s->bind_blob(2, c.key);
  return s->run();
}

/// Result: the version that the store has now.
result<std::int64_t> prepare_schema(store::connection& db) {
  std::int64_t version = 0;
  {
    auto s = db.prepare(version_sql);
    if (!s)
      return s.err();
    if (auto row = s->step(); !row)
      return row.err();
    version = s->integer(0);
  }
  if (version > store_version)
    return error{errc::unsupported, "the issuer's store is of a newer version"};
  if (version > 0)
    return version;
  auto t = store::transaction::begin(db);
  if (!t)
    return t.err();
  if (auto r = db.execute(schema_sql); !r)
    return r.err();
  if (auto r = t->commit(); !r)
    return r.err();
  return 1;
}

} // namespace

result<std::unique_ptr<credential_store>> credential_store::open(const store::open_options& options) {
  // Every refresh of every device is a commit that its reply waits for. A write-ahead log syncs once where a rollback journal
  // does four times, and that decides how many devices, and how short-lived tokens, one issuer can serve.
  store::open_options logged = options;
  logged.journal_mode = "WAL";
  auto db = store::connection::open(logged);
  if (!db)
    return db.err();
  const auto version = prepare_schema(**db);
  if (!version)
    return version.err();
  std::unique_ptr<credential_store> opened(new credential_store(std::move(*db)));
  opened->administered_ = *version == store_version;
  if (auto r = opened->load(); !r)
    return r.err();
  return opened;
}

result<void> credential_store::load() {
  if (!administered_)
    return {};
  const auto each = [&](const char* sql, const auto& take) -> result<void> {
    auto s = db_->prepare(sql);
    if (!s)
      return s.err();
    for (;;) {
      auto row = s->step();
      if (!row)
        return row.err();
      if (!*row)
        return {};
      take(*s);
    }
  };
  auto done =
      each(revoked_sql, [&](const store::statement& s) { revoked_.insert(static_cast<std::uint32_t>(s.integer(0))); });
  if (done)
    done = each(reused_sql, [&](const store::statement& s) {
      reused_.emplace(static_cast<std::uint32_t>(s.integer(0)), s.blob(1));
    });
  if (done)
    done = each(retired_sql,
                [&](const store::statement& s) { retired_[static_cast<std::uint32_t>(s.integer(0))] = s.integer(1); });
  return done;
}

result<std::vector<credential>> credential_store::find(std::uint32_t device) {
  auto s = db_->prepare(find_sql);
  if (!s)
    return s.err();
  s->bind(1, device);
  std::vector<credential> found;
  for (;;) {
    auto row = s->step();
    if (!row)
      return row.err();
    if (!*row)
      return found;
    found.push_back({device, std::string(s->blob(0)), static_cast<std::uint64_t>(s->integer(1)),
                     static_cast<std::uint64_t>(s->integer(2)), static_cast<std::uint64_t>(s->integer(3)),
                     reused_.contains({device, std::string(s->blob(0))})});
  }
}

result<void> credential_store::put(const credential& c) {
  auto s = db_->prepare(put_sql);
  if (!s)
    return s.err();
  s->bind(1, c.device);
  s->bind_blob(2, c.key);
  s->bind(3, static_cast<std::int64_t>(c.enrolled));
  s->bind(4, static_cast<std::int64_t>(c.current));
  s->bind(5, static_cast<std::int64_t>(c.previous));
  return s->run();
}

result<credential> credential_store::enrol(std::uint32_t device, std::string_view key) {
  auto found = find(device);
  if (!found)
    return found.err();
  credential added{.device = device, .key = std::string(key)};
  const credential* oldest_unused = nullptr;
  for (const credential& c : *found) {
    if (c.key == key)
      return c;
    if (c.previous == 0 && oldest_unused == nullptr)
      oldest_unused = &c;
    added.current = std::max(added.current, c.current);
  }
  ++added.current;
  added.enrolled = added.current;
  auto t = store::transaction::begin(*db_);
  if (!t)
    return t.err();
  if (found->size() >= keys_max) {
    CHECK(oldest_unused != nullptr); // the use of a key removes those before it: at most one has been used
    if (auto r = remove(*db_, *oldest_unused); !r)
      return r.err();
  }
  if (auto r = put(added); !r)
    return r.err();
  if (auto r = t->commit(); !r)
    return r.err();
  return added;
}

result<credential> credential_store::rotate(const credential& used) {
  auto found = find(used.device);
  if (!found)
    return found.err();
  credential next = used;
  next.previous = used.current;
  for (const credential& c : *found)
    next.current = std::max(next.current, c.current);
  ++next.current;
  auto t = store::transaction::begin(*db_);
  if (!t)
    return t.err();
  {
    auto s = db_->prepare(remove_older_sql);
    if (!s)
      return s.err();
    s->bind(1, used.device);
    s->bind(2, static_cast<std::int64_t>(used.enrolled));
    if (auto r = s->run(); !r)
      return r.err();
  }
  if (auto r = put(next); !r)
    return r.err();
  if (auto r = t->commit(); !r)
    return r.err();
  return next;
}

template <class Bind>
result<void> credential_store::administer(const char* sql, const Bind& bind) {
  auto t = store::transaction::begin(*db_);
  if (!t)
    return t.err();
  if (!administered_)
    if (auto r = db_->execute(second_schema_sql); !r)
      return r;
  {
    auto s = db_->prepare(sql);
    if (!s)
      return s.err();
    bind(*s);
    if (auto r = s->run(); !r)
      return r;
  }
  auto done = t->commit();
  administered_ = administered_ || done.ok();
  return done;
}

result<void> credential_store::mark_reused(const credential& c) {
  auto done = administer(reuse_sql, [&](store::statement& s) {
    s.bind(1, c.device);
    s.bind_blob(2, c.key);
  });
  if (done)
    reused_.emplace(c.device, c.key);
  return done;
}

result<void> credential_store::set_revoked(std::uint32_t device, bool revoked) {
  auto done = administer(revoked ? revoke_sql : allow_sql, [&](store::statement& s) { s.bind(1, device); });
  if (!done)
    return done;
  if (revoked)
    revoked_.insert(device);
  else
    revoked_.erase(device);
  return {};
}

result<void> credential_store::retire_signing_key(time_ns wall) {
  const std::uint32_t key = signing_key();
  auto done = administer(retire_sql, [&](store::statement& s) {
    s.bind(1, key);
    s.bind(2, wall);
  });
  if (done)
    retired_[key] = wall;
  return done;
}

} // namespace squall::security
