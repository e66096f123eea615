// Access tokens and device proofs. Ed25519 and BLAKE2b from libsodium, with keys derived from given seeds: no ambient
// randomness.
#pragma once

#include "engine/base/ids.hpp"
#include "engine/base/result.hpp"
#include "engine/base/time.hpp"
#include "engine/security/signature_memory.hpp"
#include "engine/wire/sync.pb.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace squall::security {

struct key_pair {
  std::string public_key; ///< 32 bytes
  std::string secret_key; ///< 64 bytes
};

/// The key pair that this seed and purpose always give.
key_pair derive_key_pair(std::uint64_t seed, std::string_view purpose);

// `memory`, where there is one, learns what is signed and what is found good, and spares verifying it again.

std::string sign(std::string_view message, const key_pair& key, signature_memory* memory = nullptr);
bool verify(std::string_view message, std::string_view signature, std::string_view public_key,
            signature_memory* memory = nullptr);

/// `wire::SignedToken` bytes.
std::string sign_token(const wire::TokenClaims& claims, const key_pair& key, signature_memory* memory = nullptr);

/// The claims of a token whose signature is good. Expiry is the caller's to judge. Errors: `unauthorized`, `corrupt`.
result<wire::TokenClaims> verify_token(std::string_view token, std::string_view public_key,
                                       signature_memory* memory = nullptr);

/// The number of the key that a token says it was signed with: read, not believed. Errors: `corrupt`.
result<std::uint32_t> key_named_by(std::string_view token);

/// What a device signs to refresh.
std::string refresh_proof_message(std::uint32_t device, std::string_view refresh_token, std::uint64_t nonce);

} // namespace squall::security
