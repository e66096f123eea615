// An open file as SQLite's VFS interface wants it. Internal to faults/disk: see vfs.hpp.
#pragma once

#include "faults/disk/disk.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <memory>

namespace squall::faults {

/// SQLite allocates this by `szOsFile` and hands it to each method; `base` must come first.
struct open_file {
  sqlite3_file base{};
  disk* owner = nullptr; ///< null: an anonymous temporary file, which never survives and never fails
  std::shared_ptr<disk_file> file;
  std::uint32_t epoch = 0;
  int lock = SQLITE_LOCK_NONE;
  file_kind kind = file_kind::database;
  bool delete_on_close = false;
  bool uses_wal_index = false;
  std::uint16_t wal_shared = 0; ///< WAL-index lock slots held, as bits
  std::uint16_t wal_exclusive = 0;

  /// False: its process crashed, or the disk is frozen. Every operation then fails and changes nothing.
  bool alive() const noexcept { return owner == nullptr || owner->alive(epoch); }
};

/// The methods of an `open_file`.
const sqlite3_io_methods& file_methods() noexcept;

} // namespace squall::faults
