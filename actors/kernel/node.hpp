// Base of every actor that takes kernel events. A node is an ordinary CAF actor too: it may send and receive messages,
// install a behaviour, monitor and link. It runs only when its kernel runs it, on the kernel's one thread, never within
// another node's handler.
#pragma once

#include "actors/kernel/event.hpp"
#include "actors/kernel/prefetch.hpp"

#include <caf/event_based_actor.hpp>

#include <string_view>

namespace squall::actors {

class kernel;

/// A node's place in its kernel; `kernel::spawn` passes it to the node's constructor.
struct node_seat {
  kernel& host;
  node_index index;
};

/// Aligned, so that what a delivery touches of CAF's thousand bytes is four cache lines wherever the actor lies.
class alignas(64) node : public caf::event_based_actor {
public:
  node(caf::actor_config& config, node_seat seat);

  kernel& host() const noexcept { return seat_.host; }
  node_index index() const noexcept { return seat_.index; }

  /// Takes one event. `event` stays where it is until this returns. A call of `quit()` ends the node: further events for
  /// it are counted as undeliverable. Must not throw.
  virtual void on_event(kernel_event& event) = 0;

  /// How a finding names this node: "device", "server", ...
  virtual std::string_view role() const noexcept { return "node"; }

  using caf::event_based_actor::consume;
  /// Recognises the kernel's delivery and hands it to `on_event`; all else is CAF's. Not for use by nodes.
  caf::invoke_message_result consume(caf::mailbox_element& element) override;

  /// Brings what a delivery touches into the cache: flags, behaviours, the seat and the first members of the derived class.
  void prefetch() const noexcept {
    const char* behaviours = reinterpret_cast<const char*>(&bhvr_stack_);
    prefetch_line(this);
    prefetch_line(behaviours);
    prefetch_line(behaviours + 64);
    prefetch_line(&seat_);
  }

protected:
  /// Takes nothing from the mailbox. Overridden by nodes that talk to other actors by CAF messages.
  caf::behavior make_behavior() override;

private:
  alignas(64) node_seat seat_;
};

} // namespace squall::actors
