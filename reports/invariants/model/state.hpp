// What the server's state must be, at its newest commit and at every earlier one: each cell and each row keeps its versions,
// in commit order. Dense arrays by the history's indices; nothing is ever forgotten, since a page or a replica may lag by any
// amount: not even what was undone when the server was restored from a backup.
#pragma once

#include "reports/history/names.hpp"
#include "reports/invariants/model/generations.hpp"
#include "reports/invariants/model/rules.hpp"
#include "reports/invariants/model/sets.hpp"

#include <span>
#include <tsl/robin_map.h>
#include <utility>
#include <vector>

namespace squall::invariants {

struct cell_version {
  std::int64_t number = 0;
  position at = 0; ///< the commit that made it
  intent_index writer = 0;
  record_index record = 0;
  std::uint32_t previous = 0; ///< version of the same cell before it, 0: none
  std::uint16_t field = 0;
  value_tag tag = value_tag::none;
  cell_value value() const { return {tag, number}; }
};

struct row_version {
  position at = 0;
  intent_index writer = 0;
  record_index record = 0;
  std::uint32_t previous = 0;
  std::uint32_t scope = 0; ///< where the record is
  bool live = false;
};

struct commit_record {
  intent_index intent = 0;
  std::uint32_t scope = 0;     ///< that it names
  std::uint32_t cells_end = 0; ///< its cell versions end here and begin where the commit before it ends
  std::uint32_t rows_end = 0;
};

/// What a commit is in a scope's feed: a move is in two.
struct scope_commit {
  position at = 0;
  position previous = 0;        ///< the scope's commit before it, 0: none
  std::uint32_t number = 0;     ///< of the scope's commits, from 1
  std::uint32_t live_after = 0; ///< live rows of the scope
  std::uint64_t content = 0;    ///< hash of a serving that was found right, 0: none yet
  stamp latest;                 ///< greatest stamp, as counted, of the scope so far
};

class state {
public:
  state(const rule_book& rules, std::uint64_t first_sequence);

  // -- commits ---------------------------------------------------------------------------------------------------------
  position head() const { return line_.head(made()); }
  /// The newest commit of all, be it undone.
  position made() const { return static_cast<position>(commits_.size() - 1); }
  /// The state at `to` has the commit `at` in it.
  bool covers(position to, position at) const { return line_.covers(to, at); }
  /// The state that the commit changed.
  position before(position at) const { return line_.before(at); }
  const commit_record& commit(position at) const { return commits_[at]; }
  /// What the commit is in the scope's feed, null if it is not there.
  const scope_commit* entry_of(std::uint32_t scope, position at) const;
  scope_commit* entry_of(std::uint32_t scope, position at) {
    return const_cast<scope_commit*>(std::as_const(*this).entry_of(scope, at));
  }
  std::span<const cell_version> cells_of(position at) const;
  std::span<const row_version> rows_of(position at) const;
  std::uint64_t sequence(position at) const { return line_.sequence(at); }
  /// The state that a reader at sequence `s` has: in the newest generation, or in that one.
  position at_sequence(std::uint64_t s) const { return at_sequence(s, UINT64_MAX); }
  position at_sequence(std::uint64_t s, std::uint64_t generation) const {
    return line_.at_sequence(s, generation, made());
  }
  std::uint64_t next_sequence() const { return line_.next_sequence(made()); }
  bool ever_restored() const { return line_.ever_restored(); }

  // -- reading ---------------------------------------------------------------------------------------------------------
  /// Newest version at `at`, null if there was none.
  const cell_version* cell(record_index record, std::uint16_t field, position at) const;
  const row_version* row(record_index record, position at) const;
  bool known(record_index record) const { return record < rows_.size() && rows_[record].newest != 0; }
  std::uint16_t collection_of(record_index record) const { return rows_[record].collection; }
  /// Where it is now; where it was, 0 if it was not there yet.
  std::uint32_t scope_of(record_index record) const { return rows_[record].scope; }
  std::uint32_t scope_of(record_index record, position at) const {
    const auto* found = row(record, at);
    return found == nullptr ? 0 : found->scope;
  }
  /// It was there at some time up to `at`.
  bool was_in(record_index record, std::uint32_t scope, position at) const;
  /// Newest version of those in the scope, or by which it left that; null if it was not there yet.
  const row_version* row_in(record_index record, std::uint32_t scope, position at) const;
  bool has_moved(record_index record) const { return rows_[record].moved; }
  bool any_moved() const { return any_moved_; }
  /// Who made it live or deleted last, moves apart; null if nobody.
  const row_version* presence(record_index record, position at) const;
  /// Fields that have a value, but for derived ones and sets.
  std::uint32_t fields_with_value(record_index record, position at) const;
  std::int64_t derived(record_index record, std::uint16_t field, position at, const history::name_table& names) const;
  const mark_store& marks() const { return marks_; }
  /// Marks on the member, in the order in which they were made.
  std::vector<mark> marks_at(record_index record, std::uint16_t field, std::int64_t member, position at) const;
  bool has_member(record_index record, std::uint16_t field, std::int64_t member, position at) const;
  const rule_book& rules() const { return rules_; }
  /// Everything that ever referred to the record of that digest.
  std::span<const record_index> referrers(std::int64_t digest) const;
  /// The record that a reference names, 0 if the history never named it.
  record_index record_of(std::int64_t digest) const;
  /// Records that ever had the key of that hash (see `key_hash`).
  std::span<const record_index> had_key(std::uint64_t hash) const;
  /// Positions of the scope's commits that stand, ascending.
  std::span<const position> scope_commits(std::uint32_t scope) const;
  /// How many of the scope's commits are in the state at `at`, and the last of them.
  std::size_t scope_count(std::uint32_t scope, position at) const;
  position last_of_scope(std::uint32_t scope, position at) const;
  /// How many of the scope's commits that stand are in it.
  std::size_t reached(std::uint32_t scope, position at) const;
  std::uint32_t live_rows(std::uint32_t scope, position at) const;
  /// Greatest stamp, as counted, that the scope's feed has up to there.
  stamp latest(std::uint32_t scope, position at) const;
  /// All that ever were in it.
  std::span<const record_index> records_of(std::uint32_t scope) const;
  std::uint32_t scopes() const { return static_cast<std::uint32_t>(scopes_.size()); }

  // -- writing, between begin_commit and the next one --------------------------------------------------------------------
  /// `to`: where records go with it, 0: nowhere.
  position begin_commit(intent_index intent, std::uint32_t scope, std::uint64_t s, std::uint32_t to = 0);
  void put_row(record_index record, std::uint16_t collection, bool live, std::uint32_t scope);
  void put_cell(record_index record, std::uint16_t field, cell_value value);
  void put_mark(record_index record, std::uint16_t field, std::int64_t member, bool erase);
  void drop_mark(record_index record, std::uint16_t field, std::int64_t member, intent_index of, bool erase);
  /// All of the commit has been put: what its records' keys are is remembered, and how its stamp counted.
  void end_commit(const stamp& counted);
  /// Goes back to the state at `to`, which stands; what follows is of a new generation. `old`: how the one until now is called.
  void restore(position to, std::uint64_t generation, std::uint64_t old);
  /// What digest references to the record have.
  void learn(record_index record, std::int64_t digest) { by_digest_.try_emplace(digest, record); }

private:
  struct row_entry {
    std::uint32_t newest = 0;
    std::uint32_t cells = 0; ///< where its fields' newest versions are in `newest_cells_`
    std::uint32_t scope = 0;
    std::uint16_t collection = 0;
    std::uint16_t fields = 0;
    bool moved = false;
  };
  struct scope_entry {
    std::vector<position> commits;
    std::vector<scope_commit> entries; ///< of all that ever were, also of those that were undone
    std::vector<record_index> records;
  };
  /// The version before it, of those in the state at `at`.
  const row_version* before(const row_version& of, position at) const;
  void enter(std::uint32_t number);
  void count_live(std::uint32_t number, std::uint32_t more);
  scope_entry& scope(std::uint32_t number);
  void index_child(record_index child, std::int64_t parent);
  void index_keys(record_index record);
  std::size_t cell_index(const row_entry& row, std::uint16_t field) const {
    return row.cells + (field == stamp_cell ? row.fields : field);
  }
  bool has_cell(const row_entry& row, std::uint16_t field) const {
    return field < row.fields || (field == stamp_cell && rules_.collection(row.collection)->is_register());
  }

  const rule_book& rules_;
  generations line_;
  std::vector<commit_record> commits_;
  std::vector<cell_version> cells_;
  std::vector<row_version> row_versions_;
  std::vector<row_entry> rows_;
  std::vector<std::uint32_t> newest_cells_;
  std::vector<scope_entry> scopes_;
  // Everything that ever referred to a record, by the reference's digest. Order of insertion; never iterated as a map.
  tsl::robin_map<std::int64_t, std::vector<record_index>, spread> children_;
  tsl::robin_map<std::int64_t, record_index, spread> by_digest_;            // looked up only
  tsl::robin_map<std::uint64_t, std::vector<record_index>, spread> by_key_; // looked up only
  mark_store marks_;
  bool any_moved_ = false;
  std::uint32_t moved_to_ = 0; ///< of the newest commit
};

/// Of one child of a derived field, by its own reference and the values of the factors.
std::int64_t hash_of_child(std::int64_t reference, std::span<const cell_value> fields);

/// One key of one collection in one scope with those values. Two that differ may have one hash: compare the values.
std::uint64_t key_hash(std::uint32_t scope, std::uint16_t collection, std::size_t key,
                       std::span<const cell_value> values);

} // namespace squall::invariants
