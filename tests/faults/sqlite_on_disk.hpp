// A SQLite database on a simulated disk, and a small table to lose. For the tests of faults/disk.
#pragma once

#include "faults/disk/vfs.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <string>

namespace squall::faults::testing {

struct database_settings {
  const char* journal_mode = "TRUNCATE";
  const char* synchronous = "FULL";
  int page_size = 1024;
  int cache_pages = 16;
};

/// An open connection; `rc()` is SQLite's answer to the last thing done.
class database {
public:
  database(std::uint32_t disk, const database_settings& s) {
    rc_ = sqlite3_open_v2(disk_set::path(disk).c_str(), &db_,
                          SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, disk_vfs_name);
    if (rc_ == SQLITE_OK)
      run("PRAGMA temp_store=MEMORY; PRAGMA page_size=" + std::to_string(s.page_size) +
          "; PRAGMA cache_size=" + std::to_string(s.cache_pages) + "; PRAGMA synchronous=" + s.synchronous +
          "; PRAGMA journal_mode=" + s.journal_mode + "; PRAGMA wal_autocheckpoint=8");
  }
  ~database() { close(); }
  database(const database&) = delete;
  database& operator=(const database&) = delete;

  bool run(const std::string& sql) {
    rc_ = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
    return rc_ == SQLITE_OK;
  }

  /// All rows of a query, as text; empty and rc() set on an error.
  std::string rows(const std::string& sql) {
    std::string all;
    sqlite3_stmt* s = nullptr;
    rc_ = sqlite3_prepare_v2(db_, sql.c_str(), -1, &s, nullptr);
    while (rc_ == SQLITE_OK || rc_ == SQLITE_ROW) {
      rc_ = sqlite3_step(s);
      if (rc_ != SQLITE_ROW)
        break;
      for (int i = 0; i < sqlite3_column_count(s); ++i) {
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(s, i));
        all += text == nullptr ? "NULL" : text;
        all += '|';
      }
    }
    const int done = rc_;
    sqlite3_finalize(s);
    rc_ = done == SQLITE_DONE ? SQLITE_OK : done;
    return rc_ == SQLITE_OK ? all : std::string();
  }

  void close() {
    if (db_ != nullptr)
      sqlite3_close(db_);
    db_ = nullptr;
  }
  int rc() const { return rc_; }
  sqlite3* handle() const { return db_; }

private:
  sqlite3* db_ = nullptr;
  int rc_ = SQLITE_OK;
};

} // namespace squall::faults::testing
