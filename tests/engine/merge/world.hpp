// A small world for the tests of merge: one schema, rows in a map, and short ways to say who wrote what having seen what.
#pragma once

#include "engine/merge/decide.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace squall::merge {

// These have the same fields: `records` merges, `notes` is last writer wins by commit, `registers` by stamp, `papers` asks
// people.
inline constexpr collection_number records = 0, notes = 1, registers = 2, papers = 3;
inline constexpr field_number title = 0, status = 1, quantity = 2, count = 3, parent = 4, total = 5, tags = 6;

// `forms` merges by the other rules, with limits; `carts` and `shelves` are crdt, by add_wins and remove_wins.
inline constexpr collection_number forms = 4, carts = 5, shelves = 6;
inline constexpr field_number caption = 0, owner = 1, highest = 2, lowest = 3, decided = 4, badges = 5, labels = 6,
                              stock = 7, phase = 8;
inline constexpr std::uint8_t manager = 1, buyer = 2;

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
field_write insert(field_number field, const std::string& member);
field_write erase(field_number field, const std::string& member);

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

  decision commit(const intent& in, std::uint8_t role = 0);
  /// Judged as if it committed next; `rows` change if it would.
  decision fold(const intent& in);
  const cell& at(const record_id& record, field_number field) const { return rows.all.at(record).fields[field]; }
  std::set<std::string> members(const record_id& record, field_number field) const;
  bool deleted(const record_id& record) const { return rows.all.at(record).deleted; }
};

inline constexpr std::uint64_t generation = 1;

} // namespace squall::merge
