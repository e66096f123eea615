// What the kernel delivers. A kernel event is small, lives in a slab and is delivered to exactly one node at one instant;
// timers, messages, plan actions and the steps of a server's work are all kernel events that differ in `kind`.
#pragma once

#include "engine/base/time.hpp"

#include <cstdint>
#include <string>

namespace squall::actors {

/// Dense index of a node in its kernel, in the order in which the nodes were spawned, from 0.
using node_index = std::uint32_t;

/// Where and when an event is delivered. Events of one instant are delivered in ascending `order`: a hash of the
/// event's cause, so that removing one event reorders no others. Equal `order`: as scheduled.
struct event_place {
  time_ns at_ns = 0; ///< an instant that has passed stands for now
  std::uint64_t order = 0;
  node_index receiver = 0;
  std::uint32_t kind = 0; ///< means what the receiver takes it to mean
};

/// An event in the slab. The scheduler of the event fills in `a` to `h` (zero unless set) and `bytes`; what they mean
/// depends on `kind`. The receiver may move `bytes` out.
struct kernel_event {
  time_ns at_ns = 0;
  std::uint64_t order = 0;
  std::uint32_t kind = 0;
  node_index receiver = 0;
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  std::uint64_t c = 0;
  std::uint64_t d = 0;
  std::uint64_t e = 0;
  std::uint64_t f = 0;
  std::uint64_t g = 0;
  std::uint64_t h = 0;
  std::string bytes;
};

/// Names one scheduled event for `kernel::cancel`. A handle of an event that was delivered or cancelled is stale and does
/// nothing, also after its slot serves another event. A default-made handle names none.
struct event_handle {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0; ///< odd where the handle names an event
  bool operator==(const event_handle&) const = default;
};

} // namespace squall::actors
