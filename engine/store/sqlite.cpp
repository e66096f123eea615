#include "engine/store/sqlite.hpp"

#include <fmt/core.h>
#include <sqlite3.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace squall::store {

namespace {

errc code_of(int rc) noexcept {
  switch (rc & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return errc::corrupt;
    default: return errc::storage;
  }
}

error failure(sqlite3* db, int rc, std::string_view doing) {
  return {code_of(rc), fmt::format("{}: {} ({})", doing, db ? sqlite3_errmsg(db) : sqlite3_errstr(rc), rc)};
}

/// Runs pragmas of which the last sets the journal mode; result: the mode that there is now. SQLite keeps the old one,
/// without an error, where a file system cannot do the one asked for.
result<std::string> apply_settings(sqlite3* db, const std::string& pragmas) {
  std::string last;
  const auto note = [](void* out, int, char** columns, char**) {
    *static_cast<std::string*>(out) = columns[0];
    return 0;
  };
  if (const int rc = sqlite3_exec(db, pragmas.c_str(), note, &last, nullptr); rc != SQLITE_OK)
    return failure(db, rc, pragmas);
  return last;
}

bool known_journal_mode(std::string_view mode) { return mode == "DELETE" || mode == "TRUNCATE" || mode == "WAL"; }

} // namespace

// -- connection --------------------------------------------------------------------------------------------------------

struct connection::cache {
  struct entry {
    const char* sql;
    sqlite3_stmt* prepared;
  };
  std::vector<entry> entries; // some dozens: a scan over addresses beats hashing, and costs no memory
};

connection::connection(sqlite3* db) : db_(db), cache_(std::make_unique<cache>()) {}

connection::~connection() {
  for (auto& e : cache_->entries)
    sqlite3_finalize(e.prepared);
  sqlite3_close_v2(db_);
}

result<std::unique_ptr<connection>> connection::open(const open_options& options) {
  configure_process();
  if (!known_journal_mode(options.journal_mode))
    return error{errc::invalid_argument, "journal mode: " + options.journal_mode};
  sqlite3* db = nullptr;
  const int rc =
      sqlite3_open_v2(options.path.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                      options.vfs.empty() ? nullptr : options.vfs.c_str());
  std::unique_ptr<connection> opened{new connection(db)};
  if (rc != SQLITE_OK)
    return failure(db, rc, "open " + options.path);
  sqlite3_extended_result_codes(db, 1);
  sqlite3_db_config(db, SQLITE_DBCONFIG_LOOKASIDE, nullptr, 0, 0);
  // Exclusive: the cache need not be validated at each transaction, and WAL needs no shared memory. No spilling: a page
  // that leaves the cache early would cost a sync of the journal.
  const auto settings = fmt::format("PRAGMA locking_mode={};PRAGMA temp_store=MEMORY;PRAGMA page_size={};"
                                    "PRAGMA cache_size={};PRAGMA cache_spill=OFF;PRAGMA synchronous={};"
                                    "PRAGMA journal_mode={};",
                                    options.exclusive ? "EXCLUSIVE" : "NORMAL", options.page_size, options.cache_pages,
                                    options.synchronous_full ? "FULL" : "OFF", options.journal_mode);
  const auto mode = apply_settings(db, settings);
  if (!mode)
    return mode.err();
  if (*mode != "memory" && sqlite3_stricmp(mode->c_str(), options.journal_mode.c_str()) != 0)
    return error{errc::unsupported, options.path + ": no journal mode " + options.journal_mode};
  if (!options.pragmas.empty())
    if (auto done = opened->execute(options.pragmas.c_str()); !done)
      return done.err();
  return opened;
}

result<void> connection::execute(const char* sql) {
  const int rc = sqlite3_exec(db_, sql, nullptr, nullptr, nullptr);
  if (rc != SQLITE_OK)
    return failure(db_, rc, sql);
  return {};
}

result<statement> connection::prepare(const char* sql) {
  auto& entries = cache_->entries;
  const auto known = std::find_if(entries.begin(), entries.end(), [sql](const auto& e) { return e.sql == sql; });
  if (known != entries.end()) {
    sqlite3_stmt* const prepared = known->prepared;
    CHECK(!sqlite3_stmt_busy(prepared)); // two users of one statement would step on each other
    if (known != entries.begin())
      std::iter_swap(known, known - 1); // what is used often comes to stand in front
    sqlite3_clear_bindings(prepared);
    return statement{prepared};
  }
  sqlite3_stmt* prepared = nullptr;
  const int rc = sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
  if (rc != SQLITE_OK)
    return failure(db_, rc, sql);
  entries.push_back({sql, prepared});
  return statement{prepared};
}

void connection::release_memory(bool finalize) {
  if (finalize) {
    for (auto& e : cache_->entries) {
      CHECK(!sqlite3_stmt_busy(e.prepared));
      sqlite3_finalize(e.prepared);
    }
    cache_->entries.clear();
    cache_->entries.shrink_to_fit();
  }
  sqlite3_db_release_memory(db_);
}

bool connection::in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }

std::int64_t connection::last_inserted() const { return sqlite3_last_insert_rowid(db_); }

// -- statement ---------------------------------------------------------------------------------------------------------

statement::~statement() { reset(); }

void statement::reset() {
  if (std::exchange(stepped_, false))
    sqlite3_reset(s_);
}

void statement::bind(int parameter, std::int64_t v) { CHECK(sqlite3_bind_int64(s_, parameter, v) == SQLITE_OK); }

void statement::bind_blob(int parameter, std::string_view bytes) {
  // A null pointer would bind NULL: an empty blob is a value.
  const char* data = bytes.data() ? bytes.data() : "";
  CHECK(sqlite3_bind_blob64(s_, parameter, data, bytes.size(), SQLITE_STATIC) == SQLITE_OK);
}

void statement::bind_null(int parameter) { CHECK(sqlite3_bind_null(s_, parameter) == SQLITE_OK); }

result<bool> statement::step() {
  stepped_ = true;
  const int rc = sqlite3_step(s_);
  if (rc == SQLITE_ROW)
    return true;
  if (rc == SQLITE_DONE)
    return false;
  return failure(sqlite3_db_handle(s_), rc, sqlite3_sql(s_));
}

result<void> statement::run() {
  auto stepped = step();
  reset();
  if (!stepped)
    return stepped.err();
  return {};
}

std::int64_t statement::integer(int column) const { return sqlite3_column_int64(s_, column); }

std::string_view statement::blob(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(s_, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(s_, column));
  return data ? std::string_view{data, size} : std::string_view{};
}

bool statement::is_null(int column) const { return sqlite3_column_type(s_, column) == SQLITE_NULL; }

// -- transaction -------------------------------------------------------------------------------------------------------

namespace {

result<void> run_once(connection& db, const char* sql) {
  auto s = db.prepare(sql);
  if (!s)
    return s.err();
  return s->run();
}

constexpr const char* begin_sql = "BEGIN IMMEDIATE";
constexpr const char* commit_sql = "COMMIT";
constexpr const char* rollback_sql = "ROLLBACK";

} // namespace

result<transaction> transaction::begin(connection& db) {
  if (auto begun = run_once(db, begin_sql); !begun)
    return begun.err();
  return transaction{&db};
}

transaction::~transaction() {
  // An I/O error may have rolled back already. One that fails leaves a journal that the next open rolls back.
  if (db_ && db_->in_transaction())
    (void)run_once(*db_, rollback_sql);
}

result<void> transaction::commit() {
  CHECK(db_);
  connection& db = *db_;
  // After an error that rolled back by itself there is nothing to commit; saying so is not being in doubt.
  if (!db.in_transaction())
    return error{errc::storage, "commit: the transaction is gone"};
  auto committed = run_once(db, commit_sql);
  if (!committed)
    return error{errc::in_doubt, committed.err().message};
  db_ = nullptr;
  return {};
}

// -- process -----------------------------------------------------------------------------------------------------------

void configure_process() {
  // Where somebody initialised SQLite before, these calls are refused: correct still, only larger and slower.
  static const bool configured = [] {
    sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite3_config(SQLITE_CONFIG_PAGECACHE, nullptr, 0, 0);
    sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
    return sqlite3_initialize() == SQLITE_OK;
  }();
  CHECK(configured);
}

} // namespace squall::store
