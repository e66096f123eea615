// What the history tells of fences, cursors and clocks, put into the model's book of lifetimes and held against its rules. A
// fence that moved is judged when it is told; what should have been forgotten by the end, when all is told.
#pragma once

#include "reports/invariants/model/world.hpp"

#include <tsl/robin_map.h>

namespace squall::invariants {

class lifetime_reader {
public:
  explicit lifetime_reader(world& w) : w_(w), book_(w.lifetimes) {}

  // -- the host --------------------------------------------------------------------------------------------------------
  /// The device's user holds the scope from now on, or does not.
  void granted(std::uint32_t device, std::uint32_t scope, bool holds);
  void clock_read(const entry& e) { book_.read_clock(e.value, e.at_ns); }
  void crashed(const entry& e);
  void restarted() { book_.restarted(); }
  void message(const entry& e);
  void export_began(const entry& e);

  // -- the server ------------------------------------------------------------------------------------------------------
  /// After the others have made of the entry what they do: commits, branches, verdicts and pages.
  void served(const entry& e);
  void fence_moved(const entry& e);

  // -- devices -----------------------------------------------------------------------------------------------------------
  void accepted(const entry& e);
  void operates(device_fact& device, intent_index intent, record_index record);
  void incarnation_begun(const entry& e);
  void fence_told(const entry& e);
  void cursor_moved(const entry& e, bool snapshot);
  void purged(std::uint32_t device, std::uint32_t scope);

private:
  void committed(const entry& e);
  void judged(intent_index intent, bool surely);
  void page_served(const entry& e);
  void pass(const entry& e, scope_life& scope);
  void judge_time(const entry& e, position last);
  void judge_devices(const entry& e, scope_life& scope);
  void trouble(fence_flaw what, std::uint64_t s, std::uint64_t expected, std::uint32_t device = 0,
               record_index record = 0);
  void page_came(const entry& e);
  std::uint64_t verdicts_through(std::uint32_t device);
  scope_life& scope_of(const entry& e);
  guest& guest_of(std::uint32_t device, const entry& e);

  world& w_;
  lifetime_book& book_;
  std::int64_t server_crashed_at_ = -1;
  // Requests under way, with how far their device had verdicts when it sent them; looked up only.
  tsl::robin_map<std::uint64_t, std::uint64_t, spread> sent_;
  struct backup_told {
    std::uint64_t through = 0;
    std::uint64_t generation = 0;
  };
  /// By message: pages of changes that are under way. Looked up only.
  tsl::robin_map<std::uint64_t, backup_told, spread> backups_told_;
};

struct forget_question {
  std::uint32_t scope = 0;
  std::int64_t time = 0;          ///< the server's
  std::int64_t at_ns = INT64_MAX; ///< true time: a task that was closed from then on counts as open
  std::uint32_t device = 0;       ///< 0: none; else of that device this is known instead
  const attendance* instead = nullptr;
  std::int64_t hearing_ns = 0; ///< so much later a device may be taken to have been heard of
};

/// How far the rule lets the server forget the scope's tombstones for certain: the position of the last one, or that of the
/// fence. O(tombstones beyond the fence + devices of the scope).
position forgettable(const world& w, const forget_question& asked);

} // namespace squall::invariants
