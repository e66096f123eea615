#include "engine/security/issuer.hpp"

#include "engine/base/hash.hpp"

#include "engine/security/credential_store.hpp"
#include "engine/security/derive.hpp"
#include "engine/security/token.hpp"
#include "engine/wire/codec.hpp"
#include "engine/wire/serialize.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace squall::security {

namespace {

using telemetry::probe;
using telemetry::sabotage;

constexpr std::size_t device_key_bytes = 32;
constexpr std::size_t refresh_token_bytes = 32;
constexpr std::uint32_t status_ok = 200, status_unauthorized = 401, status_unavailable = 503;

key_pair issuer_key_pair(std::uint64_t key_seed, std::uint32_t number) {
  std::string purpose = "issuer";
  if (number > 1)
    append_little_endian(purpose, number);
  return derive_key_pair(key_seed, purpose);
}

bool by_device(const enrolment& a, const enrolment& b) { return a.device < b.device; }

/// Whole milliseconds, rounded up: never sooner than asked for.
std::uint64_t milliseconds(duration_ns d) {
  return d <= 0 ? 0 : static_cast<std::uint64_t>((d + millisecond_ns - 1) / millisecond_ns);
}

/// Which of a credential's tokens was shown: one of the two good ones, or one that was good once.
enum class shown : std::uint8_t { none, current, previous, older };

} // namespace

std::string issuer_public_key(std::uint64_t key_seed) { return issuer_key_pair(key_seed, 1).public_key; }

struct issuer::impl {
  impl(issuer_options o, std::unique_ptr<credential_store> s)
      : options(std::move(o)), store(std::move(s)), counts(options.sabotages) {
    std::sort(options.enrolments.begin(), options.enrolments.end(), by_device);
    take_signing_key();
  }
  void take_signing_key() {
    key_id = store->signing_key();
    key = issuer_key_pair(options.key_seed, key_id);
  }

  /// One request, from its bytes to its reply.
  struct request {
    endpoint_id from;
    std::uint64_t correlation = 0;
    bool by_refresh = false;
    std::uint64_t nonce = 0;
    clock_reading now;
  };

  void receive(const io::received& event, const clock_reading& now, io::effects& out);
  result<void> enrol(const request& r, const wire::EnrolRequest& body, io::effects& out);
  result<void> refresh(const request& r, const wire::RefreshRequest& body, io::effects& out);
  result<void> refresh_with(const request& r, const credential& c, shown which, const enrolment& to, io::effects& out);
  void tell_keys(const request& r, io::effects& out) const;
  result<void> revoke(const io::revocation& what, io::effects& out);
  result<void> rotate_key(const clock_reading& now);
  static void settle(const result<void>& done, io::effects& out);

  const enrolment* find_enrolment(std::uint32_t device) const;
  std::string refresh_token(const credential& c, std::uint64_t number) const;
  shown match(const credential& c, std::string_view token);
  bool was_good(const credential& c, std::string_view token) const;

  void reply(const request& r, const wire::TokenResponse& body, io::effects& out);
  void issue(const request& r, const enrolment& to, const credential& c, io::effects& out);
  void refuse(const request& r, std::uint32_t status, io::effects& out, wire::RefusalReason why = wire::REFUSED,
              const credential* of = nullptr);

  issuer_options options;
  std::unique_ptr<credential_store> store;
  std::uint32_t key_id = 0; ///< of the key that signs
  key_pair key;
  telemetry::counters counts;
  io::availability available;
};

// -- requests ----------------------------------------------------------------------------------------------------------

void issuer::impl::receive(const io::received& event, const clock_reading& now, io::effects& out) {
  wire::frame frame;
  if (!wire::open(event.bytes, frame)) {
    counts.hit(probe::issuer_request_unreadable);
    return; // no honest answer to bytes that say nothing: the sender times out
  }
  request r{event.from, frame.correlation, frame.kind == wire::message_kind::refresh_request, 0, now};
  result<void> done;
  wire::EnrolRequest enrol_body;
  wire::RefreshRequest refresh_body;
  if (frame.kind == wire::message_kind::enrol_request && wire::parse(frame.body, enrol_body)) {
    done = enrol(r, enrol_body, out);
  } else if (r.by_refresh && wire::parse(frame.body, refresh_body)) {
    r.nonce = refresh_body.nonce();
    done = refresh(r, refresh_body, out);
  } else if (frame.kind == wire::message_kind::keys_request) {
    tell_keys(r, out);
  } else {
    counts.hit(probe::issuer_request_unreadable);
  }
  settle(done, out);
}

void issuer::impl::settle(const result<void>& done, io::effects& out) {
  if (done)
    return;
  out.clear();
  out.failed = done.err();
}

result<void> issuer::impl::enrol(const request& r, const wire::EnrolRequest& body, io::effects& out) {
  if (!available.serving) {
    refuse(r, status_unavailable, out);
    return {};
  }
  const enrolment* allowed = find_enrolment(body.device());
  if (allowed == nullptr || allowed->user != body.user() || allowed->code != body.code() ||
      body.device_key().size() != device_key_bytes) {
    counts.hit(probe::issuer_enrolment_refused);
    refuse(r, status_unauthorized, out);
    return {};
  }
  if (store->revoked(body.device())) {
    counts.hit(probe::revoked_refused);
    refuse(r, status_unauthorized, out, wire::REFUSED_REVOKED);
    return {};
  }
  auto c = store->enrol(body.device(), body.device_key());
  if (!c)
    return c.err();
  if (c->reused)
    refuse(r, status_unauthorized, out, wire::REFUSED_REUSED, &*c);
  else
    issue(r, *allowed, *c, out);
  return {};
}

result<void> issuer::impl::refresh(const request& r, const wire::RefreshRequest& body, io::effects& out) {
  if (!available.serving || available.refuse_refresh) {
    refuse(r, available.serving ? status_unauthorized : status_unavailable, out);
    return {};
  }
  auto known = store->find(body.device());
  if (!known)
    return known.err();
  const std::string message = refresh_proof_message(body.device(), body.refresh_token(), body.nonce());
  const enrolment* allowed = find_enrolment(body.device());
  for (const credential& c : *known) {
    shown which = match(c, body.refresh_token());
    const bool proven = which == shown::none || verify(message, body.proof(), c.key, options.signatures);
    // Looking through all that a credential ever had is for those who hold its key.
    if (which == shown::none && verify(message, body.proof(), c.key, options.signatures) &&
        was_good(c, body.refresh_token()))
      which = shown::older;
    if (which == shown::none || allowed == nullptr)
      continue;
    if (proven)
      return refresh_with(r, c, which, *allowed, out);
    counts.hit(probe::issuer_proof_refused);
    break;
  }
  counts.hit(probe::issuer_refresh_refused);
  refuse(r, status_unauthorized, out);
  return {};
}

/// The token is one of the credential's, and the device's key was proven.
result<void> issuer::impl::refresh_with(const request& r, const credential& c, shown which, const enrolment& to,
                                        io::effects& out) {
  if (which == shown::older && !c.reused) {
    counts.hit(probe::tokens_reused);
    if (counts.sabotaged(sabotage::reuse_not_detected)) {
      refuse(r, status_unauthorized, out);
      return {};
    }
    if (auto marked = store->mark_reused(c); !marked)
      return marked;
  }
  if (which == shown::older || c.reused) {
    // Said of an older credential, too: a late copy of an enrolment may have come after that of the key in use.
    refuse(r, status_unauthorized, out, wire::REFUSED_REUSED);
    return {};
  }
  if (store->revoked(to.device)) {
    counts.hit(probe::revoked_refused);
    if (!counts.sabotaged(sabotage::revoked_device_refreshes)) {
      refuse(r, status_unauthorized, out, wire::REFUSED_REVOKED);
      return {};
    }
  }
  if (which == shown::previous) {
    counts.hit(probe::issuer_previous_token_used);
    issue(r, to, c, out); // again the token whose first copy never arrived, or was not kept
    return {};
  }
  auto rotated = store->rotate(c);
  if (!rotated)
    return rotated.err();
  issue(r, to, *rotated, out);
  return {};
}

// -- administrators and operators --------------------------------------------------------------------------------------

result<void> issuer::impl::revoke(const io::revocation& what, io::effects& out) {
  if (store->revoked(what.device) == what.revoked)
    return {};
  if (auto done = store->set_revoked(what.device, what.revoked); !done)
    return done;
  out.facts.push_back({.kind = telemetry::fact_kind::device_revoked,
                       .code = static_cast<std::uint8_t>(what.revoked),
                       .endpoint = {what.device}});
  return {};
}

result<void> issuer::impl::rotate_key(const clock_reading& now) {
  if (auto done = store->retire_signing_key(now.wall); !done)
    return done;
  counts.hit(probe::issuer_key_rotated);
  take_signing_key();
  return {};
}

void issuer::impl::tell_keys(const request& r, io::effects& out) const {
  if (!available.serving)
    return; // whoever asks will ask again
  wire::KeysResponse body;
  for (std::uint32_t number = 1; number <= key_id; ++number) {
    wire::SigningKey& told = *body.add_keys();
    told.set_key_id(number);
    told.set_public_key(issuer_key_pair(options.key_seed, number).public_key);
    const auto retired = store->retired_keys().find(number);
    told.set_retired(retired != store->retired_keys().end());
    if (told.retired())
      told.set_retired_wall_ns(retired->second);
  }
  out.sends.push_back({r.from, io::message_class::keys_reply,
                       wire::seal(body, {.kind = wire::message_kind::keys_response, .correlation = r.correlation})});
}

// -- credentials -------------------------------------------------------------------------------------------------------

const enrolment* issuer::impl::find_enrolment(std::uint32_t device) const {
  const auto at =
      std::lower_bound(options.enrolments.begin(), options.enrolments.end(), enrolment{.device = device}, by_device);
  return at != options.enrolments.end() && at->device == device ? &*at : nullptr;
}

std::string issuer::impl::refresh_token(const credential& c, std::uint64_t number) const {
  std::string purpose = "refresh token:";
  append_little_endian(purpose, c.device);
  append_little_endian(purpose, number);
  return derive_bytes(options.key_seed, purpose.append(c.key), refresh_token_bytes);
}

shown issuer::impl::match(const credential& c, std::string_view token) {
  if (token == refresh_token(c, c.current))
    return shown::current;
  if (c.previous != 0 && token == refresh_token(c, c.previous) &&
      !counts.sabotaged(sabotage::rotation_forgets_previous))
    return shown::previous;
  return shown::none;
}

/// Of tokens before the two that are good.
bool issuer::impl::was_good(const credential& c, std::string_view token) const {
  for (std::uint64_t number = c.previous; number-- > c.enrolled;)
    if (token == refresh_token(c, number))
      return true;
  return false;
}

// -- replies -----------------------------------------------------------------------------------------------------------

void issuer::impl::reply(const request& r, const wire::TokenResponse& body, io::effects& out) {
  out.sends.push_back({r.from, r.by_refresh ? io::message_class::refresh_reply : io::message_class::enrol_reply,
                       wire::seal(body, {.kind = wire::message_kind::token_response, .correlation = r.correlation})});
}

void issuer::impl::issue(const request& r, const enrolment& to, const credential& c, io::effects& out) {
  wire::TokenClaims claims;
  claims.set_key_id(key_id);
  claims.set_user(to.user);
  claims.set_device(to.device);
  for (const std::uint32_t scope : to.scopes)
    claims.add_scopes(scope);
  claims.set_issued_wall_ns(r.now.wall);
  claims.set_expires_wall_ns(r.now.wall + options.access_lifetime);

  wire::TokenResponse body;
  body.set_status(status_ok);
  body.set_access_token(sign_token(claims, key, options.signatures));
  body.set_refresh_token(refresh_token(c, c.current));
  body.set_issued_wall_ns(claims.issued_wall_ns());
  body.set_expires_wall_ns(claims.expires_wall_ns());
  body.set_nonce(r.nonce);
  reply(r, body, out);
  out.facts.push_back({.kind = telemetry::fact_kind::token_issued,
                       .code = static_cast<std::uint8_t>(r.by_refresh ? 1 : 0),
                       .endpoint = r.from,
                       .sequence = content_hash(c.key),
                       .wall = claims.expires_wall_ns()});
}

void issuer::impl::refuse(const request& r, std::uint32_t status, io::effects& out, wire::RefusalReason why,
                          const credential* of) {
  wire::TokenResponse body;
  body.set_status(status);
  body.set_reason(why);
  if (status == status_unavailable)
    body.set_retry_after_ms(milliseconds(available.retry_after));
  body.set_nonce(r.nonce);
  reply(r, body, out);
  out.facts.push_back({.kind = telemetry::fact_kind::token_refused,
                       .code = static_cast<std::uint8_t>(status - 400),
                       .endpoint = r.from,
                       .sequence = of ? content_hash(of->key) : 0,
                       .aux = why == wire::REFUSED_REUSED ? 1u : 0u});
}

// -- issuer ------------------------------------------------------------------------------------------------------------

result<std::unique_ptr<issuer>> issuer::open(issuer_options o) {
  if (o.access_lifetime <= 0)
    return error{errc::invalid_argument, "the lifetime of access tokens must be above 0"};
  auto store = credential_store::open(o.store);
  if (!store)
    return store.err();
  return std::unique_ptr<issuer>(new issuer(std::make_unique<impl>(std::move(o), std::move(*store))));
}

issuer::issuer(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
issuer::~issuer() = default;

void issuer::handle(const io::event& event, const clock_reading& now, io::effects& out) {
  out.clear();
  if (const auto* message = std::get_if<io::received>(&event))
    impl_->receive(*message, now, out);
  else if (const auto* available = std::get_if<io::availability>(&event))
    impl_->available = *available;
  else if (const auto* what = std::get_if<io::revocation>(&event))
    impl_->settle(impl_->revoke(*what, out), out);
  else if (std::holds_alternative<io::key_rotation>(event))
    impl_->settle(impl_->rotate_key(now), out);
  else if (std::holds_alternative<io::local_change>(event))
    out.change = error{errc::invalid_argument, "an issuer has no records"};
}

const telemetry::counters& issuer::counters() const { return impl_->counts; }

} // namespace squall::security
