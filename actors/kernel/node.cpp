#include "actors/kernel/node.hpp"

#include "actors/kernel/envelope.hpp"
#include "actors/kernel/kernel.hpp"

namespace squall::actors {

namespace {

/// An exception in a handler is a bug; CAF would turn it into the end of the node and go on.
void handle(node& receiver, kernel_event& event) noexcept { receiver.on_event(event); }

} // namespace

node::node(caf::actor_config& config, node_seat seat) : caf::event_based_actor(config), seat_(seat) {}

caf::invoke_message_result node::consume(caf::mailbox_element& element) {
  // A delivery does not write `current_element_`, which is a cache line of its own: it is null while an event is handled.
  kernel& host = seat_.host;
  if (&element == &host.delivery_) [[likely]] {
    if (!awaited_responses_.empty())
      return caf::invoke_message_result::skipped;
    host.envelope_.taken = true;
    handle(*this, *host.envelope_.event);
    return caf::invoke_message_result::consumed;
  }
  if (awaited_responses_.empty() && element.content().match_elements<deferred_event>()) {
    handle(*this, *element.content().get_as<deferred_event>(0).event);
    return caf::invoke_message_result::consumed;
  }
  const auto result = caf::event_based_actor::consume(element);
  current_element_ = nullptr;
  return result;
}

caf::behavior node::make_behavior() {
  return {[](caf::unit_t) {}};
}

} // namespace squall::actors
