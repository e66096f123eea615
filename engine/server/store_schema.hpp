// The server's tables, and the opening of a store that has them.
#pragma once

#include "engine/base/ids.hpp"
#include "engine/store/sqlite.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace squall::server {

/// Opens the store, making the tables of a new one. Errors: `storage`, `corrupt`, `unsupported` (a newer layout).
result<std::unique_ptr<store::connection>> open_store(const store::open_options& options);

/// An incarnation as one integer, as the tables name it.
constexpr std::uint64_t incarnation_key(std::uint32_t device, std::uint32_t incarnation) noexcept {
  return std::uint64_t{device} << 32 | incarnation;
}

/// A record id as 16 bytes that sort as the ids do.
std::string record_key(const record_id& id);
/// Precondition: 16 bytes.
record_id record_of_key(std::string_view key);

} // namespace squall::server
