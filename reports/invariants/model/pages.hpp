// A reader of the judge's own for every page that the server serves. A fold of pages equals the server's projection at every
// page end if each page begins where it was asked to, lacks no entry of the scope, and each entry holds exactly what its
// commit changed: so no fold need be kept for each device, and what was found right once is recognised by its hash.
#pragma once

#include "reports/invariants/model/replica.hpp"

namespace squall::invariants {

class page_reader {
public:
  explicit page_reader(world& w) : w_(w) {}

  void page_served(const entry& e);
  void feed_entry(const entry& e);
  /// feed_row and feed_field.
  void feed_part(const entry& e);
  /// Anything else: the page is complete.
  void close();
  /// A device swapped in a snapshot of a scope: what it was served must have been all of it.
  void snapshot_applied(std::uint32_t device, const cursor_told& to);
  /// A device has nothing of the scope any more, nor of a snapshot of it.
  void purged(std::uint32_t device, std::uint32_t scope);

private:
  /// What a device was served of the snapshot at `s`. Late and repeated requests can make the pages of several alternate.
  struct snapshot {
    std::uint32_t scope = 0;
    position at = 0;
    std::vector<record_index> rows;
  };

  void close_entry();
  void close_row();
  void buried_row(record_index record);
  void verify_entry();
  bool belongs(const entry& e) const;
  bool left_by_the_end(record_index record) const {
    return w_.server.scope_of(record, entry_) == scope_ && w_.server.scope_of(record, to_) != scope_;
  }
  history::row_code code_of(record_index record, position at) const;
  bool verify_row(const entry& e, const view& then);
  bool verify_field(const entry& e, const view& then);
  bool verify_member(const entry& e, const view& then, const field_rules& field);
  /// Of a set, what the open entry (or row) holds is what it has at `at`.
  bool holds_set(record_index record, std::uint16_t field, position at);
  void verify_complete(position at, const view& then);
  void verify_whole(const row_version& row, position at);
  bool tells(record_index record, std::uint16_t field) const;
  bool is_version(const entry& e, const cell_version* version) const;
  void trouble(page_flaw what, record_index record, intent_index intent, std::uint64_t s, std::uint64_t expected);

  world& w_;
  std::vector<effect> no_overlay_;

  // -- the open page ---------------------------------------------------------------------------------------------------
  bool open_ = false;
  bool is_snapshot_ = false;
  std::uint32_t device_ = 0;
  std::uint32_t scope_ = 0;
  position to_ = 0;
  std::size_t next_ = 0; ///< index of the scope's commit that must come next

  // -- its open entry (or row, in a snapshot) ------------------------------------------------------------------------------
  position entry_ = 0; ///< 0: none
  std::vector<entry> parts_;
  std::uint64_t hash_ = 0;

  snapshot& snapshot_of(std::uint32_t device, std::uint32_t scope, position at);

  std::vector<std::vector<snapshot>> snapshots_; ///< by device; emptied when one is applied
  std::uint64_t snapshot_s_ = 0;                 ///< of the page being read
};

} // namespace squall::invariants
