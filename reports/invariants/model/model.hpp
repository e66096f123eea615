// Builds the world from the entries, one at a time, and says of each entry what it means (`world::seen`).
#pragma once

#include "reports/invariants/model/answers.hpp"
#include "reports/invariants/model/drift.hpp"
#include "reports/invariants/model/exports.hpp"
#include "reports/invariants/model/grant_reader.hpp"
#include "reports/invariants/model/lifetime_reader.hpp"
#include "reports/invariants/model/pages.hpp"
#include "reports/invariants/model/restorer.hpp"
#include "reports/invariants/model/task_reader.hpp"
#include "reports/invariants/model/verdicts.hpp"

namespace squall::invariants {

class model {
public:
  /// `stamp_bound_ns`: as in the plan's knobs, 0 for its default. `teams`: as in its topology.
  model(const scenarios::DataModel& data, std::uint64_t first_sequence, std::int64_t stamp_bound_ns = 0,
        const lifetime_settings& lives = {}, std::uint32_t teams = 0, const connection_settings& connections = {},
        const caller_settings& calls = {})
      : world_(data, first_sequence, stamp_bound_ns, lives, teams, connections.stale_after_ns, calls), grants_(world_),
        pages_(world_), exports_(world_), tasks_(world_), verdicts_(world_), answers_(world_), lives_(world_),
        restores_(world_), drift_(world_, connections), forgets_(world_.lifetimes.forgets()) {}

  /// Before the first entry: the plan asks for backups.
  void keep_copies() { world_.keep_copies(); }

  /// Throws bad_history if the entry cannot be. Afterwards `seen` says what it meant.
  void step(const entry& e, const history::name_table& names);
  /// After the last entry: closes what is open.
  void finish(const history::name_table& names);

  const world& get() const { return world_; }
  const export_reader& exports() const { return exports_; }

private:
  void close_what_ends(const entry& e);
  void users(const entry& e);
  void devices(const entry& e);
  void server(const entry& e);
  void messages(const entry& e);
  void host(const entry& e);

  void accepted(const entry& e);
  void part_of_intent(const entry& e);
  void before_values(intent_index intent);
  void compare_before(const intent_fact& fact, const view& sees);
  std::uint32_t scope_expected(const intent_fact& fact, const view& sees) const;
  bool judges_reads(const device_fact& device) const;
  void read(const entry& e);
  void close_read();
  void cursor_moved(const entry& e);
  void verdict_received(const entry& e);
  void incarnation_begun(const entry& e);
  void grants_told(const entry& e);
  void grants_changed(const entry& e);
  void end_incarnation(device_fact& device, bool relabels);
  void find_other_name(const entry& e, intent_fact& fact);
  void carried(const entry& e);
  void arrived(std::uint64_t message);
  void mark_place(intent_fact& fact) const;

  world world_;
  grant_reader grants_;
  page_reader pages_;
  export_reader exports_;
  task_reader tasks_;
  verdict_judge verdicts_;
  answer_reader answers_;
  lifetime_reader lives_;
  restorer restores_;
  drift_reader drift_;
  bool forgets_;                 ///< else nobody asks about lifetimes
  intent_index open_intent_ = 0; ///< its operations are being told
  // The row that a user reads, and the members of its sets that were shown.
  struct {
    std::uint32_t device = 0; ///< 0: none
    record_index record = 0;
    std::uint16_t collection = 0;
    std::vector<shown_member> members;
  } read_;
  // Messages under way that carry intents; looked up only.
  tsl::robin_map<std::uint64_t, std::vector<intent_index>, spread> cargo_;
};

} // namespace squall::invariants
