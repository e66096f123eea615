#include "engine/client/channel.hpp"

#include <algorithm>

namespace squall::client {

std::size_t channel::send(const request& r, const google::protobuf::MessageLite& body) {
  // Drawn by this start's entropy: a reply to an earlier run of this device is stale too.
  correlation_ =
      drawn(core_.config.entropy, {purpose::correlation, static_cast<std::uint64_t>(line_.what), requests_++});
  phase_ = phase::in_flight;
  asks_server_ = r.to == core_.config.server;
  if (asks_server_)
    core_.gate.sent(core_.now.mono);
  set_timer(core_.config.sync.request_timeout);
  core_.out->sends.push_back({r.to, r.cls, wire::seal(body, {.kind = r.kind, .correlation = correlation_})});
  return core_.out->sends.size() - 1;
}

bool channel::ready_to_ask() {
  if (!idle() && !held_)
    return false;
  const duration_ns held = core_.held_back();
  if (held == 0) {
    if (held_)
      rest();
    return true;
  }
  if (!held_) {
    core_.hit(telemetry::probe::client_held_back);
    wait(held);
    held_ = true;
  }
  return false;
}

bool channel::takes(std::uint64_t correlation) {
  if (phase_ != phase::in_flight || correlation != correlation_) {
    core_.hit(telemetry::probe::client_stale_reply);
    return false;
  }
  phase_ = phase::idle;
  return true;
}

bool channel::fired(std::uint64_t generation) {
  if (generation != generation_ || !timer_set_)
    return false;
  timer_set_ = held_ = false;
  if (in_flight() && asks_server_)
    core_.gate.timed_out(core_.now.mono);
  phase_ = phase::idle;
  return true;
}

void channel::set_timer(duration_ns delay) {
  held_ = false;
  timer_set_ = true;
  core_.out->timers.push_back({line_.timer, ++generation_, std::max<duration_ns>(delay, 0)});
}

void channel::wait(duration_ns delay) {
  phase_ = phase::waiting;
  set_timer(delay);
}

void channel::back_off(std::uint64_t subject, duration_ns at_least) {
  core_.hit(telemetry::probe::client_retry);
  ++attempt_;
  const duration_ns delay =
      backoff_delay(core_.config.sync, core_.config.entropy, {line_.what, subject, attempt_}, core_.counts);
  wait(std::max(delay, at_least));
}

void channel::rest() {
  held_ = false;
  phase_ = phase::idle;
  if (timer_set_)
    core_.out->timers.push_back({line_.timer, ++generation_, io::timer_request::cancel});
  timer_set_ = false;
}

} // namespace squall::client
