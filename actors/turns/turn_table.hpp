// The pending events of a run as turns: which of them may come next, and doing one of them, out of the order of time.
//
// A message may arrive at any time after it was sent; work of the server may go on at any time; a user acts at any time, in
// the order of the plan on each device, on records that are there to be seen. A timer is a turn where its device has
// something to gain (a change without a verdict, or news at the server) and
// - it waits for an answer that cannot come any more; or
// - it is a pause, and there is news at the server; or
// - it is the shortest pause of a device for which nothing is under way and which waits for no answer.
// Pauses beyond five minutes (the refresh of a token) are no turns.
//
// Time only moves on: a turn comes a millisecond after the last, or when it is due, whichever is later.
#pragma once

#include "actors/turns/turn.hpp"
#include "actors/world.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace squall::actors {

class turn_table {
public:
  explicit turn_table(world& shared) : world_(shared) {}

  /// Valid until the next call.
  const crossroads& look();
  /// Precondition: `index` is of the last `look`. Each is done once.
  run_outcome take(std::size_t index);
  void lose(std::size_t index);

private:
  struct pending {
    event_handle handle;
    const kernel_event* event = nullptr;
  };
  struct wish {
    bool unsettled = false; ///< it waits for verdicts or has not read all
    bool behind = false;    ///< of the server's head
  };

  void collect();
  wish wish_of(std::uint32_t device) const;
  bool under_way(std::uint64_t exchange) const;
  bool busy(std::uint32_t device) const;
  bool enabled(const kernel_event& timer) const;
  bool shortest_pause(const kernel_event& timer) const;
  bool may_wake(std::uint32_t device) const;
  turn turn_of(const kernel_event& event) const;
  std::uint32_t device_of(const kernel_event& event) const;
  run_outcome deliver(event_handle handle, time_ns at);
  /// Of the pending events for which `is` holds, the one with the lowest cause.
  template <class Is>
  std::optional<event_handle> first(Is is) const;

  world& world_;
  std::vector<pending> pending_;
  std::vector<wish> wishes_; ///< by device
  std::vector<std::pair<turn, event_handle>> found_;
  crossroads here_;
};

} // namespace squall::actors
