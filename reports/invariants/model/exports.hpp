// The rows that a replica or the server exports, held against the model.
#pragma once

#include "reports/invariants/model/replica.hpp"

#include <optional>

namespace squall::invariants {

class export_reader {
public:
  explicit export_reader(world& w) : w_(w) {}

  void began(const entry& e);
  void row(const entry& e);
  void field(const entry& e);
  void ended(const entry& e);

  /// The open export compares a device that has settled.
  bool settled() const { return open_ && shown_.where == place::settled; }
  bool compares() const { return open_ && against_.has_value(); }

private:
  void close_row();
  std::uint32_t expected_rows() const;
  void report_missing_rows();
  void tombstone(const entry& e);
  void report_missing_tombstones();
  void differs(flaw why, record_index record, std::uint16_t collection);
  void hold_against(const entry& e, device_fact& device, const replica_fact& replica);

  world& w_;
  std::vector<effect> no_overlay_;
  std::vector<horizon> horizons_; ///< of the device whose confirmed rows are exported
  position at_ = 0;               ///< of the exported scope
  bool open_ = false;
  std::uint32_t scope_ = 0;
  std::optional<view> against_; ///< none: nothing to hold it against
  exhibit shown_;

  record_index record_ = 0; ///< the open row, 0: none
  std::uint32_t fields_ = 0;
  std::vector<shown_member> members_; ///< of the row's sets
  std::uint64_t derived_shown_ = 0;   ///< bit by number of the derived field
  std::uint16_t collection_ = 0;
  std::uint32_t rows_ = 0;
  bool tombstones_ = false; ///< the open export is of confirmed rows that are forgotten one day
  position forgotten_ = 0;  ///< and these are
  std::uint32_t number_ = 0;
  std::vector<std::uint32_t> marks_; ///< by record: the last export that showed it
};

} // namespace squall::invariants
