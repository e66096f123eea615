#pragma once

namespace squall::actors {

/// Starts to bring a cache line near. The empty statement keeps it: a compiler takes a function that only prefetches for one
/// that does nothing, and drops its calls.
inline void prefetch_line(const void* address) noexcept {
  __builtin_prefetch(address);
  asm volatile("");
}

} // namespace squall::actors
