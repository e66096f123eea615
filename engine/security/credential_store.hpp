// What the issuer remembers of each device: the keys that it enrolled with, which refresh tokens of each are good, and whether
// it is revoked; and which of the issuer's own signing keys are retired. Refresh tokens are numbered; the token itself is
// derived from its number, as a signing key is, so the store holds no secret.
//
// A lost reply must never lock a device out. So a new token takes over only when it is first used: until then the one
// before it is good too, and leads to the same new token. Likewise a new key: older ones go when it is first used.
// Not thread safe.
#pragma once

#include "engine/base/time.hpp"
#include "engine/store/sqlite.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace squall::security {

/// One key of one device.
struct credential {
  std::uint32_t device = 0;
  std::string key;            ///< the device's public key
  std::uint64_t enrolled = 0; ///< number of the token that it enrolled with: later keys have higher ones
  std::uint64_t current = 0;  ///< number of the newest refresh token
  std::uint64_t previous = 0; ///< number of the one before it, still good; 0: none, the key was never used
  bool reused = false;        ///< one of its older tokens was shown: none of them is good any more
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

  /// Voids the credential for all of its tokens. Durable on return. Errors: `storage`, `in_doubt`.
  result<void> mark_reused(const credential& c);

  bool revoked(std::uint32_t device) const { return revoked_.contains(device); }
  /// Revokes the device, or allows it again. Durable on return. Errors: `storage`, `in_doubt`.
  result<void> set_revoked(std::uint32_t device, bool revoked);

  /// When each retired signing key was retired, by the issuer's wall clock. Keys are numbered from 1; all but one are retired.
  const std::map<std::uint32_t, time_ns>& retired_keys() const noexcept { return retired_; }
  std::uint32_t signing_key() const noexcept { return retired_.empty() ? 1 : retired_.rbegin()->first + 1; }
  /// Retires the signing key; the next one is in use from now on. Durable on return. Errors: `storage`, `in_doubt`.
  result<void> retire_signing_key(time_ns wall);

private:
  explicit credential_store(std::unique_ptr<store::connection> db) : db_(std::move(db)) {}
  result<void> put(const credential& c);
  result<void> load();
  /// One statement in a transaction of its own, in a store that knows of such things.
  template <class Bind>
  result<void> administer(const char* sql, const Bind& bind);

  std::unique_ptr<store::connection> db_;
  bool administered_ = false; ///< it has the tables for what follows
  std::set<std::pair<std::uint32_t, std::string>> reused_;
  std::set<std::uint32_t> revoked_;
  std::map<std::uint32_t, time_ns> retired_;
};

} // namespace squall::security
