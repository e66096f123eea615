#include "engine/server/store_schema.hpp"

#include "engine/server/sql.hpp"

#include <iterator>

namespace squall::server {

namespace {

/// What a new store begins with; `changes` lead from there to the newest layout.
constexpr std::uint64_t first_layout = 2;

// `log.entry` stands before `log.body` so that a page is read without the overflow pages of the original bytes.
constexpr const char* layout = R"(
CREATE TABLE log(
  s INTEGER PRIMARY KEY, scope INTEGER NOT NULL, incarnation INTEGER NOT NULL, seq INTEGER NOT NULL,
  hash INTEGER NOT NULL, wall INTEGER NOT NULL, stamp_wall INTEGER NOT NULL, stamp_logical INTEGER NOT NULL,
  entry BLOB, body BLOB NOT NULL);
CREATE INDEX log_by_scope ON log(scope);
CREATE TABLE scopes(scope INTEGER PRIMARY KEY, floor INTEGER NOT NULL, version INTEGER NOT NULL);
CREATE TABLE rows(
  number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, scope INTEGER NOT NULL, state BLOB NOT NULL, derived BLOB NOT NULL);
CREATE INDEX rows_by_scope ON rows(scope, id);
CREATE TABLE orphans(parent BLOB NOT NULL, child BLOB NOT NULL, PRIMARY KEY(parent, child)) WITHOUT ROWID;
CREATE TABLE incarnations(
  incarnation INTEGER PRIMARY KEY, high_water INTEGER NOT NULL, verdicts_through INTEGER NOT NULL,
  stamp_wall INTEGER NOT NULL, stamp_logical INTEGER NOT NULL, judged INTEGER NOT NULL);
CREATE TABLE verdicts(
  incarnation INTEGER NOT NULL, seq INTEGER NOT NULL, hash INTEGER NOT NULL, verdict BLOB NOT NULL,
  PRIMARY KEY(incarnation, seq)) WITHOUT ROWID;
CREATE TABLE refusals(
  incarnation INTEGER NOT NULL, seq INTEGER NOT NULL, kind INTEGER NOT NULL, rule INTEGER NOT NULL,
  PRIMARY KEY(incarnation, seq)) WITHOUT ROWID;
CREATE TABLE row_keys(scope INTEGER NOT NULL, key INTEGER NOT NULL, id BLOB NOT NULL, PRIMARY KEY(scope, key, id)) WITHOUT ROWID;
CREATE TABLE row_references(parent BLOB NOT NULL, child BLOB NOT NULL, PRIMARY KEY(parent, child)) WITHOUT ROWID;
CREATE TABLE tasks(
  task INTEGER PRIMARY KEY, scope INTEGER NOT NULL, version INTEGER NOT NULL, record BLOB NOT NULL,
  collection INTEGER NOT NULL, subject INTEGER NOT NULL, settled_incarnation INTEGER NOT NULL,
  settled_seq INTEGER NOT NULL, settlement BLOB NOT NULL);
CREATE INDEX tasks_by_version ON tasks(scope, version);
CREATE INDEX open_tasks ON tasks(record, subject) WHERE settled_seq = 0;
CREATE TABLE branches(
  number INTEGER PRIMARY KEY, task INTEGER NOT NULL, incarnation INTEGER NOT NULL, seq INTEGER NOT NULL,
  gone INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX branches_by_task ON branches(task);
CREATE TABLE snapshots(
  id INTEGER PRIMARY KEY, scope INTEGER NOT NULL, s INTEGER NOT NULL, pages INTEGER NOT NULL,
  stamp_wall INTEGER NOT NULL, stamp_logical INTEGER NOT NULL);
CREATE INDEX snapshots_by_scope ON snapshots(scope);
CREATE TABLE snapshot_pages(
  snapshot INTEGER NOT NULL, page INTEGER NOT NULL, content BLOB NOT NULL, PRIMARY KEY(snapshot, page));
CREATE TABLE grants(user INTEGER NOT NULL, scope INTEGER NOT NULL, role INTEGER NOT NULL, PRIMARY KEY(user, scope)) WITHOUT ROWID;
CREATE TABLE meta(generation INTEGER NOT NULL);
INSERT INTO meta VALUES(1);
PRAGMA user_version = 2;
)";

/// What takes a store from layout 2 + i to the next. Entries never change once released; new ones are appended.
///
/// tombstones  deleted records by the sequence of their deletion, with the server's time then; kept where the server forgets
/// devices     each incarnation's cursor as it told it, in the order (number) in which the incarnations first came
/// heard       the server's time when a device was last judged, at least
/// meta        buried: 1 while `tombstones` is kept. partial_through: feed entries up to there may hold a record that lives
///             again without all of its fields
/// audit       (of log) what the audit keeps beside the logged intent. The table: what did not commit, and what is no intent, with
///             the newest commit before it (audit_log.hpp)
/// offline     (of meta) what devices may do that are out of contact. backed_up_through: the newest commit that a copy of the
///             store holds
/// generations what each generation after the first began with
/// issuer_keys the issuer's signing keys, as far as they were learned
/// grant_versions  of users whose grants have changed; of the others it is 1
/// arrivals    what moves brought to a scope: entries of its feed that the log has under the scope that was left. feed: all
///             entries
/// user        (of devices) whose it is; 0: it came before that was noted
constexpr const char* changes[] = {
    "ALTER TABLE scopes ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE meta ADD COLUMN buried INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE meta ADD COLUMN partial_through INTEGER NOT NULL DEFAULT 0;"
    "UPDATE meta SET partial_through = coalesce((SELECT max(s) FROM log), 0);"
    "CREATE TABLE tombstones(scope INTEGER NOT NULL, s INTEGER NOT NULL, id BLOB NOT NULL, since INTEGER NOT NULL,"
    " PRIMARY KEY(scope, s, id)) WITHOUT ROWID;"
    "CREATE TABLE devices(scope INTEGER NOT NULL, device INTEGER NOT NULL, incarnation INTEGER NOT NULL,"
    " number INTEGER NOT NULL, cursor INTEGER NOT NULL, PRIMARY KEY(scope, device, incarnation)) WITHOUT ROWID;"
    "CREATE TABLE heard(device INTEGER PRIMARY KEY, at INTEGER NOT NULL);"
    "CREATE INDEX orphans_by_child ON orphans(child);"
    "PRAGMA user_version = 3;",
    "ALTER TABLE log ADD COLUMN audit BLOB;"
    "ALTER TABLE meta ADD COLUMN offline INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE audit(n INTEGER PRIMARY KEY, after INTEGER NOT NULL, kind INTEGER NOT NULL, note BLOB NOT NULL,"
    " body BLOB NOT NULL);"
    "PRAGMA user_version = 4;",
    "ALTER TABLE meta ADD COLUMN backed_up_through INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE generations(generation INTEGER PRIMARY KEY, sequence INTEGER NOT NULL);"
    "CREATE TABLE issuer_keys(number INTEGER PRIMARY KEY, public_key BLOB NOT NULL, retired INTEGER NOT NULL,"
    " retired_wall INTEGER NOT NULL);"
    "PRAGMA user_version = 5;",
    "CREATE TABLE grant_versions(user INTEGER PRIMARY KEY, version INTEGER NOT NULL);"
    "CREATE TABLE arrivals(scope INTEGER NOT NULL, s INTEGER NOT NULL, wall INTEGER NOT NULL, stamp_wall INTEGER NOT "
    "NULL,"
    " stamp_logical INTEGER NOT NULL, entry BLOB, PRIMARY KEY(scope, s)) WITHOUT ROWID;"
    "CREATE VIEW feed AS SELECT s, scope, wall, stamp_wall, stamp_logical, entry FROM log"
    " UNION ALL SELECT s, scope, wall, stamp_wall, stamp_logical, entry FROM arrivals;"
    "ALTER TABLE devices ADD COLUMN user INTEGER NOT NULL DEFAULT 0;"
    "PRAGMA user_version = 6;"};
constexpr std::uint64_t newest_layout = first_layout + std::size(changes);

result<void> bring_up_to_date(store::connection& db, std::uint64_t version) {
  auto transaction = store::transaction::begin(db);
  if (!transaction)
    return transaction.err();
  if (version == 0) {
    if (auto made = db.execute(layout); !made)
      return made;
    version = first_layout;
  }
  for (; version < newest_layout; ++version)
    if (auto changed = db.execute(changes[version - first_layout]); !changed)
      return changed;
  return transaction->commit();
}

} // namespace

result<std::unique_ptr<store::connection>> open_store(const store::open_options& options) {
  auto db = store::connection::open(options);
  if (!db)
    return db;
  const auto version = sql::number(**db, 0, "PRAGMA user_version");
  if (!version)
    return version.err();
  if (*version != 0 && (*version < first_layout || *version > newest_layout))
    return error{errc::unsupported, "the server store has layout " + std::to_string(*version) + "; this build has " +
                                        std::to_string(newest_layout)};
  if (*version != newest_layout)
    if (auto done = bring_up_to_date(**db, *version); !done)
      return done.err();
  return db;
}

std::string record_key(const record_id& id) {
  std::string key(16, '\0');
  for (int i = 0; i < 4; ++i) {
    key[i] = static_cast<char>(id.device >> (24 - 8 * i));
    key[4 + i] = static_cast<char>(id.incarnation >> (24 - 8 * i));
  }
  for (int i = 0; i < 8; ++i)
    key[8 + i] = static_cast<char>(id.seq_ordinal >> (56 - 8 * i));
  return key;
}

record_id record_of_key(std::string_view key) {
  CHECK(key.size() == 16);
  record_id id;
  for (int i = 0; i < 4; ++i) {
    id.device = id.device << 8 | static_cast<unsigned char>(key[i]);
    id.incarnation = id.incarnation << 8 | static_cast<unsigned char>(key[4 + i]);
  }
  for (int i = 8; i < 16; ++i)
    id.seq_ordinal = id.seq_ordinal << 8 | static_cast<unsigned char>(key[i]);
  return id;
}

} // namespace squall::server
