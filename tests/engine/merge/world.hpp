// A small world for the tests of merge: one schema, rows in a map, and short ways to say who wrote what having seen what.
#pragma once

#include "engine/merge/decide.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace squall::merge {

// Both collections have the same fields; `records` merges, `notes` is last writer wins.
inline constexpr collection_number records = 0, notes = 1;
inline constexpr field_number title = 0, status = 1, quantity = 2, count = 3, parent = 4, total = 5, tags = 6;

/// status ranks "closed" over "approved" over "open".
const schema& model();

class memory_rows final : public row_access {
public:
  row* find(const record_id& id) override;
  row& create(const record_id& id, collection_number collection) override;
  bool create_was_rejected(const intent_id& creator) override { return rejected.contains(creator); }

  bool operator==(const memory_rows& other) const { return all == other.all; }

  std::map<record_id, row> all;
  std::set<intent_id> rejected;
};

inline value number(std::int64_t n) { return n; }
inline value text(std::string s) { return s; }

field_write set(field_number field, value to);
field_write add(field_number field, std::int64_t delta, value before = {});

operation create_of(collection_number collection, const record_id& record, std::vector<field_write> writes);
operation update_of(collection_number collection, const record_id& record, std::vector<field_write> writes);
operation remove_of(collection_number collection, const record_id& record);
operation restore_of(collection_number collection, const record_id& record);

/// The intent `id` of an author who had seen everything up to `seen`.
intent make_intent(const intent_id& id, std::uint64_t seen, std::vector<operation> operations);

/// A server in small: commits at the next sequence, in generation 1.
struct committer {
  memory_rows rows;
  std::uint64_t head = 0;
  telemetry::counters counts;

  decision commit(const intent& in);
  /// Judged as if it committed next; `rows` change if it would.
  decision fold(const intent& in);
  const cell& at(const record_id& record, field_number field) const { return rows.all.at(record).fields[field]; }
  bool deleted(const record_id& record) const { return rows.all.at(record).deleted; }
};

inline constexpr std::uint64_t generation = 1;

} // namespace squall::merge
