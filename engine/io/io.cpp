#include "engine/io/io.hpp"

namespace squall::io {

const char* to_string(message_class cls) noexcept {
  switch (cls) {
    case message_class::other: return "other";
    case message_class::push: return "push";
    case message_class::push_reply: return "push_reply";
    case message_class::pull: return "pull";
    case message_class::page: return "page";
    case message_class::snapshot: return "snapshot";
    case message_class::snapshot_page: return "snapshot_page";
    case message_class::enrol: return "enrol";
    case message_class::enrol_reply: return "enrol_reply";
    case message_class::refresh: return "refresh";
    case message_class::refresh_reply: return "refresh_reply";
    case message_class::invalidation: return "invalidation";
  }
  return "?";
}

const char* to_string(pending_reason reason) noexcept {
  switch (reason) {
    case pending_reason::none: return "none";
    case pending_reason::not_enrolled: return "not_enrolled";
    case pending_reason::queue_locked: return "queue_locked";
    case pending_reason::token_invalid: return "token_invalid";
    case pending_reason::resync_running: return "resync_running";
    case pending_reason::queue_not_empty: return "queue_not_empty";
    case pending_reason::cursor_behind: return "cursor_behind";
  }
  return "?";
}

} // namespace squall::io
