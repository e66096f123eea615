// The kernel: a virtual clock, the set of pending events, and the loop that delivers them to nodes. It owns the CAF actor
// system in which the nodes live, under a coordinator without threads, so that plain CAF messages and timers take part in
// the same order.
//
// Determinism: the same calls give the same deliveries, whatever ran in the process before and wherever memory lies.
// One thread; several kernels may exist one after another, not interleaved.
//
//   kernel k({.seed = 7});
//   my_node& n = k.spawn<my_node>(arguments...);    // my_node(caf::actor_config&, node_seat, arguments...)
//   auto [handle, event] = k.schedule({.at_ns = 5 * second_ns, .order = order_key(...), .receiver = n.index(), .kind = 3});
//   event.a = 42;
//   run_outcome outcome = k.run();
#pragma once

#include "actors/kernel/coordinator.hpp"
#include "actors/kernel/envelope.hpp"
#include "actors/kernel/event.hpp"
#include "actors/kernel/event_slab.hpp"
#include "actors/kernel/node.hpp"
#include "actors/kernel/pending_set.hpp"

#include <caf/actor_system.hpp>
#include <caf/mailbox_element.hpp>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace squall::actors {

inline constexpr time_ns end_of_time_ns = std::numeric_limits<time_ns>::max();

struct kernel_options {
  std::uint64_t seed = 0;                               ///< orders what CAF schedules; nodes bring their own order keys
  std::uint32_t nodes_expected = 1000;                  ///< tunes the pending set; any value is correct
  std::uint64_t events_per_instant_max = 1'000'000;     ///< more deliveries in one instant are a livelock
  std::uint64_t events_per_run_max = 1'000'000'000'000; ///< the same over the kernel's life
};

enum class run_end : std::uint8_t {
  idle,           ///< nothing is pending
  reached_time,   ///< the next event lies after the limit
  stopped,        ///< a node called `stop`
  instant_budget, ///< finding: too many deliveries in one instant
  run_budget,     ///< finding: too many deliveries
};

/// One who took part in what looped when a budget ran out, counted over the last deliveries before.
struct loop_member {
  static constexpr std::uint32_t mailbox_kind = std::numeric_limits<std::uint32_t>::max();

  node_index index = 0; ///< of a node; for other actors their CAF id
  std::string role;
  std::uint32_t kind = 0; ///< of the event; `mailbox_kind` for a plain CAF message
  std::uint64_t deliveries = 0;
};

struct run_outcome {
  run_end end = run_end::idle;
  std::uint64_t delivered = 0;   ///< by this call
  std::vector<loop_member> loop; ///< of a finding: most deliveries first
};

/// "events of one instant used up at 5.000000000 s: device 3 kind 2 (50 %), server 0 kind 4 (50 %)" for a finding, else
/// empty. `at_ns`: the kernel's `now_ns`.
std::string describe(const run_outcome& outcome, time_ns at_ns);

struct kernel_counts {
  std::uint64_t delivered = 0; ///< kernel events handed to nodes
  std::uint64_t resumed = 0;   ///< turns given to actors with CAF messages
  std::uint64_t scheduled = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t undeliverable = 0; ///< events whose node had quit
};

class kernel final : private timer_host {
public:
  explicit kernel(const kernel_options& options);
  /// Ends every actor that this kernel spawned. CHECKs that none is left running: an actor spawned past the kernel must
  /// have ended, or have been handed to `adopt`.
  ~kernel();
  kernel(const kernel&) = delete;
  kernel& operator=(const kernel&) = delete;

  // -- nodes -----------------------------------------------------------------------------------------------------------

  /// Makes a Node from (caf::actor_config&, node_seat, arguments...). It lives until the kernel ends.
  template <class Node, class... Ts>
  Node& spawn(Ts&&... arguments) {
    static_assert(std::is_base_of_v<node, Node>);
    const node_seat seat{*this, static_cast<node_index>(nodes_.size())};
    caf::actor actor = system_->spawn<Node, caf::lazy_init>(seat, std::forward<Ts>(arguments)...);
    auto& made = static_cast<Node&>(*caf::actor_cast<caf::abstract_actor*>(actor));
    admit(made, std::move(actor));
    return made;
  }
  /// Makes the kernel end `actor`, which a node spawned by CAF's own means, together with the nodes.
  void adopt(caf::actor actor);
  std::size_t node_count() const noexcept { return nodes_.size(); }
  /// Precondition: index < node_count().
  node& at(node_index index) { return *nodes_[index]; }
  /// For spawning plain CAF actors and sending to them. Its clock is `now_ns`.
  caf::actor_system& system() noexcept { return *system_; }

  // -- events ----------------------------------------------------------------------------------------------------------

  struct scheduled {
    event_handle handle;
    kernel_event& event; ///< to be filled in at once: it may be gone after the next call of `run`
  };

  /// Adds an event. O(1). Precondition: `place.receiver` is a node of this kernel.
  scheduled schedule(const event_place& place);
  /// Takes back an event that was not delivered yet; its bytes are freed at once. Returns whether it was pending: false for
  /// stale handles and for the event that is being delivered. O(1) amortised.
  bool cancel(event_handle handle);
  bool pending(event_handle handle) const noexcept { return slab_.live(handle); }
  /// Events scheduled and neither delivered nor cancelled, CAF timers among them.
  std::size_t pending_count() const noexcept { return pending_.size(); }

  // -- time ------------------------------------------------------------------------------------------------------------

  /// The instant of the event that is being delivered, or of the last one; `until_ns` after a run that reached it. Starts
  /// at 1, because CAF gives 0 a meaning of its own.
  time_ns now_ns() const noexcept { return now_ns_; }

  /// Delivers all events up to and including `until_ns`, one after another. Not from within a node.
  run_outcome run(time_ns until_ns = end_of_time_ns) { return deliver_all<false>(until_ns); }
  /// Delivers the next event, if there is one up to and including `until_ns`: ends as `stopped` then, else as `run` would.
  run_outcome step(time_ns until_ns = end_of_time_ns) { return deliver_all<true>(until_ns); }
  /// Delivers this event next, whatever else is due: at its own instant, at `at_ns` or now, whichever is last. What was due
  /// before stays pending and is late. Ends as `stopped`, or as a finding. Precondition: `handle` is pending. Not from
  /// within a node.
  run_outcome deliver_out_of_turn(event_handle handle, time_ns at_ns);
  /// Makes `run` return after the event that is being delivered.
  void stop() noexcept { stop_ = true; }

  const kernel_counts& counts() const noexcept { return counts_; }

  /// Calls `see(const kernel_event&)` for each pending event, in no order that means anything. Not from within a node.
  template <class See>
  void each_pending(See see) const {
    slab_.each_live(see);
  }
  /// The same, `see(event_handle, const kernel_event&)`.
  template <class See>
  void each_pending_handle(See see) const {
    slab_.each_live_handle(see);
  }

private:
  friend class node;

  template <bool Once>
  run_outcome deliver_all(time_ns until_ns);
  void admit(node& made, caf::actor actor);
  /// False if a budget does not allow it; the event then stays pending.
  bool deliver(std::uint32_t slot);
  caf::scheduled_actor::activation_result hand_over(node& receiver);
  void set_aside(node& receiver, kernel_event& event);
  bool drain_mailboxes();
  void end_all();

  // Budgets are counted in turns: deliveries of events, and messages that actors took from their mailboxes.
  void begin_instant(time_ns at_ns) noexcept;
  /// To be called when `turns_` has reached `fuse_`: true if a budget is used up, else the coming turn is to be watched.
  bool exhausted() const noexcept {
    return turns_ - instant_turns_ >= options_.events_per_instant_max || turns_ >= options_.events_per_run_max;
  }
  void watch_event(const kernel_event& event);
  void watch_mailbox();
  void watch(loop_member member);
  run_outcome finding();

  time_ns clock_now() const noexcept override { return now_ns_; }
  event_handle set_timer(time_ns at_ns, clock_timer timer) override;
  void cancel_timer(event_handle handle) override { cancel(handle); }

  kernel_options options_;
  time_ns now_ns_ = 1;
  std::uint64_t turns_ = 0;
  std::uint64_t instant_turns_ = 0; ///< `turns_` when the instant began
  std::uint64_t fuse_ = 0;
  bool running_ = false;
  bool stop_ = false;
  std::vector<node*> nodes_;
  event_slab slab_;
  pending_set<event_slab> pending_;
  kernel_counts counts_;
  envelope envelope_;
  caf::mailbox_element_view<envelope> delivery_{nullptr, caf::make_message_id(), {}, envelope_};
  quiet_config config_;
  std::unique_ptr<caf::actor_system> system_;
  coordinator* coordinator_ = nullptr;
  std::vector<caf::actor> owned_; ///< nodes and adopted actors
  std::vector<loop_member> watched_;
  std::uint64_t watched_turn_ = 0; ///< the last turn that was watched
};

} // namespace squall::actors
