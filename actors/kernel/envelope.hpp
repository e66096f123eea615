// The two forms in which an event reaches a node's actor.
#pragma once

#include "actors/kernel/event.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <memory>

namespace squall::actors {

/// Content of the one mailbox element that carries every delivery of a kernel: the event stays in its slab.
struct envelope {
  kernel_event* event = nullptr;
  bool taken = false; ///< the node has handled it
};

/// An event whose node waits for the answer to a CAF request: it waits in the node's mailbox.
struct deferred_event {
  std::shared_ptr<kernel_event> event;
};

} // namespace squall::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(squall::actors::envelope)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(squall::actors::deferred_event)
