// A state with changes on top that are not in it (yet): of pending intents, or of the one being judged.
#pragma once

#include "reports/invariants/model/state.hpp"

#include <algorithm>
#include <span>
#include <vector>

namespace squall::invariants {

/// One such change.
struct effect {
  static constexpr std::uint16_t row = 0xFFFF;
  enum class kind : std::uint8_t { put, mark_insert, mark_erase, drop_insert, drop_erase };
  record_index record = 0;
  intent_index writer = 0;
  std::uint16_t field = row; ///< `row`: the record becomes live or deleted
  std::uint16_t collection = 0;
  bool live = false;
  cell_value value; ///< of a mark: the member
  kind what = kind::put;
  intent_index of = 0;     ///< whose mark is dropped
  std::uint32_t scope = 0; ///< of a row: where it is then
};

struct cell_view {
  bool present = false;
  cell_value value;
  intent_index writer = 0;
  position at = 0; ///< `never`: from the overlay
};

struct row_view {
  bool known = false;
  bool live = false;
  intent_index writer = 0; ///< who made it live or deleted
  position at = 0;
  std::uint16_t collection = 0;
  std::uint32_t scope = 0;
};

/// How far a device is in one scope, and through which position it has forgotten that scope's tombstones.
struct horizon {
  std::uint32_t scope = 0;
  position at = 0;
  position forgotten = 0;
  bool purged = false; ///< nothing is left of it, but that records had come there or left it
  bool operator==(const horizon&) const = default;
};

/// A record came to the scope and left it again, at `left`, between the cursor `known` and a snapshot: it was not seen there.
struct unseen_stay {
  std::uint32_t scope = 0;
  record_index record = 0;
  position known = 0;
  position left = 0;
};

/// A record whose tombstone a device keeps, since the intent, which it still folds in, is about it.
struct kept_record {
  intent_index intent = 0;
  record_index record = 0;
};
inline bool is_kept(std::span<const kept_record> all, record_index record) {
  return std::any_of(all.begin(), all.end(), [&](const kept_record& one) { return one.record == record; });
}

/// The overlay outlives the view; only its first `limit` changes are seen. Either all scopes are seen as of one position, or
/// some, each as of its own: then a record that has moved is seen once, where it was last.
class view {
public:
  view(const state& base, position at, std::vector<effect>& overlay, std::size_t limit = SIZE_MAX)
      : base_(base), at_(at), overlay_(overlay), limit_(limit) {}
  /// `scopes`, which outlives the view, has each scope once.
  view(const state& base, const std::vector<horizon>& scopes, std::vector<effect>& overlay)
      : base_(base), scopes_(&scopes), at_(0), overlay_(overlay), limit_(SIZE_MAX) {}

  /// The same, by who has forgotten the tombstones with a presence up to `through`, but for those that are kept. `kept`
  /// outlives the view.
  view forgetting(position through, std::span<const kept_record> kept = {}) const {
    view other(*this);
    other.forgotten_ = through;
    other.kept_ = kept;
    return other;
  }
  /// The same, by who has not seen these, which outlive the view.
  view without(std::span<const unseen_stay> unseen) const {
    view other(*this);
    other.unseen_ = unseen;
    return other;
  }
  /// The same without the overlay's later changes.
  view first(std::size_t limit) const {
    view other(*this);
    other.limit_ = limit;
    return other;
  }

  cell_view cell(record_index record, std::uint16_t field) const;
  row_view row(record_index record) const;
  bool is_live(record_index record) const {
    const auto found = row(record);
    return found.known && found.live;
  }
  /// From the rows that are seen here, the overlay's changes of children included.
  std::int64_t derived(record_index record, std::uint16_t field, const history::name_table& names) const;
  /// The marks on a member of a set, in the order in which they were made; `made` is `never` for the overlay's.
  std::vector<mark> marks(record_index record, std::uint16_t field, std::int64_t member) const;
  /// The texts that are members, in the order in which the set was first told of them.
  std::vector<std::int64_t> members(record_index record, std::uint16_t field, bool remove_wins) const;
  /// The values of one of a record's keys; empty if a field has none.
  std::vector<cell_value> key(record_index record, const std::vector<std::uint16_t>& fields) const;
  /// Every record whose `field` might refer to the record of that digest, or might have that key, in no order.
  std::vector<record_index> referrers(std::int64_t digest) const;
  std::vector<record_index> had_key(std::uint32_t scope, std::uint16_t collection, std::size_t key,
                                    std::span<const cell_value> values) const;
  /// As of which position the record is seen; 0 if it is not.
  position at(record_index record) const { return find(record).at; }
  std::vector<effect>& overlay() const { return overlay_; }
  const state& base() const { return base_; }

private:
  struct spot {
    const row_version* row = nullptr;
    position at = 0;
    position forgotten = 0;
  };
  spot find(record_index record) const;
  spot find_moved(record_index record) const;
  std::size_t size() const { return limit_ < overlay_.size() ? limit_ : overlay_.size(); }

  const state& base_;
  const std::vector<horizon>* scopes_ = nullptr; ///< null: all, at `at_`
  position at_;
  std::vector<effect>& overlay_;
  std::size_t limit_;
  position forgotten_ = 0;
  std::span<const kept_record> kept_;
  std::span<const unseen_stay> unseen_;
};

} // namespace squall::invariants
