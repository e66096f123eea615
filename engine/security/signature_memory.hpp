// Signatures that are known to be good, because they were made or verified before: where one process hosts those who sign and
// those who verify, each is worked out once. It holds a digest of message, signature and key together, so it says nothing of
// any other bytes. Not thread safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <unordered_set>

namespace squall::security {

class signature_memory {
public:
  /// True if `signature` of `message` was noted as good under `public_key`.
  bool knows(std::string_view message, std::string_view signature, std::string_view public_key) const;
  /// Precondition: the signature is good.
  void note(std::string_view message, std::string_view signature, std::string_view public_key);

private:
  using digest = std::array<unsigned char, 32>;
  struct first_bytes {
    std::size_t operator()(const digest& d) const noexcept {
      std::size_t n = 0;
      std::memcpy(&n, d.data(), sizeof n);
      return n;
    }
  };
  static digest digest_of(std::string_view message, std::string_view signature, std::string_view public_key);

  static constexpr std::size_t noted_max = 65'536; ///< then it begins anew
  std::unordered_set<digest, first_bytes> good_;   ///< looked up only, never walked
};

} // namespace squall::security
