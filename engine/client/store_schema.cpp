#include "engine/client/store_schema.hpp"

#include <fmt/core.h>

#include <array>

namespace squall::client {

namespace {

/// What takes a store from version i to i + 1. Entries never change once released; new ones are appended.
///
/// rows      n counts up; id is key_of(record); visible is null where it equals confirmed, confirmed where the server knows
///           no such record
/// queue     every intent without a durable terminal verdict (verdict 0), and acknowledged ones that are kept until the
///           server has a backup of them. body: the original bytes, hash: content_hash of them
/// surfaced  intents that ended without effect, with what the user is told
/// links     child rows by the parent that they name, where a derived field sums over them
/// staging   rows of a snapshot that is being fetched
/// tasks     the scope's tasks as the server last told of them; told: up to which version, and in which generation
/// keys      visible live rows by the numbers of their unique keys
/// forgotten the fence that the server told, and in which generation; what is deleted behind it is not kept
/// offline   (of state) what the device may do out of contact, as the server told
/// names     what relabelled intents were called before
/// scopes    the scopes that the device holds, with the role there, once that has changed; and where it stands in each: but in
///           the one that it was set up with, which the tables before this one are about
/// shown_in  (of rows) where the visible record is, if not in `scope`. After migration 6 `scope` is filled in
/// buried    (of rows and staging) when the confirmed record was deleted; null: it lives. After migration 3 it is filled in
constexpr std::array<const char*, 6> migrations{
    "CREATE TABLE state(one INTEGER PRIMARY KEY, incarnation INTEGER NOT NULL, next_seq INTEGER NOT NULL,"
    " stamp_wall INTEGER NOT NULL, stamp_logical INTEGER NOT NULL, generation INTEGER NOT NULL, sequence INTEGER NOT "
    "NULL,"
    " scope_version INTEGER NOT NULL, last_entry INTEGER NOT NULL, entry_known INTEGER NOT NULL);"
    "INSERT INTO state VALUES(1, 0, 1, 0, 0, 0, 0, 0, 0, 0);"
    "CREATE TABLE credentials(one INTEGER PRIMARY KEY, key_seed INTEGER NOT NULL, access_token BLOB NOT NULL,"
    " refresh_token BLOB NOT NULL, expires_wall INTEGER NOT NULL, lifetime INTEGER NOT NULL, locked INTEGER NOT NULL);"
    "INSERT INTO credentials VALUES(1, 0, x'', x'', 0, 0, 0);"
    "CREATE TABLE rows(n INTEGER PRIMARY KEY, id BLOB NOT NULL, collection INTEGER NOT NULL, confirmed BLOB, visible "
    "BLOB);"
    "CREATE UNIQUE INDEX rows_id ON rows(id);"
    "CREATE TABLE queue(n INTEGER PRIMARY KEY, device INTEGER NOT NULL, incarnation INTEGER NOT NULL,"
    " seq INTEGER NOT NULL, quarantined INTEGER NOT NULL, folded INTEGER NOT NULL, verdict INTEGER NOT NULL,"
    " sequence INTEGER NOT NULL, generation INTEGER NOT NULL, hash INTEGER NOT NULL, body BLOB NOT NULL);"
    "CREATE TABLE surfaced(n INTEGER PRIMARY KEY, device INTEGER NOT NULL, incarnation INTEGER NOT NULL,"
    " seq INTEGER NOT NULL, verdict INTEGER NOT NULL, rule INTEGER NOT NULL, task INTEGER NOT NULL, body BLOB NOT "
    "NULL);"
    "CREATE TABLE links(parent BLOB NOT NULL, child BLOB NOT NULL, PRIMARY KEY(parent, child)) WITHOUT ROWID;"
    "CREATE TABLE staging(n INTEGER PRIMARY KEY, id BLOB NOT NULL, collection INTEGER NOT NULL, confirmed BLOB NOT "
    "NULL);",
    "CREATE TABLE tasks(task INTEGER PRIMARY KEY, hash INTEGER NOT NULL, body BLOB NOT NULL);"
    "CREATE TABLE told(one INTEGER PRIMARY KEY, generation INTEGER NOT NULL, tasks_through INTEGER NOT NULL);"
    "INSERT INTO told VALUES(1, 0, 0);"
    "CREATE TABLE keys(number INTEGER NOT NULL, id BLOB NOT NULL, PRIMARY KEY(number, id)) WITHOUT ROWID;",
    "CREATE TABLE forgotten(one INTEGER PRIMARY KEY, generation INTEGER NOT NULL, fence INTEGER NOT NULL);"
    "INSERT INTO forgotten VALUES(1, 0, 0);"
    "ALTER TABLE rows ADD COLUMN buried INTEGER;"
    "ALTER TABLE staging ADD COLUMN buried INTEGER;"
    "CREATE INDEX rows_buried ON rows(buried) WHERE buried IS NOT NULL;",
    "ALTER TABLE state ADD COLUMN offline INTEGER NOT NULL DEFAULT 0;",
    "CREATE TABLE names(incarnation INTEGER NOT NULL, seq INTEGER NOT NULL, was_incarnation INTEGER NOT NULL,"
    " was_seq INTEGER NOT NULL, PRIMARY KEY(incarnation, seq)) WITHOUT ROWID;",
    "ALTER TABLE state ADD COLUMN grant_changes INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE state ADD COLUMN grant_generation INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE rows ADD COLUMN scope INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE rows ADD COLUMN shown_in INTEGER;"
    "ALTER TABLE queue ADD COLUMN scope INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE tasks ADD COLUMN scope INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE scopes(scope INTEGER PRIMARY KEY, role INTEGER NOT NULL, generation INTEGER NOT NULL,"
    " sequence INTEGER NOT NULL, scope_version INTEGER NOT NULL, last_entry INTEGER NOT NULL, entry_known INTEGER NOT "
    "NULL,"
    " tasks_generation INTEGER NOT NULL, tasks_through INTEGER NOT NULL, fence_generation INTEGER NOT NULL,"
    " fence INTEGER NOT NULL);"};

/// What all of these make of an empty store, at once: each change of a table costs as much as a table.
constexpr const char* whole =
    "CREATE TABLE state(one INTEGER PRIMARY KEY, incarnation INTEGER NOT NULL, next_seq INTEGER NOT NULL,"
    " stamp_wall INTEGER NOT NULL, stamp_logical INTEGER NOT NULL, generation INTEGER NOT NULL, sequence INTEGER NOT "
    "NULL,"
    " scope_version INTEGER NOT NULL, last_entry INTEGER NOT NULL, entry_known INTEGER NOT NULL,"
    " offline INTEGER NOT NULL DEFAULT 0, grant_changes INTEGER NOT NULL DEFAULT 0,"
    " grant_generation INTEGER NOT NULL DEFAULT 0);"
    "INSERT INTO state VALUES(1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);"
    "CREATE TABLE credentials(one INTEGER PRIMARY KEY, key_seed INTEGER NOT NULL, access_token BLOB NOT NULL,"
    " refresh_token BLOB NOT NULL, expires_wall INTEGER NOT NULL, lifetime INTEGER NOT NULL, locked INTEGER NOT NULL);"
    "INSERT INTO credentials VALUES(1, 0, x'', x'', 0, 0, 0);"
    "CREATE TABLE rows(n INTEGER PRIMARY KEY, id BLOB NOT NULL, collection INTEGER NOT NULL, confirmed BLOB, visible "
    "BLOB, buried INTEGER, scope INTEGER NOT NULL DEFAULT 0, shown_in INTEGER);"
    "CREATE UNIQUE INDEX rows_id ON rows(id);"
    "CREATE TABLE queue(n INTEGER PRIMARY KEY, device INTEGER NOT NULL, incarnation INTEGER NOT NULL,"
    " seq INTEGER NOT NULL, quarantined INTEGER NOT NULL, folded INTEGER NOT NULL, verdict INTEGER NOT NULL,"
    " sequence INTEGER NOT NULL, generation INTEGER NOT NULL, hash INTEGER NOT NULL, body BLOB NOT NULL,"
    " scope INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE surfaced(n INTEGER PRIMARY KEY, device INTEGER NOT NULL, incarnation INTEGER NOT NULL,"
    " seq INTEGER NOT NULL, verdict INTEGER NOT NULL, rule INTEGER NOT NULL, task INTEGER NOT NULL, body BLOB NOT "
    "NULL);"
    "CREATE TABLE links(parent BLOB NOT NULL, child BLOB NOT NULL, PRIMARY KEY(parent, child)) WITHOUT ROWID;"
    "CREATE TABLE staging(n INTEGER PRIMARY KEY, id BLOB NOT NULL, collection INTEGER NOT NULL, confirmed BLOB NOT "
    "NULL, buried INTEGER);"
    "CREATE TABLE tasks(task INTEGER PRIMARY KEY, hash INTEGER NOT NULL, body BLOB NOT NULL,"
    " scope INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE told(one INTEGER PRIMARY KEY, generation INTEGER NOT NULL, tasks_through INTEGER NOT NULL);"
    "INSERT INTO told VALUES(1, 0, 0);"
    "CREATE TABLE keys(number INTEGER NOT NULL, id BLOB NOT NULL, PRIMARY KEY(number, id)) WITHOUT ROWID;"
    "CREATE TABLE forgotten(one INTEGER PRIMARY KEY, generation INTEGER NOT NULL, fence INTEGER NOT NULL);"
    "INSERT INTO forgotten VALUES(1, 0, 0);"
    "CREATE INDEX rows_buried ON rows(buried) WHERE buried IS NOT NULL;"
    "CREATE TABLE names(incarnation INTEGER NOT NULL, seq INTEGER NOT NULL, was_incarnation INTEGER NOT NULL,"
    " was_seq INTEGER NOT NULL, PRIMARY KEY(incarnation, seq)) WITHOUT ROWID;"
    "CREATE TABLE scopes(scope INTEGER PRIMARY KEY, role INTEGER NOT NULL, generation INTEGER NOT NULL,"
    " sequence INTEGER NOT NULL, scope_version INTEGER NOT NULL, last_entry INTEGER NOT NULL, entry_known INTEGER NOT "
    "NULL,"
    " tasks_generation INTEGER NOT NULL, tasks_through INTEGER NOT NULL, fence_generation INTEGER NOT NULL,"
    " fence INTEGER NOT NULL);";

} // namespace

std::int64_t current_store_version() { return static_cast<std::int64_t>(migrations.size()); }

result<void> make_store(store::connection& db) {
  if (auto done = db.execute(whole); !done)
    return done;
  return db.execute(fmt::format("PRAGMA user_version={}", migrations.size()).c_str());
}

result<void> migrate_store(store::connection& db, std::int64_t version) {
  CHECK(version >= 0 && version <= current_store_version());
  for (auto v = static_cast<std::size_t>(version); v < migrations.size(); ++v)
    if (auto done = db.execute(migrations[v]); !done)
      return done.err();
  return db.execute(fmt::format("PRAGMA user_version={}", migrations.size()).c_str());
}

} // namespace squall::client
