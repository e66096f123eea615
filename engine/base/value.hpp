// A field's value: nothing, an integer, a text, or a reference to a record.
#pragma once

#include "engine/base/ids.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace squall {

/// Kind of a value, and of a `value_digest`.
enum class value_kind : std::uint8_t { none = 0, integer = 1, text = 2, reference = 3 };

/// Kinds in the order of `value_kind`. Integers are the only numbers: money is in minor units.
using value = std::variant<std::monostate, std::int64_t, std::string, record_id>;

/// A value's fingerprint for telemetry, which never carries content: an integer is itself, a text or a reference is
/// `content_hash` of its bytes (a reference: device, incarnation, seq_ordinal, little endian, 16 bytes).
struct value_digest {
  value_kind kind = value_kind::none;
  std::int64_t number = 0;
  bool operator==(const value_digest&) const = default;
};

inline value_kind kind_of(const value& v) noexcept { return static_cast<value_kind>(v.index()); }

value_digest digest_of(const value& v) noexcept;

/// The digest that `digest_of` gives a text; for whoever knows the text but holds no value.
value_digest digest_of_text(std::string_view text) noexcept;

} // namespace squall
