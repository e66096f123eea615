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
void tale::told(std::uint32_t device, std::uint32_t scope) {
  auto& fence = devices_[device].holds[scope].fence;
  if (fence == fences_[scope])
    return;
  fence = fences_[scope];
  tell({.kind = entry_kind::fence_told, .actor = device, .scope = scope, .s = fence, .aux = generation_});
}

void tale::move_fence(std::uint32_t device, std::uint64_t s, std::uint32_t scope) {
  tick();
  ask(device);
  tell({.kind = entry_kind::fence_moved, .scope = scope, .s = s, .value = now_, .ref = fences_[scope]});
  fences_[scope] = s;
}

void tale::resync(std::uint32_t device, std::uint32_t scope) {
  tick();
  ask(device);
  tell({.kind = entry_kind::page_served,
        .code = static_cast<std::uint8_t>(page_code::resync),
        .peer = device,
        .scope = scope,
        .s = devices_[device].cursor(scope),
        .message = ++messages_,
        .value = static_cast<std::int64_t>(states_.size() - 1),
        .ref = devices_[device].cursor(scope),
        .aux = generation_});
}

} // namespace squall::told
