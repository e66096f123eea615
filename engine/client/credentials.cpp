#include "engine/client/credentials.hpp"

#include "engine/client/status_codes.hpp"

#include <algorithm>

namespace squall::client {

namespace {

using telemetry::fact_kind;
using telemetry::probe;
using telemetry::sabotage;

} // namespace

credentials::credentials(core& c)
    : core_(c), line_(c, {credentials_timer, purpose::credentials}), kept_(c.store->load_credentials()) {}

const security::key_pair& credentials::key() {
  if (key_.public_key.empty())
    key_ = security::derive_key_pair(kept_.key_seed, "device");
  return key_;
}

void credentials::start() {
  if (kept_.key_seed == 0) {
    // Durable before anybody hears of it: what the issuer binds to it must stay provable.
    kept_.key_seed = drawn(core_.config.entropy, {purpose::device_key, core_.config.device, 0}) | 1;
    core_.store->begin();
    core_.store->save_credentials(kept_);
    core_.store->commit();
  }
  if (!enrolled() || locked())
    return request();
  // The monotonic clock began anew; the wall clock is all there is. If it is wrong, the server will say so.
  schedule_refresh(std::clamp<duration_ns>(kept_.expires_wall - core_.now.wall, 0, kept_.lifetime));
}

void credentials::request() {
  ahead_ = false;
  enrolled() ? refresh() : enrol();
}

void credentials::enrol() {
  wire::EnrolRequest request;
  request.set_device(core_.config.device);
  request.set_user(core_.config.user);
  request.set_code(core_.config.enrolment_code);
  request.set_device_key(key().public_key);
  line_.send({core_.config.issuer, io::message_class::enrol, wire::message_kind::enrol_request}, request);
}

void credentials::refresh() {
  nonce_ = drawn(core_.config.entropy, {purpose::nonce, 0, nonces_++});
  wire::RefreshRequest request;
  request.set_device(core_.config.device);
  request.set_refresh_token(kept_.refresh_token);
  request.set_nonce(nonce_);
  request.set_proof(security::sign(security::refresh_proof_message(core_.config.device, kept_.refresh_token, nonce_),
                                   key(), core_.config.signatures));
  line_.send({core_.config.issuer, io::message_class::refresh, wire::message_kind::refresh_request}, request);
}

void credentials::schedule_refresh(duration_ns remaining) {
  ahead_ = true;
  line_.wait(std::max(remaining - core_.config.sync.refresh_ahead, remaining / 2));
}

void credentials::refused(std::uint32_t serial) {
  if (serial != serial_ || refused_)
    return;
  refused_ = true;
  if (line_.in_flight())
    return;
  core_.hit(probe::token_refreshed_after_401);
  // A token that was never good for anything: the clocks disagree, and asking faster will not help.
  if (proven_)
    request();
  else if (ahead_ || line_.idle()) {
    ahead_ = false;
    line_.back_off(serial_);
  }
}

void credentials::worked(std::uint32_t serial) noexcept {
  if (serial != serial_ || refused_)
    return;
  proven_ = true;
  line_.succeeded();
}

bool credentials::on_reply(std::uint64_t correlation, const wire::TokenResponse& reply) {
  // A refusal as a reused one costs a key: it has to be of this very request, as a grant has.
  const bool weighty = reply.status() == status_ok || reply.reason() == wire::REFUSED_REUSED;
  const bool mine = !line_.in_flight() || !enrolled() || reply.nonce() == nonce_ || !weighty;
  if (!mine || !line_.takes(correlation))
    return false;
  switch (reply.status()) {
    case status_ok:
      if (reply.access_token().empty() || reply.refresh_token().empty())
        break;
      obtained(reply);
      return true;
    case status_unauthorized:
    case status_forbidden:
      enrolled() && reply.reason() == wire::REFUSED_REUSED ? sign_in_anew() : declined();
      return false;
    default: break;
  }
  core_.hit(probe::issuer_unavailable);
  line_.back_off(serial_, bounded_retry_after(reply.retry_after_ms()));
  return false;
}

void credentials::obtained(const wire::TokenResponse& reply) {
  const bool by_refresh = enrolled();
  core_.store->begin();
  kept_.access_token = reply.access_token();
  kept_.refresh_token = reply.refresh_token();
  kept_.expires_wall = reply.expires_wall_ns();
  kept_.lifetime = std::max<duration_ns>(reply.expires_wall_ns() - reply.issued_wall_ns(), 0);
  set_locked(false);
  core_.store->save_credentials(kept_);
  if (by_refresh && core_.sabotaged(sabotage::refresh_drops_queue))
    core_.queue.erase_if([](const queued_intent&) { return true; });
  core_.store->commit();
  ++serial_;
  refused_ = proven_ = false;
  core_.report({.kind = fact_kind::token_obtained, .wall = kept_.expires_wall});
  schedule_refresh(kept_.lifetime);
}

void credentials::declined() {
  if (enrolled()) {
    core_.hit(probe::refresh_refused);
    if (!locked()) {
      core_.store->begin();
      set_locked(true);
      core_.store->save_credentials(kept_);
      core_.store->commit();
    }
  } else {
    core_.hit(probe::enrolment_refused);
  }
  line_.back_off(serial_);
}

/// Somebody else shows this device's tokens, so they are good for nobody. What nobody else can have is a key made now.
void credentials::sign_in_anew() {
  core_.hit(probe::enrolled_anew);
  core_.store->begin();
  const auto of_last = static_cast<std::uint32_t>(kept_.key_seed);
  kept_.key_seed = drawn(core_.config.entropy, {purpose::device_key, core_.config.device, of_last}) | 1;
  kept_.refresh_token.clear();
  kept_.access_token.clear();
  core_.store->save_credentials(kept_);
  if (core_.sabotaged(sabotage::enrolment_drops_queue))
    core_.queue.erase_if([](const queued_intent&) { return true; });
  core_.store->commit();
  key_ = {};
  line_.back_off(serial_);
}

void credentials::set_locked(bool locked) {
  if (kept_.locked == locked)
    return;
  kept_.locked = locked;
  core_.report({.kind = fact_kind::queue_locked, .code = static_cast<std::uint8_t>(locked)});
}

void credentials::on_timer(std::uint64_t generation) {
  const bool timed_out = line_.in_flight();
  if (!line_.fired(generation))
    return;
  if (timed_out) {
    core_.hit(probe::client_request_timed_out);
    return line_.back_off(serial_);
  }
  if (ahead_)
    core_.hit(probe::token_refreshed_ahead);
  request();
}

void credentials::hurry(duration_ns delay) {
  if (line_.now() == channel::phase::waiting && !ahead_)
    line_.wait(delay);
}

} // namespace squall::client
