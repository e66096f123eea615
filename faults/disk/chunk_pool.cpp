#include "faults/disk/chunk_pool.hpp"

namespace squall::faults {

chunk_pool::~chunk_pool() { CHECK(chunks_in_use() == 0); }

chunk_id chunk_pool::take() {
  if (free_.empty()) {
    slabs_.push_back(std::make_unique<std::byte[]>(slab_chunks * chunk_bytes));
    const std::size_t first = references_.size();
    CHECK(first + slab_chunks < (std::size_t{1} << 31));
    references_.resize(first + slab_chunks, 0);
    free_.reserve(references_.size());
    // Highest first, so that chunks are handed out in ascending order.
    for (std::size_t i = slab_chunks; i > 0; --i)
      free_.push_back(static_cast<chunk_id>(first + i - 1));
  }
  const chunk_id id = free_.back();
  free_.pop_back();
  references_[id] = 1;
  return id;
}

} // namespace squall::faults
