// The issuer of credentials: short-lived access tokens signed with Ed25519, and refresh tokens bound to a device's key. An
// administrator revokes devices here and allows them again; an operator rotates the signing key; servers ask for the keys.
// Sans-I/O: see engine/io/io.hpp. Keeps enrolments and refresh tokens in its own SQLite store: a restart forgets nothing.
// Not thread safe.
#pragma once

#include "engine/io/io.hpp"
#include "engine/store/sqlite.hpp"
#include "engine/telemetry/counters.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace squall::security {

class signature_memory;

/// A device that may enrol, and what its user may touch.
struct enrolment {
  std::uint32_t device = 0;
  std::uint32_t user = 0;
  std::string code;
  std::vector<std::uint32_t> scopes;
};

struct issuer_options {
  endpoint_id self;
  std::uint64_t key_seed = 0; ///< the signing key is derived from it
  std::vector<enrolment> enrolments;
  duration_ns access_lifetime = hour_ns;
  store::open_options store;
  signature_memory* signatures = nullptr; ///< of this process, if it has one; outlives the issuer
  telemetry::sabotage_set sabotages;
};

/// The first Ed25519 public key of an issuer with this seed; servers are configured with it, and ask for later ones.
std::string issuer_public_key(std::uint64_t key_seed);

class issuer {
public:
  static result<std::unique_ptr<issuer>> open(issuer_options o);
  ~issuer();

  void handle(const io::event& event, const clock_reading& now, io::effects& out);

  const telemetry::counters& counters() const;

private:
  struct impl;
  explicit issuer(std::unique_ptr<impl> i);
  std::unique_ptr<impl> impl_;
};

} // namespace squall::security
