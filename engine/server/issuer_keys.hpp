// The issuer's signing keys as this server knows them: the first by its settings, later ones by asking the issuer, durably. Kept
// in memory, read at opening.
#pragma once

#include "engine/base/time.hpp"
#include "engine/io/io.hpp"
#include "engine/store/sqlite.hpp"
#include "engine/telemetry/counters.hpp"
#include "engine/wire/sync.pb.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace squall::server {

class issuer_keys {
public:
  struct settings {
    endpoint_id issuer;
    std::string first_key; ///< Ed25519 public key, number 1
  };
  issuer_keys(store::connection& db, telemetry::counters& counts, settings s)
      : db_(db), counts_(counts), settings_(std::move(s)) {}

  struct key {
    std::string public_key;
    std::optional<time_ns> retired; ///< by the issuer's wall clock
  };
  /// Null if it is not known.
  const key* find(std::uint32_t number) const;

  /// A token names a key that is not known: asks the issuer, but not more than once a second of the monotonic clock.
  void ask(time_ns mono, io::effects& out);
  /// What the issuer answered; keys never change, and retired ones stay retired. Durable on return. Result: true if something is new.
  /// Errors: `storage`, `in_doubt`.
  result<bool> learn(const wire::KeysResponse& told);

  result<void> load();

private:
  store::connection& db_;
  telemetry::counters& counts_;
  settings settings_;
  std::map<std::uint32_t, key> keys_;
  std::optional<time_ns> asked_;                     ///< since the start
  std::uint64_t questions_ = std::uint64_t{1} << 63; ///< correlations: no client's
};

} // namespace squall::server
