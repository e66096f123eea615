// Where events live between their scheduling and their delivery: two cache lines a cell, in blocks that never move, so that a
// handler may schedule while it still reads its own event. Cells are reused, the last one freed first; an event without bytes
// never allocates once the slab has grown to the run's high-water mark.
#pragma once

#include "actors/kernel/event.hpp"
#include "actors/kernel/prefetch.hpp"
#include "engine/base/check.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace squall::actors {

class event_slab {
public:
  /// The pending set packs a slot into 24 bits.
  static constexpr std::uint32_t slots_max = 1u << 24;

  kernel_event& operator[](std::uint32_t slot) noexcept { return cell_at(slot).event; }
  const kernel_event& operator[](std::uint32_t slot) const noexcept { return cell_at(slot).event; }

  /// A cell for a new event, its members zero and empty. Cells in use are bounded by `slots_max` (CHECKed).
  event_handle acquire() {
    if (free_ == none)
      grow();
    const std::uint32_t slot = free_;
    cell& c = cell_at(slot);
    free_ = c.serial;
    c.serial = serial_++;
    kernel_event& e = c.event;
    e.a = e.b = e.c = e.d = e.e = e.f = e.g = e.h = 0;
    return {slot, ++c.generation};
  }
  /// Whether `handle` names an event that is neither delivered nor cancelled.
  bool live(event_handle handle) const noexcept {
    return handle.generation % 2 == 1 && handle.slot < capacity_ &&
           cell_at(handle.slot).generation == handle.generation;
  }
  /// Makes every handle of this event stale. The cell stays taken until `release`.
  void retire(std::uint32_t slot) noexcept { ++cell_at(slot).generation; }
  /// Precondition: the slot was acquired and retired.
  void release(std::uint32_t slot) noexcept {
    cell& c = cell_at(slot);
    if (c.event.bytes.capacity() > inline_bytes)
      std::string().swap(c.event.bytes);
    else
      c.event.bytes.clear();
    c.serial = free_;
    free_ = slot;
  }

  /// Calls `see(const kernel_event&)` for each event that is neither delivered nor cancelled, in slot order.
  template <class See>
  void each_live(See see) const {
    for (std::uint32_t slot = 0; slot < capacity_; ++slot)
      if (const cell& c = cell_at(slot); c.generation % 2 == 1)
        see(c.event);
  }

  /// The same with each event's handle: `see(event_handle, const kernel_event&)`.
  template <class See>
  void each_live_handle(See see) const {
    for (std::uint32_t slot = 0; slot < capacity_; ++slot)
      if (const cell& c = cell_at(slot); c.generation % 2 == 1)
        see(event_handle{slot, c.generation}, c.event);
  }

  // -- what the pending set asks for -----------------------------------------------------------------------------------

  bool dead(std::uint32_t slot) const noexcept { return cell_at(slot).generation % 2 == 0; }
  /// Decides between two events of one instant whose keys do not tell them apart.
  bool before(std::uint32_t x, std::uint32_t y) const noexcept {
    const cell& a = cell_at(x);
    const cell& b = cell_at(y);
    if (a.event.order != b.event.order)
      return a.event.order < b.event.order;
    return static_cast<std::int32_t>(a.serial - b.serial) < 0;
  }
  void prefetch(std::uint32_t slot) const noexcept {
    const char* line = reinterpret_cast<const char*>(&cell_at(slot));
    prefetch_line(line);
    prefetch_line(line + 64);
  }

private:
  static constexpr std::uint32_t none = ~0u;
  static constexpr std::uint32_t block_log2 = 10;
  static constexpr std::size_t inline_bytes = 15; ///< libstdc++ keeps so many in the string itself

  struct alignas(64) cell {
    kernel_event event;
    std::uint32_t generation = 0; ///< odd while the event is pending
    std::uint32_t serial = 0;     ///< in use: order of scheduling, wrapping; free: the next free slot
  };
  static_assert(sizeof(cell) == 128, "two cache lines");

  cell& cell_at(std::uint32_t slot) noexcept { return blocks_[slot >> block_log2][slot & ((1u << block_log2) - 1)]; }
  const cell& cell_at(std::uint32_t slot) const noexcept {
    return blocks_[slot >> block_log2][slot & ((1u << block_log2) - 1)];
  }
  void grow();

  std::vector<std::unique_ptr<cell[]>> blocks_;
  std::uint32_t capacity_ = 0;
  std::uint32_t free_ = none;
  std::uint32_t serial_ = 0;
};

} // namespace squall::actors
