// Reference-counted blocks of 1 KiB from slabs: the bytes under all disks. A chunk with more than one reference is never
// written. Freed chunks are reused before new slabs are made; slabs go with the pool. Not thread safe.
#pragma once

#include "engine/base/check.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace squall::faults {

/// A chunk's number in its pool.
using chunk_id = std::uint32_t;
inline constexpr chunk_id no_chunk = 0xffff'ffffu;
inline constexpr std::size_t chunk_bytes = 1024;

class chunk_pool {
public:
  chunk_pool() = default;
  chunk_pool(const chunk_pool&) = delete;
  chunk_pool& operator=(const chunk_pool&) = delete;
  /// CHECKs that every chunk was released.
  ~chunk_pool();

  /// One reference to a chunk of undefined content.
  chunk_id take();
  void retain(chunk_id id) noexcept { ++references_[id]; }
  void release(chunk_id id) noexcept {
    if (--references_[id] == 0)
      free_.push_back(id);
  }
  bool shared(chunk_id id) const noexcept { return references_[id] > 1; }

  std::byte* data(chunk_id id) noexcept { return slabs_[id / slab_chunks].get() + id % slab_chunks * chunk_bytes; }
  const std::byte* data(chunk_id id) const noexcept {
    return slabs_[id / slab_chunks].get() + id % slab_chunks * chunk_bytes;
  }

  std::size_t chunks_in_use() const noexcept { return references_.size() - free_.size(); }
  std::size_t bytes_reserved() const noexcept { return slabs_.size() * slab_chunks * chunk_bytes; }

private:
  static constexpr std::size_t slab_chunks = 256;

  std::vector<std::unique_ptr<std::byte[]>> slabs_;
  std::vector<std::uint32_t> references_; ///< by chunk
  std::vector<chunk_id> free_;            ///< capacity for all chunks is reserved: releasing never allocates
};

} // namespace squall::faults
