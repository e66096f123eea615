#include "actors/kernel/event_slab.hpp"
#include "actors/kernel/pending_set.hpp"
#include "engine/base/hash.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

namespace squall::actors {
namespace {

constexpr time_ns forever = std::numeric_limits<time_ns>::max();
constexpr duration_ns year_ns = 365 * 24 * hour_ns;

/// The pending set beside what it must be equal to: a sorted set of (time, order, serial).
class twin {
public:
  explicit twin(std::uint32_t bucket_log2) : pending_(slab_, bucket_log2) {}

  event_handle push(time_ns at, std::uint64_t order) {
    const event_handle handle = slab_.acquire();
    slab_[handle.slot].at_ns = at;
    slab_[handle.slot].order = order;
    pending_.push(at, order, handle.slot);
    const key k{at, order, serial_++};
    model_.insert(k);
    keys_.emplace(k, handle);
    handles_.push_back({handle, k});
    return handle;
  }
  /// Cancels the n-th event ever pushed, if it still waits.
  void cancel(std::size_t n) {
    if (handles_.empty())
      return;
    const auto& [handle, k] = handles_[n % handles_.size()];
    const bool waits = model_.erase(k) == 1;
    ASSERT_EQ(slab_.live(handle), waits);
    if (!waits)
      return;
    slab_.retire(handle.slot);
    pending_.cancelled();
  }
  /// Takes one event and compares; returns its time.
  std::optional<time_ns> pop(time_ns limit) {
    const std::uint32_t slot = pending_.pop(limit, [](std::uint32_t) {});
    if (model_.empty() || std::get<0>(*model_.begin()) > limit) {
      EXPECT_EQ(slot, pending_.none);
      return {};
    }
    const key first = *model_.begin();
    model_.erase(model_.begin());
    EXPECT_EQ(slot, keys_.at(first).slot);
    EXPECT_TRUE(slab_.live(keys_.at(first)));
    slab_.retire(slot);
    slab_.release(slot);
    return std::get<0>(first);
  }
  void drain() {
    while (pop(forever)) {
    }
    EXPECT_EQ(pending_.size(), 0u);
  }
  std::size_t size() const { return model_.size(); }
  const pending_set<event_slab>& pending() const { return pending_; }

private:
  using key = std::tuple<time_ns, std::uint64_t, std::uint64_t>;
  event_slab slab_;
  pending_set<event_slab> pending_;
  std::set<key> model_;
  std::map<key, event_handle> keys_;
  std::vector<std::pair<event_handle, key>> handles_;
  std::uint64_t serial_ = 0;
};

/// Delays as a simulation has them: none, within a bucket, within the narrow ring, the wide one, and far beyond.
rc::Gen<duration_ns> any_delay() {
  using rc::gen::inRange;
  return rc::gen::oneOf(inRange<duration_ns>(0, 3), inRange<duration_ns>(0, 100'000),
                        inRange<duration_ns>(0, 300 * millisecond_ns), inRange<duration_ns>(0, 10 * second_ns),
                        inRange<duration_ns>(0, 3 * hour_ns), inRange<duration_ns>(0, year_ns / 2));
}

/// Few values, values that differ only in the bits that the key leaves out, and all values.
rc::Gen<std::uint64_t> any_order() {
  return rc::gen::oneOf(rc::gen::inRange<std::uint64_t>(0, 4), rc::gen::inRange<std::uint64_t>(1ull << 24, 3ull << 24),
                        rc::gen::arbitrary<std::uint64_t>());
}

RC_GTEST_PROP(PendingSet, BehavesAsASortedSet, ()) {
  twin t(*rc::gen::inRange<std::uint32_t>(10, 22));
  time_ns now = 1;
  const int steps = *rc::gen::inRange(1, 400);
  for (int i = 0; i < steps; ++i) {
    switch (*rc::gen::weightedElement<int>({{5, 0}, {3, 1}, {2, 2}, {1, 3}})) {
      case 0: t.push(now + *any_delay(), *any_order()); break;
      case 1: now = t.pop(forever).value_or(now); break;
      case 2: t.cancel(*rc::gen::inRange<std::size_t>(0, 1000)); break;
      case 3: {
        const time_ns limit = now + *any_delay();
        now = t.pop(limit).value_or(limit);
        break;
      }
    }
    RC_ASSERT(t.pending().size() == t.size());
    RC_ASSERT(!::testing::Test::HasFailure());
  }
  t.drain();
  RC_ASSERT(!::testing::Test::HasFailure());
}

TEST(PendingSet, KeepsOrderOverManyEventsOfOneInstant) {
  twin t(16);
  for (std::uint64_t i = 0; i < 5000; ++i)
    t.push(7 * second_ns, mix(i, 1));
  for (std::uint64_t i = 0; i < 5000; ++i)
    t.push(7 * second_ns, 5); // all of one order: as scheduled
  t.drain();
}

TEST(PendingSet, TakesWhatIsAddedToTheInstantThatIsBeingEmptied) {
  twin t(16);
  for (std::uint64_t i = 0; i < 100; ++i)
    t.push(second_ns, mix(i, 2));
  for (std::uint64_t i = 0; i < 50; ++i) {
    EXPECT_EQ(t.pop(forever), second_ns);
    t.push(second_ns, mix(i, 3));
  }
  t.drain();
}

TEST(PendingSet, DoesNotRunAheadOfItsLimit) {
  twin t(16);
  t.push(10 * year_ns, 0);
  for (time_ns now = 1; now < 100 * second_ns; now += second_ns / 7) {
    while (t.pop(now)) {
    }
    t.push(now + 3 * second_ns, 1);
    t.push(now + 5, 1);
  }
  t.drain();
}

TEST(PendingSet, StepsOverCenturiesInOneGo) {
  twin t(14);
  for (int i = 0; i < 250; ++i)
    t.push(1 + i * year_ns, 0);
  t.push(forever - 1, 0);
  t.push(forever, 0);
  t.drain();
}

TEST(PendingSet, HoldsNoMoreCancelledThanLiveEvents) {
  twin t(16);
  t.push(year_ns, 0);
  for (std::size_t i = 1; i < 50'000; ++i) {
    t.push(hour_ns + static_cast<time_ns>(i), i);
    t.cancel(i);
    ASSERT_LE(t.pending().dead(), 2000u);
  }
  t.drain();
}

TEST(PendingSet, SweepsInTheMiddleOfABucket) {
  twin t(20);
  std::size_t pushed = 0;
  for (; pushed < 4000; ++pushed)
    t.push(second_ns + static_cast<time_ns>(pushed % 37), mix(pushed, 4));
  for (int i = 0; i < 300; ++i)
    t.pop(forever);
  for (std::size_t i = 0; i < 4000; i += 1)
    if (i % 3 != 0)
      t.cancel(i);
  t.push(second_ns, 9);
  t.drain();
}

TEST(EventSlab, TellsStaleHandlesFromLiveOnes) {
  event_slab slab;
  EXPECT_FALSE(slab.live({}));
  const event_handle first = slab.acquire();
  slab[first.slot].a = 7;
  slab[first.slot].bytes = std::string(100, 'x');
  slab.retire(first.slot);
  EXPECT_FALSE(slab.live(first));
  slab.release(first.slot);
  const event_handle second = slab.acquire();
  EXPECT_EQ(second.slot, first.slot);
  EXPECT_TRUE(slab.live(second));
  EXPECT_FALSE(slab.live(first));
  EXPECT_EQ(slab[second.slot].a, 0u);
  EXPECT_TRUE(slab[second.slot].bytes.empty());
}

TEST(EventSlab, DoesNotMoveEventsWhenItGrows) {
  event_slab slab;
  kernel_event* first = &slab[slab.acquire().slot];
  first->a = 11;
  for (int i = 0; i < 10'000; ++i)
    slab.acquire();
  EXPECT_EQ(first->a, 11u);
  EXPECT_EQ(first, &slab[0]);
}

} // namespace
} // namespace squall::actors
