// One file of a disk: a volatile image, and what of the durable image differs from it. Below faults/disk/disk.hpp, which says
// what the images mean; above the chunk pool. Not thread safe. Deterministic.
#pragma once

#include "faults/disk/chunk_pool.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace squall::faults {

inline constexpr std::size_t sector_bytes = 512;

/// WAL-index memory, shared by the connections of one database. Lost with the last of them, and with power.
struct shared_memory {
  std::vector<std::unique_ptr<std::byte[]>> regions;
  std::uint32_t users = 0;
  std::uint16_t readers[8] = {}; ///< by lock slot
  bool writer[8] = {};
};

/// Advisory locks as SQLite takes them on a database file.
struct lock_table {
  std::uint32_t shared = 0;
  bool reserved = false, pending = false, exclusive = false;
};

/// One file as it stood before and after its unsynced changes, sector by sector, for whoever decides what survives.
class disk_file {
public:
  explicit disk_file(chunk_pool& pool) : pool_(pool) {}
  ~disk_file();
  disk_file(const disk_file&) = delete;
  disk_file& operator=(const disk_file&) = delete;

  std::shared_ptr<disk_file> clone() const;
  /// Becomes like `image` in content, synced and unsynced; who has this file open sees that from now on.
  void show(const disk_file& image);

  std::int64_t length() const noexcept { return length_; }
  std::int64_t durable_length() const noexcept { return durable_length_; }

  /// Copies up to `count` bytes from `offset`; returns how many there were.
  std::size_t read(std::byte* to, std::size_t count, std::int64_t offset) const;
  void write(const std::byte* from, std::size_t count, std::int64_t offset);
  void truncate(std::int64_t length);
  /// The volatile image becomes the durable one. O(chunks changed since the last sync).
  void sync();

  /// A chunk that may differ from the durable image, with both versions (no_chunk where an image has none there).
  struct changed_chunk {
    std::uint32_t index = 0;
    chunk_id before = no_chunk;
    chunk_id now = no_chunk;
  };
  /// Ascending by index.
  std::vector<changed_chunk> changes() const;

  /// Replaces both images by what survived: `surviving[i]` for the changed chunks (by index, references given away), the
  /// unchanged ones elsewhere, cut to `length`.
  struct survivor {
    std::uint32_t index = 0;
    chunk_id chunk = no_chunk;
  };
  void become(std::int64_t length, const std::vector<survivor>& surviving);

  chunk_pool& pool() const noexcept { return pool_; }
  std::size_t chunk_count() const noexcept { return slots_.size(); }
  /// Precondition: index < chunk_count().
  chunk_id chunk(std::size_t index) const noexcept { return slots_[index].chunk; }

  lock_table locks;
  std::unique_ptr<shared_memory> wal_index;

private:
  /// A chunk of the volatile image. Clean: the durable image has the same chunk there.
  struct slot {
    std::uint32_t chunk : 31;
    std::uint32_t dirty : 1;
  };
  /// A chunk of the durable image that is no longer in the volatile one.
  struct saved {
    std::uint32_t index = 0;
    chunk_id chunk = no_chunk;
  };

  std::size_t durable_chunks() const noexcept;
  void release_all() noexcept;
  /// The chunk's bytes, to be written; `whole`: all of them will be.
  std::byte* writable(std::size_t index, bool whole);
  std::byte* replace(std::size_t index, bool whole);
  void grow(std::int64_t length);

  chunk_pool& pool_;
  std::vector<slot> slots_;
  std::vector<saved> saved_; ///< exactly one for each chunk of the durable image that is dirty or cut off
  std::int64_t length_ = 0;
  std::int64_t durable_length_ = 0;
};

} // namespace squall::faults
