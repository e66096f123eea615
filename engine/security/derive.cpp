#include "engine/security/derive.hpp"

#include "engine/base/check.hpp"

#include <sodium.h>

namespace squall::security {

namespace {

const unsigned char* as_bytes(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

} // namespace

void require_sodium() {
  static const bool ready = sodium_init() >= 0;
  CHECK(ready);
}

void append_little_endian(std::string& to, std::uint64_t n) {
  for (int i = 0; i < 8; ++i)
    to.push_back(static_cast<char>(n >> (8 * i)));
}

std::string derive_bytes(std::uint64_t seed, std::string_view purpose, std::size_t size) {
  CHECK(size >= crypto_generichash_BYTES_MIN && size <= crypto_generichash_BYTES_MAX);
  require_sodium();
  std::string key;
  append_little_endian(key, seed);
  key.resize(crypto_generichash_KEYBYTES, '\0');
  std::string out(size, '\0');
  CHECK(crypto_generichash(reinterpret_cast<unsigned char*>(out.data()), size, as_bytes(purpose), purpose.size(),
                           as_bytes(key), key.size()) == 0);
  return out;
}

} // namespace squall::security
