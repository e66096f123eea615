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
  kernel& host = seat_.host;
  if (&element == &host.delivery_) [[likely]] {
    if (!awaited_responses_.empty())
      return caf::invoke_message_result::skipped;
    current_element_ = &element;
    host.envelope_.taken = true;
    handle(*this, *host.envelope_.event);
    return caf::invoke_message_result::consumed;
  }
  if (awaited_responses_.empty() && element.content().match_elements<deferred_event>()) {
    current_element_ = &element;
    handle(*this, *element.content().get_as<deferred_event>(0).event);
    return caf::invoke_message_result::consumed;
  }
  return caf::event_based_actor::consume(element);
}

caf::behavior node::make_behavior() {
  return {[](caf::unit_t) {}};
}

} // namespace squall::actors
