// A device's credentials: enrolled once, then refreshed ahead of expiry or when the server refused the token. One request
// at a time; whoever needs a token meanwhile waits. Nothing here ever touches the queue: not a refusal, which locks it, and not
// an enrolment with a new key, after the issuer saw somebody reuse a refresh token.
//
// When to refresh is counted on the monotonic clock from the token's lifetime, as the issuer gave it: a wall clock that is
// wrong or steps costs at most one refresh.
#pragma once

#include "engine/client/channel.hpp"
#include "engine/security/token.hpp"

#include <string>

namespace squall::client {

inline constexpr io::timer_id credentials_timer = 3;

class credentials {
public:
  explicit credentials(core& c);

  bool enrolled() const noexcept { return !kept_.refresh_token.empty(); }
  /// A refresh was refused; the queue waits.
  bool locked() const noexcept { return kept_.locked; }
  /// There is a token that nobody refused yet.
  bool usable() const noexcept { return enrolled() && !refused_ && !kept_.locked; }

  const std::string& token() const noexcept { return kept_.access_token; }
  /// Counts the tokens of this start: says which one a request went out with.
  std::uint32_t serial() const noexcept { return serial_; }

  void start();
  /// The server refused token `serial` as expired or unknown.
  void refused(std::uint32_t serial);
  /// The server took token `serial`.
  void worked(std::uint32_t serial) noexcept;

  /// True if there is a new token.
  bool on_reply(std::uint64_t correlation, const wire::TokenResponse& reply);
  void on_timer(std::uint64_t generation);
  /// The network is back: a wait for a retry ends early.
  void hurry(duration_ns delay);

private:
  void request();
  void enrol();
  void refresh();
  void schedule_refresh(duration_ns remaining);
  void obtained(const wire::TokenResponse& reply);
  void declined();
  void sign_in_anew();
  void set_locked(bool locked);
  const security::key_pair& key();

  core& core_;
  channel line_;
  durable_credentials kept_;
  security::key_pair key_;
  bool refused_ = false; ///< the server refused the token that there is
  bool proven_ = false;  ///< the server took the token that there is
  bool ahead_ = false;   ///< the timer that runs is the one of the refresh ahead of expiry
  std::uint32_t serial_ = 0;
  std::uint32_t nonces_ = 0;
  std::uint64_t nonce_ = 0;
};

} // namespace squall::client
