// Bytes that look random and are a function of a seed: keyed BLAKE2b. The only source of keys and secrets in the engine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace squall::security {

/// `size` bytes (16..64) for `purpose` under `seed`. Different purposes give unrelated bytes.
std::string derive_bytes(std::uint64_t seed, std::string_view purpose, std::size_t size);

/// Appends `n` in little endian: for purposes and messages with numbers in them.
void append_little_endian(std::string& to, std::uint64_t n);

/// Prepares libsodium; cheap after the first call.
void require_sodium();

} // namespace squall::security
