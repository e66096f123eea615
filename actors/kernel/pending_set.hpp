// The set of pending events, in the order (time, order, time of scheduling).
//
// A timing wheel (Varghese and Lauck: "Hashed and hierarchical timing wheels", SOSP 1987) in three levels: a ring of narrow
// buckets, of which only the one that is being emptied is sorted; a ring of wide ones for what lies beyond; and a heap for
// what lies beyond that. It knows which bucket comes next, so it fetches that bucket's events into the cache while the
// present one's are delivered. Adding, taking and cancelling are O(1) up to the second ring's horizon (minutes), O(log n)
// past it; any time up to 2^63 ns is correct.
//
// `Slab` holds the events: dead(slot), release(slot), before(slot, slot), prefetch(slot). A cancelled event's key stays until
// its turn comes or until such keys outnumber the live ones, whichever is first.
#pragma once

#include "actors/kernel/bucket_ring.hpp"
#include "engine/base/check.hpp"
#include "engine/base/time.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace squall::actors {

/// A width of bucket that suits `nodes` nodes with about one message in flight each and latencies around 100 ms.
constexpr std::uint32_t bucket_log2_for(std::uint32_t nodes) noexcept {
  const auto width = static_cast<std::uint64_t>(1600 * millisecond_ns / std::max<duration_ns>(nodes, 1));
  return std::clamp(static_cast<std::uint32_t>(std::bit_width(width)) - 1, 14u, 21u);
}

template <class Slab>
class pending_set {
public:
  static constexpr std::uint32_t none = ~0u;

  /// `bucket_log2`: a narrow bucket spans 2^bucket_log2 ns; best if a few events fall into each.
  pending_set(Slab& slab, std::uint32_t bucket_log2)
      : slab_(slab), bucket_log2_(bucket_log2), near_(chunks_, near_log2), wide_(chunks_, wide_log2) {}
  pending_set(const pending_set&) = delete;
  pending_set& operator=(const pending_set&) = delete;

  /// Precondition: at >= 0.
  void push(time_ns at, std::uint64_t order, std::uint32_t slot) {
    ++live_;
    place(pending_key::make(static_cast<std::uint64_t>(at), order, slot));
  }

  /// Removes the first live event and returns its slot, or `none` if there is none at or before `limit`. `open(slot)` is
  /// called for each event of a bucket that is about to be delivered, for the caller to prefetch what it will need.
  template <class Open>
  std::uint32_t pop(time_ns limit, Open open) {
    for (;;) {
      const bool in_active = next_ < active_.size();
      if (!in_active && late_.empty()) {
        if (!open_next(static_cast<std::uint64_t>(limit) >> bucket_log2_, open))
          return none;
        continue;
      }
      const bool from_late = !late_.empty() && (!in_active || before(late_.front(), active_[next_]));
      const pending_key key = from_late ? late_.front() : active_[next_];
      if (key.at > static_cast<std::uint64_t>(limit))
        return none;
      if (from_late)
        drop_first(late_, [this](const pending_key& x, const pending_key& y) { return before(y, x); });
      else
        ++next_;
      if (!slab_.dead(key.slot())) [[likely]] {
        --live_;
        return key.slot();
      }
      slab_.release(key.slot());
      --dead_;
    }
  }

  /// Tells that an event that was pushed is now `dead`. Its slot is released by this set.
  void cancelled() {
    --live_;
    ++dead_;
    if (dead_ > live_ + dead_slack)
      sweep();
  }

  std::size_t size() const noexcept { return live_; }
  /// Keys held for cancelled events.
  std::size_t dead() const noexcept { return dead_; }

private:
  static constexpr std::uint32_t near_log2 = 13;
  static constexpr std::uint32_t wide_log2 = 13;
  static constexpr std::uint32_t granule_log2 = 10; ///< narrow buckets in a wide one
  static constexpr std::uint64_t granule = 1u << granule_log2;
  static constexpr std::size_t dead_slack = 1024;
  static constexpr std::size_t insertion_max = 24;
  static constexpr std::uint32_t preview_max = 32;

  static bool same_rank(const pending_key& x, const pending_key& y) noexcept {
    return x.at == y.at && (x.tag ^ y.tag) >> 24 == 0;
  }
  static bool key_less(const pending_key& x, const pending_key& y) noexcept {
    return x.at < y.at || (x.at == y.at && x.tag < y.tag);
  }
  bool before(const pending_key& x, const pending_key& y) const noexcept {
    return same_rank(x, y) ? slab_.before(x.slot(), y.slot()) : key_less(x, y);
  }

  void place(pending_key key) {
    const std::uint64_t bucket = key.at >> bucket_log2_;
    if (bucket > current_ && bucket < edge_) [[likely]] {
      near_.add(bucket, key);
    } else if (bucket <= current_) {
      late_.push_back(key);
      std::push_heap(late_.begin(), late_.end(),
                     [this](const pending_key& x, const pending_key& y) { return before(y, x); });
    } else if (bucket >> granule_log2 < wide_end()) {
      wide_.add(bucket >> granule_log2, key);
    } else {
      far_.push_back(key);
      std::push_heap(far_.begin(), far_.end(), later);
    }
  }
  static bool later(const pending_key& x, const pending_key& y) noexcept { return x.at > y.at; }
  std::uint64_t wide_end() const noexcept { return (edge_ >> granule_log2) + (1u << wide_log2); }

  template <class Less>
  static void drop_first(std::vector<pending_key>& heap, Less less) {
    std::pop_heap(heap.begin(), heap.end(), less);
    heap.pop_back();
  }

  /// Makes the next non-empty narrow bucket the current one, unless it begins after the bucket `limit`.
  template <class Open>
  bool open_next(std::uint64_t limit, Open open) {
    for (;;) {
      const std::uint32_t skip = near_.distance(current_ + 1);
      if (skip != bucket_ring::none) {
        if (current_ + 1 + skip > limit)
          return false;
        current_ += 1 + skip;
        load(open);
        return true;
      }
      std::uint64_t wide = 0;
      if (!next_wide(wide) || wide << granule_log2 > limit)
        return false;
      current_ = std::max(current_, (wide << granule_log2) - 1);
      edge_ = wide << granule_log2;
      advance_edge();
    }
  }

  bool next_wide(std::uint64_t& index) const noexcept {
    const std::uint64_t first = edge_ >> granule_log2;
    const std::uint32_t skip = wide_.distance(first);
    if (skip != bucket_ring::none)
      index = first + skip;
    else if (!far_.empty())
      index = far_.front().at >> bucket_log2_ >> granule_log2;
    else
      return false;
    return true;
  }

  /// Moves what the next wide bucket holds to the narrow ones, and what the wide ring can now hold there.
  void advance_edge() {
    const std::uint64_t wide = edge_ >> granule_log2;
    edge_ += granule;
    wide_.take(wide, [this](pending_key key) { near_.add(key.at >> bucket_log2_, key); });
    while (!far_.empty() && far_.front().at >> bucket_log2_ >> granule_log2 < wide_end()) {
      const pending_key key = far_.front();
      drop_first(far_, later);
      place(key);
    }
  }

  template <class Open>
  void load(Open open) {
    active_.clear();
    next_ = 0;
    near_.take(current_, [this, &open](pending_key key) {
      active_.push_back(key);
      open(key.slot());
    });
    while (edge_ + granule - current_ <= 1u << near_log2)
      advance_edge();
    const std::uint32_t skip = near_.distance(current_ + 1);
    if (skip != bucket_ring::none) {
      std::uint32_t left = preview_max;
      near_.peek(current_ + 1 + skip, [this, &left](const pending_key& key) {
        if (left > 0) {
          --left;
          slab_.prefetch(key.slot());
        }
      });
      const std::uint32_t further = near_.distance(current_ + 2 + skip);
      if (further != bucket_ring::none)
        near_.prefetch(current_ + 2 + skip + further);
    }
    sort();
  }

  void sort() {
    if (active_.size() <= insertion_max) {
      for (std::size_t i = 1; i < active_.size(); ++i) {
        const pending_key key = active_[i];
        std::size_t j = i;
        for (; j > 0 && key_less(key, active_[j - 1]); --j)
          active_[j] = active_[j - 1];
        active_[j] = key;
      }
    } else {
      std::sort(active_.begin(), active_.end(), key_less);
    }
    // Keys of one rank are now in the order of their slots, which means nothing.
    for (std::size_t i = 1; i < active_.size(); ++i) {
      if (!same_rank(active_[i - 1], active_[i])) [[likely]]
        continue;
      std::size_t end = i + 1;
      while (end < active_.size() && same_rank(active_[i], active_[end]))
        ++end;
      std::sort(active_.begin() + static_cast<std::ptrdiff_t>(i) - 1,
                active_.begin() + static_cast<std::ptrdiff_t>(end),
                [this](const pending_key& x, const pending_key& y) { return slab_.before(x.slot(), y.slot()); });
      i = end;
    }
  }

  /// Drops the keys of all cancelled events.
  void sweep() {
    const auto is_dead = [this](const pending_key& key) {
      if (!slab_.dead(key.slot()))
        return false;
      slab_.release(key.slot());
      return true;
    };
    active_.erase(active_.begin(), active_.begin() + static_cast<std::ptrdiff_t>(next_));
    next_ = 0;
    std::erase_if(active_, is_dead);
    std::vector<pending_key> rest = std::move(late_);
    late_.clear();
    rest.insert(rest.end(), far_.begin(), far_.end());
    far_.clear();
    const auto collect = [&rest](pending_key key) { rest.push_back(key); };
    for (std::uint32_t skip = near_.distance(0); skip != bucket_ring::none; skip = near_.distance(0))
      near_.take(skip, collect);
    for (std::uint32_t skip = wide_.distance(0); skip != bucket_ring::none; skip = wide_.distance(0))
      wide_.take(skip, collect);
    for (const pending_key& key : rest)
      if (!is_dead(key))
        place(key);
    dead_ = 0;
  }

  Slab& slab_;
  std::uint32_t bucket_log2_;
  std::uint64_t current_ = 0;            ///< the narrow bucket in `active_`; all before it are empty
  std::uint64_t edge_ = 1u << near_log2; ///< first narrow bucket that the near ring does not hold; whole granules
  key_chunks chunks_;
  bucket_ring near_;
  bucket_ring wide_;
  std::vector<pending_key> far_;    ///< heap, earliest first
  std::vector<pending_key> active_; ///< the current bucket, sorted, from `next_` on
  std::size_t next_ = 0;
  std::vector<pending_key> late_; ///< heap of what was added to the current bucket or before it
  std::size_t live_ = 0;
  std::size_t dead_ = 0;
};

} // namespace squall::actors
