// SQLite, thinly: a connection, a prepared statement, a transaction. Only engine/store (and the disk under it, outside the
// engine) includes SQLite.
//
// One connection belongs to one replica and one thread. Errors: `storage` (the transaction did not happen) and, from
// `commit`, `in_doubt` (it may survive a crash or not; the connection must be dropped and the store opened again).
#pragma once

#include "engine/base/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

namespace squall::store {

struct open_options {
  std::string path;                      ///< file name on the VFS
  std::string vfs;                       ///< empty: SQLite's default
  int page_size = 1024;                  ///< bytes, for a new file
  int cache_pages = 16;                  ///< at most so many pages are kept in memory
  bool synchronous_full = true;          ///< false: synchronous=OFF
  std::string journal_mode = "TRUNCATE"; ///< DELETE, TRUNCATE or WAL
  bool exclusive = true;                 ///< false: locks are let go after each transaction
  std::string pragmas;                   ///< SQL that each connection runs when it is open, after the settings above
};

class statement;

class connection {
public:
  static result<std::unique_ptr<connection>> open(const open_options& options);
  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// Runs `sql` (one or several statements) that returns no rows.
  result<void> execute(const char* sql);
  /// The statement of `sql`, prepared on first use and kept, reset and with cleared bindings. `sql` is identified by
  /// address: pass string literals.
  result<statement> prepare(const char* sql);
  /// Gives back what memory it can: cached pages and, with `finalize`, prepared statements.
  void release_memory(bool finalize);
  bool in_transaction() const;
  /// The rowid of the newest insert into a table that has them.
  std::int64_t last_inserted() const;

  sqlite3* handle() const noexcept { return db_; }

private:
  explicit connection(sqlite3* db);
  struct cache;
  sqlite3* db_;
  std::unique_ptr<cache> cache_;
};

/// A prepared statement in use. Parameters count from 1, columns from 0. Resets itself when it goes.
class statement {
public:
  explicit statement(sqlite3_stmt* s) : s_(s) {}
  ~statement();
  statement(statement&& other) noexcept : s_(other.s_), stepped_(std::exchange(other.stepped_, false)) {}
  statement& operator=(statement&&) = delete;

  void bind(int parameter, std::int64_t v);
  /// The bytes must live until the statement is reset.
  void bind_blob(int parameter, std::string_view bytes);
  void bind_null(int parameter);

  /// True: a row is there. False: done.
  result<bool> step();
  /// For statements without rows: step once and reset, keeping the bindings' slots for the next use.
  result<void> run();
  void reset();

  std::int64_t integer(int column) const;
  std::string_view blob(int column) const; ///< valid until the next step or reset
  bool is_null(int column) const;

private:
  sqlite3_stmt* s_;
  bool stepped_ = false; ///< since the last reset
};

/// BEGIN IMMEDIATE ... COMMIT, or ROLLBACK when it goes without `commit`.
class transaction {
public:
  static result<transaction> begin(connection& db);
  ~transaction();
  transaction(transaction&& other) noexcept : db_(other.db_) { other.db_ = nullptr; }
  transaction& operator=(transaction&&) = delete;

  /// Errors: `in_doubt`.
  result<void> commit();

private:
  explicit transaction(connection* db) : db_(db) {}
  connection* db_;
};

/// Process-wide settings that must precede the first connection: single thread, no memory statistics, no page-cache arena.
/// Idempotent.
void configure_process();

} // namespace squall::store
