// A record's state as bytes in the client's store: compact (a cell costs some ten bytes beside its value) and checksummed,
// because SQLite does not notice a flipped bit in a row. Local to one store: never sent, never digested.
#pragma once

#include "engine/base/result.hpp"
#include "engine/merge/decide.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace squall::client {

inline constexpr std::size_t key_bytes = 16;

/// Bytes of a record's id whose order, as bytes, is the order of ids.
std::string key_of(const record_id& id);
/// Precondition: `key` has key_bytes bytes.
record_id id_of(std::string_view key);

/// What to say of a key that does not have them.
error damaged_key();

/// Replaces `out` by the bytes of `row`, without its id and collection, which the store keeps beside.
void encode_row(const merge::row& row, std::string& out);

/// What `encode_row` wrote. Precondition: `onto` has its id and collection. Errors: `corrupt`.
result<void> decode_row(std::string_view bytes, merge::row& onto);

} // namespace squall::client
