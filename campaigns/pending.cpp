#include "campaigns/pending.hpp"

#include <string>

namespace squall::campaigns {

namespace {

const char* reason_of(std::uint8_t code) {
  using enum history::pending_code;
  switch (static_cast<history::pending_code>(code)) {
    case none: break;
    case not_enrolled: return "not enrolled";
    case queue_locked: return "queue locked";
    case token_invalid: return "token invalid";
    case resync_running: return "resync running";
    case queue_not_empty: return "queue not empty";
    case cursor_behind: return "cursor behind";
    case down: return "down";
    case revoked: return "revoked";
  }
  return "unknown";
}

} // namespace

void pending_list::append(std::span<const history::entry> entries, const history::name_table&) {
  for (const history::entry& e : entries) {
    if (e.kind != history::entry_kind::pending)
      continue;
    auto& pending = *all_.Add();
    pending.set_device(e.actor == 0 ? "server" : e.actor > devices_ ? "issuer" : "d" + std::to_string(e.actor));
    pending.set_reason(reason_of(e.code));
  }
}

} // namespace squall::campaigns
