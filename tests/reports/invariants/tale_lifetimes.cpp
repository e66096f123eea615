// What tales tell of fences, and of what is asked and told with pulls.
#include "tests/reports/invariants/tale.hpp"

namespace squall::told {

void tale::forgets(std::int64_t tombstones_for_ns, std::int64_t device_expires_after_ns) {
  plan.mutable_knobs()->set_tombstones_for_ns(tombstones_for_ns);
  plan.mutable_knobs()->set_device_expires_after_ns(device_expires_after_ns);
  mortal_ = true;
}

void tale::ask(std::uint32_t device) {
  if (!mortal_)
    return;
  const auto request = ++messages_;
  tell({.kind = entry_kind::message_sent, .actor = device, .message = request});
  tell({.kind = entry_kind::message_delivered, .peer = device, .message = request});
  tell({.kind = entry_kind::clock_read, .value = now_});
}

// A device makes the fence durable with its cursor.
void tale::told(std::uint32_t device) {
  auto& d = devices_[device];
  if (d.fence == fence_)
    return;
  d.fence = fence_;
  tell({.kind = entry_kind::fence_told, .actor = device, .s = fence_, .aux = generation_});
}

void tale::move_fence(std::uint32_t device, std::uint64_t s) {
  tick();
  ask(device);
  tell({.kind = entry_kind::fence_moved, .scope = 1, .s = s, .value = now_, .ref = fence_});
  fence_ = s;
}

void tale::resync(std::uint32_t device) {
  tick();
  ask(device);
  tell({.kind = entry_kind::page_served,
        .code = static_cast<std::uint8_t>(page_code::resync),
        .peer = device,
        .scope = 1,
        .s = devices_[device].cursor,
        .message = ++messages_,
        .value = static_cast<std::int64_t>(states_.size() - 1),
        .ref = devices_[device].cursor,
        .aux = generation_});
}

} // namespace squall::told
