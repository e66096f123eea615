// The records of one team that users can act upon, and who picks which.
//
// A pick is by rendezvous (Thaler, Ravishankar 1996): of the records that qualify, the one whose hash with the draw is least.
// So a record that is gone, or that nobody creates any more, changes only the picks that were of it.
#pragma once

#include "scenarios/scenario.pb.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace squall::scenarios {

/// A record by its symbolic id: (intention << 8) | index of the create among its acts.
using symbolic_record = std::uint64_t;

struct pooled_record {
  symbolic_record record = 0;
  std::string_view collection; ///< of the model
  std::int64_t created_ns = 0; ///< when its creating intention is due
  std::uint32_t device = 0;    ///< that creates it
};

class record_pool {
public:
  struct options {
    std::uint64_t seed = 0;
    std::int64_t lead_ns = 0; ///< until a record is expected at other devices
    std::int64_t life_ns = 0; ///< a mortal record is not edited beyond this age, and deleted from half of it on
  };
  explicit record_pool(const options& o) : options_(o) {}

  void add(const pooled_record& record) { records_.push_back(record); }
  /// Call after the last `add`: a pick costs O(records of its collection).
  void sort();

  struct wish {
    std::string_view collection;
    std::uint32_t device = 0; ///< sees its own records at once
    std::int64_t due_ns = 0;
    const Hot* hot = nullptr; ///< null: all records alike
    bool to_delete = false;   ///< one of the mortal records at its time
    std::uint64_t draw = 0;
    std::uint64_t hot_draw = 0;
  };
  /// Nothing if no record qualifies.
  std::optional<symbolic_record> pick(const wish& w) const;

private:
  bool qualifies(const pooled_record& r, const wish& w) const;
  std::uint64_t heat(symbolic_record record) const;

  options options_;
  std::vector<pooled_record> records_;
};

} // namespace squall::scenarios
