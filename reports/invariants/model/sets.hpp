// The marks that inserts and erases leave on the members of sets, at every position: a set is what its marks say.
#pragma once

#include "reports/invariants/model/types.hpp"

#include <algorithm>
#include <span>
#include <tsl/robin_map.h>
#include <vector>

namespace squall::invariants {

struct mark {
  intent_index intent = 0;
  position made = 0;
  position gone = never; ///< the commit that took it away
  bool erase = false;    ///< of an erase, else of an insert
};

/// By marks that are alive: remove_wins lets any erase's be in the way.
bool is_member(std::span<const mark> alive, bool remove_wins);

class mark_store {
public:
  /// All that the member ever had, in the order in which they were made.
  std::span<const mark> of(record_index record, std::uint16_t field, std::int64_t member) const;
  /// Every text that the set was ever told of, in order.
  std::span<const std::int64_t> members(record_index record, std::uint16_t field) const;

  /// A commit that took the mark away was undone, and another took it away since: such have an entry of their own, that was never
  /// made.
  template <class Covered>
  static bool is_gone_otherwise(std::span<const mark> all, const mark& one, Covered covered) {
    return std::any_of(all.begin(), all.end(), [&](const mark& other) {
      return other.made == never && other.intent == one.intent && other.erase == one.erase && covered(other.gone);
    });
  }

  void add(record_index record, std::uint16_t field, std::int64_t member, const mark& made);
  void drop(record_index record, std::uint16_t field, std::int64_t member, intent_index of, bool erase, position at);

private:
  struct set_entry {
    std::vector<std::int64_t> members;
    tsl::robin_map<std::int64_t, std::vector<mark>, spread> marks; // looked up only
  };
  const set_entry* find(record_index record, std::uint16_t field) const;
  static std::uint64_t key(record_index record, std::uint16_t field) { return std::uint64_t{record} << 16 | field; }

  std::vector<set_entry> sets_;
  tsl::robin_map<std::uint64_t, std::uint32_t, spread> numbers_; // looked up only
};

} // namespace squall::invariants
