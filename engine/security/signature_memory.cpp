#include "engine/security/signature_memory.hpp"

#include "engine/base/check.hpp"
#include "engine/security/derive.hpp"

#include <sodium.h>

namespace squall::security {

namespace {

void add(crypto_generichash_state& state, std::string_view bytes) {
  CHECK(crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) == 0);
}

} // namespace

// Key and signature have fixed lengths, so nothing needs to part them from the message.
signature_memory::digest signature_memory::digest_of(std::string_view message, std::string_view signature,
                                                     std::string_view public_key) {
  CHECK(public_key.size() == crypto_sign_PUBLICKEYBYTES && signature.size() == crypto_sign_BYTES);
  require_sodium();
  digest out{};
  crypto_generichash_state state;
  CHECK(crypto_generichash_init(&state, nullptr, 0, out.size()) == 0);
  add(state, public_key);
  add(state, signature);
  add(state, message);
  CHECK(crypto_generichash_final(&state, out.data(), out.size()) == 0);
  return out;
}

bool signature_memory::knows(std::string_view message, std::string_view signature, std::string_view public_key) const {
  return good_.contains(digest_of(message, signature, public_key));
}

void signature_memory::note(std::string_view message, std::string_view signature, std::string_view public_key) {
  if (good_.size() >= noted_max)
    good_.clear();
  good_.insert(digest_of(message, signature, public_key));
}

} // namespace squall::security
