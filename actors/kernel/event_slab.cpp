#include "actors/kernel/event_slab.hpp"

namespace squall::actors {

void event_slab::grow() {
  constexpr std::uint32_t count = 1u << block_log2;
  CHECK(capacity_ + count <= slots_max);
  blocks_.push_back(std::make_unique<cell[]>(count));
  // Lowest slot first, so that a fresh kernel hands them out in ascending order.
  for (std::uint32_t i = count; i-- > 0;) {
    blocks_.back()[i].serial = free_;
    free_ = capacity_ + i;
  }
  capacity_ += count;
}

} // namespace squall::actors
