#include "engine/security/token.hpp"

#include "engine/base/check.hpp"
#include "engine/security/derive.hpp"
#include "engine/wire/serialize.hpp"

#include <sodium.h>

#include <algorithm>

namespace squall::security {

namespace {

// What is signed says what it is, so that no signature can pass for one of another kind.
constexpr std::string_view token_context = "squall access token 1:";
constexpr std::string_view proof_context = "squall refresh proof 1:";

unsigned char* bytes_of(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }
const unsigned char* bytes_of(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

std::string signed_part(std::string_view claims) { return std::string(token_context).append(claims); }

} // namespace

key_pair derive_key_pair(std::uint64_t seed, std::string_view purpose) {
  const std::string key_seed = derive_bytes(seed, std::string("key pair:").append(purpose), crypto_sign_SEEDBYTES);
  key_pair out{std::string(crypto_sign_PUBLICKEYBYTES, '\0'), std::string(crypto_sign_SECRETKEYBYTES, '\0')};
  CHECK(crypto_sign_seed_keypair(bytes_of(out.public_key), bytes_of(out.secret_key), bytes_of(key_seed)) == 0);
  return out;
}

std::string sign(std::string_view message, const key_pair& key, signature_memory* memory) {
  CHECK(key.secret_key.size() == crypto_sign_SECRETKEYBYTES);
  require_sodium();
  std::string signature(crypto_sign_BYTES, '\0');
  CHECK(crypto_sign_detached(bytes_of(signature), nullptr, bytes_of(message), message.size(),
                             bytes_of(key.secret_key)) == 0);
  if (memory)
    memory->note(message, signature, key.public_key);
  return signature;
}

bool verify(std::string_view message, std::string_view signature, std::string_view public_key,
            signature_memory* memory) {
  if (signature.size() != crypto_sign_BYTES || public_key.size() != crypto_sign_PUBLICKEYBYTES)
    return false;
  if (memory && memory->knows(message, signature, public_key))
    return true;
  require_sodium();
  if (crypto_sign_verify_detached(bytes_of(signature), bytes_of(message), message.size(), bytes_of(public_key)) != 0)
    return false;
  if (memory)
    memory->note(message, signature, public_key);
  return true;
}

std::string sign_token(const wire::TokenClaims& claims, const key_pair& key, signature_memory* memory) {
  wire::SignedToken token;
  token.set_claims(wire::serialize(claims));
  token.set_signature(sign(signed_part(token.claims()), key, memory));
  return wire::serialize(token);
}

result<wire::TokenClaims> verify_token(std::string_view token, std::string_view public_key, signature_memory* memory) {
  wire::SignedToken parsed;
  if (!wire::parse(token, parsed))
    return error{errc::corrupt, "an access token does not parse"};
  if (!verify(signed_part(parsed.claims()), parsed.signature(), public_key, memory))
    return error{errc::unauthorized, "an access token's signature is not its issuer's"};
  wire::TokenClaims claims;
  if (!wire::parse(parsed.claims(), claims))
    return error{errc::corrupt, "an access token's claims do not parse"};
  return claims;
}

result<std::uint32_t> key_named_by(std::string_view token) {
  wire::SignedToken parsed;
  wire::TokenClaims claims;
  if (!wire::parse(token, parsed) || !wire::parse(parsed.claims(), claims))
    return error{errc::corrupt, "an access token does not parse"};
  return std::max(claims.key_id(), 1u); // early issuers had one key, and did not number it
}

std::string refresh_proof_message(std::uint32_t device, std::string_view refresh_token, std::uint64_t nonce) {
  std::string out(proof_context);
  append_little_endian(out, device);
  append_little_endian(out, nonce);
  return out.append(refresh_token);
}

} // namespace squall::security
