// What the issuer remembers of each device: the keys that it enrolled with, and which refresh tokens of each are good.
// Refresh tokens are numbered; the token itself is derived from its number, so the store holds no secret.
//
// A lost reply must never lock a device out. So a new token takes over only when it is first used: until then the one
// before it is good too, and leads to the same new token. Likewise a new key: older ones go when it is first used.
// Not thread safe.
#pragma once

#include "engine/store/sqlite.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace squall::security {

/// One key of one device.
struct credential {
  std::uint32_t device = 0;
  std::string key;            ///< the device's public key
  std::uint64_t enrolled = 0; ///< number of the token that it enrolled with: later keys have higher ones
  std::uint64_t current = 0;  ///< number of the newest refresh token
  std::uint64_t previous = 0; ///< number of the one before it, still good; 0: none, the key was never used
};

class credential_store {
public:
  /// Keys of one device that are kept at most; the oldest one that was never used goes first.
  static constexpr std::size_t keys_max = 4;

  /// Errors: `storage`, `corrupt`, `unsupported` (a newer store version).
  static result<std::unique_ptr<credential_store>> open(const store::open_options& options);

  /// All keys of the device, in order of enrolment. Errors: `storage`, `corrupt`.
  result<std::vector<credential>> find(std::uint32_t device);

  /// Enrols a key, or finds it enrolled. Durable on return. Errors: `storage`, `corrupt`, `in_doubt`.
  result<credential> enrol(std::uint32_t device, std::string_view key);

  /// The current token is used for the first time: it becomes the previous one, and older keys go. Durable on return.
  /// Returns the credential as it is then. Errors: `storage`, `in_doubt`.
  result<credential> rotate(const credential& used);

private:
  explicit credential_store(std::unique_ptr<store::connection> db) : db_(std::move(db)) {}
  result<void> put(const credential& c);

  std::unique_ptr<store::connection> db_;
};

} // namespace squall::security
