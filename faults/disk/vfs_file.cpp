#include "faults/disk/vfs_file.hpp"

#include <cstddef>
#include <cstring>
#include <new>

namespace squall::faults {
namespace {

open_file& of(sqlite3_file* f) noexcept { return *reinterpret_cast<open_file*>(f); }

std::byte* bytes(void* p) noexcept { return static_cast<std::byte*>(p); }

// -- contents ----------------------------------------------------------------------------------------------------------

int read_file(sqlite3_file* f, void* to, int count, sqlite3_int64 offset) {
  open_file& o = of(f);
  if (!o.alive())
    return SQLITE_IOERR_READ;
  std::size_t got = 0;
  if (o.owner == nullptr)
    got = o.file->read(bytes(to), static_cast<std::size_t>(count), offset);
  else if (!o.owner->read(*o.file, bytes(to), static_cast<std::size_t>(count), offset, got))
    return SQLITE_IOERR_READ;
  if (got == static_cast<std::size_t>(count))
    return SQLITE_OK;
  std::memset(bytes(to) + got, 0, static_cast<std::size_t>(count) - got);
  return SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* f, const void* from, int count, sqlite3_int64 offset) {
  open_file& o = of(f);
  if (!o.alive())
    return SQLITE_IOERR_WRITE;
  const auto* data = static_cast<const std::byte*>(from);
  if (o.owner == nullptr)
    o.file->write(data, static_cast<std::size_t>(count), offset);
  else if (!o.owner->write(*o.file, data, static_cast<std::size_t>(count), offset))
    return SQLITE_IOERR_WRITE;
  return SQLITE_OK;
}

int truncate_file(sqlite3_file* f, sqlite3_int64 length) {
  open_file& o = of(f);
  if (!o.alive())
    return SQLITE_IOERR_TRUNCATE;
  if (o.owner == nullptr)
    o.file->truncate(length);
  else if (!o.owner->truncate(*o.file, length))
    return SQLITE_IOERR_TRUNCATE;
  return SQLITE_OK;
}

int sync_file(sqlite3_file* f, int /*flags*/) {
  open_file& o = of(f);
  if (!o.alive())
    return SQLITE_IOERR_FSYNC;
  return o.owner == nullptr || o.owner->sync(*o.file, o.kind) ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}

int file_size(sqlite3_file* f, sqlite3_int64* size) {
  open_file& o = of(f);
  if (!o.alive())
    return SQLITE_IOERR_FSTAT;
  *size = o.file->length();
  return SQLITE_OK;
}

// -- locks -------------------------------------------------------------------------------------------------------------

int lock_file(sqlite3_file* f, int level) {
  open_file& o = of(f);
  if (!o.alive())
    return SQLITE_IOERR_LOCK;
  if (o.lock >= level)
    return SQLITE_OK;
  lock_table& t = o.file->locks;
  if (level == SQLITE_LOCK_SHARED) {
    if (t.pending || t.exclusive)
      return SQLITE_BUSY;
    ++t.shared;
    o.lock = level;
    return SQLITE_OK;
  }
  if (level == SQLITE_LOCK_RESERVED) {
    if (t.reserved)
      return SQLITE_BUSY;
    t.reserved = true;
    o.lock = level;
    return SQLITE_OK;
  }
  // Exclusive. A hot journal's rollback comes here from SHARED, without RESERVED.
  if ((t.reserved && o.lock < SQLITE_LOCK_RESERVED) || (t.pending && o.lock < SQLITE_LOCK_PENDING))
    return SQLITE_BUSY;
  t.pending = true;
  if (o.lock < SQLITE_LOCK_PENDING) {
    t.reserved = true;
    o.lock = SQLITE_LOCK_PENDING;
  }
  if (t.shared > 1)
    return SQLITE_BUSY;
  t.exclusive = true;
  o.lock = SQLITE_LOCK_EXCLUSIVE;
  return SQLITE_OK;
}

int unlock_file(sqlite3_file* f, int level) {
  open_file& o = of(f);
  if (o.lock <= level)
    return SQLITE_OK;
  if (o.alive()) {
    lock_table& t = o.file->locks;
    if (o.lock >= SQLITE_LOCK_RESERVED)
      t.reserved = t.pending = t.exclusive = false;
    if (level == SQLITE_LOCK_NONE)
      --t.shared;
  }
  o.lock = level;
  return SQLITE_OK;
}

int check_reserved_lock(sqlite3_file* f, int* reserved) {
  open_file& o = of(f);
  if (!o.alive())
    return SQLITE_IOERR_CHECKRESERVEDLOCK;
  *reserved = o.file->locks.reserved;
  return SQLITE_OK;
}

// -- the WAL index -----------------------------------------------------------------------------------------------------

int wal_index_map(sqlite3_file* f, int region, int size, int extend, void volatile** to) {
  open_file& o = of(f);
  *to = nullptr;
  if (!o.alive())
    return SQLITE_IOERR_SHMMAP;
  if (!o.file->wal_index)
    o.file->wal_index = std::make_unique<shared_memory>();
  shared_memory& memory = *o.file->wal_index;
  if (!o.uses_wal_index) {
    o.uses_wal_index = true;
    ++memory.users;
  }
  while (memory.regions.size() <= static_cast<std::size_t>(region)) {
    if (!extend)
      return SQLITE_OK;
    memory.regions.push_back(std::make_unique<std::byte[]>(static_cast<std::size_t>(size)));
  }
  *to = memory.regions[static_cast<std::size_t>(region)].get();
  return SQLITE_OK;
}

/// Whether one slot can be had. A handle never blocks itself.
bool slot_free(const shared_memory& m, const open_file& o, int slot, bool exclusive) {
  const bool mine_exclusive = o.wal_exclusive >> slot & 1;
  const bool mine_shared = o.wal_shared >> slot & 1;
  if (m.writer[slot] && !mine_exclusive)
    return false;
  return !exclusive || m.readers[slot] == (mine_shared ? 1 : 0);
}

void take_slot(shared_memory& m, open_file& o, int slot, int flags) {
  const auto bit = static_cast<std::uint16_t>(1u << slot);
  if (flags & SQLITE_SHM_UNLOCK) {
    if (o.wal_shared & bit)
      --m.readers[slot];
    if (o.wal_exclusive & bit)
      m.writer[slot] = false;
    o.wal_shared = static_cast<std::uint16_t>(o.wal_shared & ~bit);
    o.wal_exclusive = static_cast<std::uint16_t>(o.wal_exclusive & ~bit);
  } else if (flags & SQLITE_SHM_SHARED) {
    if (!(o.wal_shared & bit))
      ++m.readers[slot];
    o.wal_shared = static_cast<std::uint16_t>(o.wal_shared | bit);
  } else {
    m.writer[slot] = true;
    o.wal_exclusive = static_cast<std::uint16_t>(o.wal_exclusive | bit);
  }
}

int wal_index_lock(sqlite3_file* f, int first, int count, int flags) {
  open_file& o = of(f);
  if (!o.alive())
    return SQLITE_IOERR_SHMLOCK;
  if (!o.file->wal_index)
    return SQLITE_OK;
  shared_memory& m = *o.file->wal_index;
  if (!(flags & SQLITE_SHM_UNLOCK))
    for (int slot = first; slot < first + count; ++slot)
      if (!slot_free(m, o, slot, (flags & SQLITE_SHM_EXCLUSIVE) != 0))
        return SQLITE_BUSY;
  for (int slot = first; slot < first + count; ++slot)
    take_slot(m, o, slot, flags);
  return SQLITE_OK;
}

void wal_index_barrier(sqlite3_file*) {}

int wal_index_unmap(sqlite3_file* f, int /*delete_it*/) {
  open_file& o = of(f);
  if (!o.uses_wal_index)
    return SQLITE_OK;
  o.uses_wal_index = false;
  if (!o.alive() || !o.file->wal_index)
    return SQLITE_OK;
  shared_memory& m = *o.file->wal_index;
  for (int slot = 0; slot < SQLITE_SHM_NLOCK; ++slot)
    take_slot(m, o, slot, SQLITE_SHM_UNLOCK);
  if (--m.users == 0)
    o.file->wal_index.reset();
  return SQLITE_OK;
}

// -- the rest ----------------------------------------------------------------------------------------------------------

int close_file(sqlite3_file* f) {
  open_file& o = of(f);
  wal_index_unmap(f, 0);
  unlock_file(f, SQLITE_LOCK_NONE);
  if (o.owner != nullptr) {
    if (o.delete_on_close && o.alive() && o.owner->exists(o.kind))
      o.owner->remove(o.kind, false);
    o.owner->handle_closed();
  }
  o.~open_file();
  return SQLITE_OK;
}

int file_control(sqlite3_file*, int operation, void* argument) {
  if (operation != SQLITE_FCNTL_HAS_MOVED)
    return SQLITE_NOTFOUND;
  *static_cast<int*>(argument) = 0;
  return SQLITE_OK;
}

int sector_size(sqlite3_file*) { return static_cast<int>(sector_bytes); }

// A torn sector is a mix of old and new bytes, so bytes that a write does not cover keep what they were.
int device_characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

} // namespace

const sqlite3_io_methods& file_methods() noexcept {
  static const sqlite3_io_methods methods = {
      2,
      close_file,
      read_file,
      write_file,
      truncate_file,
      sync_file,
      file_size,
      lock_file,
      unlock_file,
      check_reserved_lock,
      file_control,
      sector_size,
      device_characteristics,
      wal_index_map,
      wal_index_lock,
      wal_index_barrier,
      wal_index_unmap,
      nullptr,
      nullptr,
  };
  return methods;
}

} // namespace squall::faults
