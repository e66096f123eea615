#include "engine/base/value.hpp"

#include "engine/base/hash.hpp"

#include <array>

namespace squall {

namespace {

std::int64_t reference_digest(const record_id& id) noexcept {
  std::array<char, 16> bytes{};
  for (int i = 0; i < 4; ++i) {
    bytes[i] = static_cast<char>(id.device >> (8 * i));
    bytes[4 + i] = static_cast<char>(id.incarnation >> (8 * i));
  }
  for (int i = 0; i < 8; ++i)
    bytes[8 + i] = static_cast<char>(id.seq_ordinal >> (8 * i));
  return static_cast<std::int64_t>(content_hash({bytes.data(), bytes.size()}));
}

} // namespace

value_digest digest_of_text(std::string_view text) noexcept {
  return {value_kind::text, static_cast<std::int64_t>(content_hash(text))};
}

value_digest digest_of(const value& v) noexcept {
  switch (kind_of(v)) {
    case value_kind::none: return {};
    case value_kind::integer: return {value_kind::integer, std::get<std::int64_t>(v)};
    case value_kind::text: return digest_of_text(std::get<std::string>(v));
    case value_kind::reference: return {value_kind::reference, reference_digest(std::get<record_id>(v))};
  }
  return {};
}

} // namespace squall
