// A ring of unsorted buckets of keys, with a two-level bitmap of those that are not empty: add and "next non-empty" are O(1).
// Keys lie in chunks of two cache lines from a pool that rings share. Part of the pending set.
#pragma once

#include "actors/kernel/prefetch.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

namespace squall::actors {

/// Sixteen bytes stand for an event: its time, the high 40 bits of its order, its slot.
struct pending_key {
  std::uint64_t at = 0;
  std::uint64_t tag = 0;

  std::uint32_t slot() const noexcept { return static_cast<std::uint32_t>(tag & 0xff'ffff); }
  static pending_key make(std::uint64_t at, std::uint64_t order, std::uint32_t slot) noexcept {
    return {at, (order & ~0xff'ffffull) | slot};
  }
};

class key_chunks {
public:
  static constexpr std::uint32_t none = ~0u;
  struct alignas(64) chunk {
    std::uint32_t next = none;
    std::uint32_t count = 0;
    std::array<pending_key, 7> keys{};
  };
  static_assert(sizeof(chunk) == 128);

  chunk& operator[](std::uint32_t i) noexcept { return chunks_[i]; }
  const chunk& operator[](std::uint32_t i) const noexcept { return chunks_[i]; }

  std::uint32_t acquire(std::uint32_t next) {
    if (free_ == none) {
      free_ = static_cast<std::uint32_t>(chunks_.size());
      chunks_.emplace_back();
    }
    const std::uint32_t i = free_;
    free_ = chunks_[i].next;
    chunks_[i].next = next;
    chunks_[i].count = 0;
    return i;
  }
  void release(std::uint32_t i) noexcept {
    chunks_[i].next = free_;
    free_ = i;
  }

private:
  std::vector<chunk> chunks_;
  std::uint32_t free_ = none;
};

class bucket_ring {
public:
  static constexpr std::uint32_t none = ~0u;

  /// Precondition: 12 <= size_log2 <= 18, so that the summary's words are full.
  bucket_ring(key_chunks& chunks, std::uint32_t size_log2)
      : chunks_(chunks), mask_((1u << size_log2) - 1), heads_(std::size_t{1} << size_log2, none),
        words_(heads_.size() / 64), summary_(words_.size() / 64) {}

  void add(std::uint64_t bucket, pending_key key) {
    const std::uint32_t i = static_cast<std::uint32_t>(bucket) & mask_;
    std::uint32_t head = heads_[i];
    if (head == none || chunks_[head].count == chunks_[head].keys.size()) {
      if (head == none) {
        words_[i >> 6] |= 1ull << (i & 63);
        summary_[i >> 12] |= 1ull << ((i >> 6) & 63);
      }
      head = heads_[i] = chunks_.acquire(head);
    }
    auto& chunk = chunks_[head];
    chunk.keys[chunk.count++] = key;
  }

  /// How many buckets after `from` the next non-empty one lies, going around once; `none` if all are empty.
  std::uint32_t distance(std::uint64_t from) const noexcept {
    const std::uint32_t start = static_cast<std::uint32_t>(from) & mask_;
    const std::uint32_t found = next_set(start);
    return found == none ? none : (found - start) & mask_;
  }

  /// Calls `f(key)` for each key of the bucket.
  template <class F>
  void peek(std::uint64_t bucket, F f) const {
    for (std::uint32_t c = heads_[static_cast<std::uint32_t>(bucket) & mask_]; c != none; c = chunks_[c].next)
      for (std::uint32_t i = 0; i < chunks_[c].count; ++i)
        f(chunks_[c].keys[i]);
  }
  /// As `peek`, and empties the bucket. `f` may add to other rings.
  template <class F>
  void take(std::uint64_t bucket, F f) {
    const std::uint32_t i = static_cast<std::uint32_t>(bucket) & mask_;
    std::uint32_t c = heads_[i];
    if (c == none)
      return;
    heads_[i] = none;
    if ((words_[i >> 6] &= ~(1ull << (i & 63))) == 0)
      summary_[i >> 12] &= ~(1ull << ((i >> 6) & 63));
    while (c != none) {
      for (std::uint32_t k = 0; k < chunks_[c].count; ++k)
        f(pending_key{chunks_[c].keys[k]});
      const std::uint32_t next = chunks_[c].next;
      chunks_.release(c);
      c = next;
    }
  }
  void prefetch(std::uint64_t bucket) const noexcept {
    const std::uint32_t c = heads_[static_cast<std::uint32_t>(bucket) & mask_];
    if (c == none)
      return;
    const char* line = reinterpret_cast<const char*>(&chunks_[c]);
    prefetch_line(line);
    prefetch_line(line + 64);
  }

private:
  std::uint32_t next_set(std::uint32_t from) const noexcept {
    const std::uint32_t word = from >> 6;
    if (const std::uint64_t bits = words_[word] & (~0ull << (from & 63)))
      return (word << 6) + static_cast<std::uint32_t>(std::countr_zero(bits));
    // The summary's word of `from` twice: first what lies after it, and in the end what lies before.
    const std::uint32_t count = static_cast<std::uint32_t>(summary_.size());
    std::uint32_t at = word >> 6;
    std::uint64_t bits = (word & 63) == 63 ? 0 : summary_[at] & (~0ull << ((word & 63) + 1));
    for (std::uint32_t turn = 0; turn <= count; ++turn) {
      if (bits != 0) {
        const std::uint32_t w = (at << 6) + static_cast<std::uint32_t>(std::countr_zero(bits));
        return (w << 6) + static_cast<std::uint32_t>(std::countr_zero(words_[w]));
      }
      at = at + 1 == count ? 0 : at + 1;
      bits = summary_[at];
    }
    return none;
  }

  key_chunks& chunks_;
  std::uint32_t mask_;
  std::vector<std::uint32_t> heads_;
  std::vector<std::uint64_t> words_;
  std::vector<std::uint64_t> summary_;
};

} // namespace squall::actors
