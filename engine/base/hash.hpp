// Hashes: xxHash's XXH3 (64 bits) for content, and a short mixer for keys. Neither is cryptographic. Both are the same on
// every machine.
#pragma once

#include <cstdint>
#include <string_view>

namespace squall {

/// XXH3-64 of `bytes` under `seed`.
std::uint64_t content_hash(std::string_view bytes, std::uint64_t seed = 0) noexcept;

/// XXH3-64 of `first` followed by `second`, without joining them.
std::uint64_t content_hash(std::string_view first, std::string_view second) noexcept;

/// One well-mixed word from two: the finaliser of SplitMix64 (Steele, Lea, Flood 2014) over a multiply-xor combination.
constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  std::uint64_t z = a * 0x9E3779B97F4A7C15ull ^ (b + 0xD1B54A32D192ED03ull);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

} // namespace squall
