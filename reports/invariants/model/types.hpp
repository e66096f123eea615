// The words that the judge's model is made of.
#pragma once

#include "reports/history/entry.hpp"

#include <compare>
#include <cstdint>
#include <stdexcept>

namespace squall::invariants {

using history::compare_code;
using history::entry;
using history::entry_kind;
using history::intent_index;
using history::operation_code;
using history::record_index;
using history::rule_code;
using history::value_tag;
using history::verdict_code;
using history::write_code;

/// A state of the server, named by the number of commits that led to it: 0 is the empty one.
using position = std::uint32_t;
/// Later than every commit: the position of what no commit has made yet.
constexpr position never = UINT32_MAX;

struct cell_value {
  value_tag tag = value_tag::none;
  std::int64_t number = 0;
  bool operator==(const cell_value&) const = default;
};

/// Of an intent, ordered before the intent's own name is asked.
struct stamp {
  std::int64_t wall = 0;
  std::uint32_t logical = 0;
  auto operator<=>(const stamp&) const = default;
  bool told() const { return wall != 0 || logical != 0; }
};

/// Number of the cell that every record of a register of stamps has beside its fields: its writer holds the record's stamp.
constexpr std::uint16_t stamp_cell = 0xFFFE;

/// Counters wrap at 64 bits.
constexpr std::int64_t wrapping_add(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
constexpr std::int64_t wrapping_multiply(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}

/// For hash tables over keys whose low bits repeat: the tables mask them, and the standard hash of an integer is itself.
struct spread {
  std::size_t operator()(std::uint64_t key) const {
    key ^= key >> 32;
    key *= 0xD6E8FEB86659FD93ULL;
    key ^= key >> 32;
    return static_cast<std::size_t>(key);
  }
};

/// The history breaks its own format, so that nothing can be judged by it.
class bad_history : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

} // namespace squall::invariants
