// The reference resolver: what must become of an intent that commits next on a given state. Written from the semantics alone
// (docs/semantics.md). Pure but for the overlay it appends to; deterministic.
//
// resolver.cpp is the order of judgement, policies.cpp what becomes of an operation and of a write, constraints.cpp what the
// rows that they leave must keep to, moves.cpp what a move takes along and may not leave behind.
#pragma once

#include "reports/invariants/model/grants.hpp"
#include "reports/invariants/model/intents.hpp"
#include "reports/invariants/model/tasks.hpp"
#include "reports/invariants/model/view.hpp"

#include <vector>

namespace squall::invariants {

struct outcome {
  verdict_code code = verdict_code::none;
  rule_code rule = rule_code::none;
  intent_index winner = 0;
  std::vector<lost_write> lost;
  task_subject about; ///< of a conflict

  // What the judgement went through, for the report.
  bool concurrent_cell = false;   ///< some write is concurrent with the visible write of its cell
  bool concurrent_record = false; ///< some operation is concurrent with a change of its record
  std::uint32_t won_by_stamp = 0; ///< writes and operations that took effect since their field's rule decided for them
  std::uint32_t won_by_role = 0;
  std::uint32_t won_by_extreme = 0;
  std::uint32_t cascaded = 0; ///< records that went with another
  std::uint32_t moved = 0;    ///< records that went to another scope
};

class resolver {
public:
  resolver(const rule_book& rules, const state& base, const intent_table& intents)
      : rules_(rules), base_(base), intents_(intents) {}

  struct question {
    intent_index intent = 0;
    const grant_set* grants = nullptr; ///< its user's
    const history::name_table* names = nullptr;
    stamp counted;                           ///< its stamp: as the server counts it, or as it was given on a device
    const task_table* tasks = nullptr;       ///< null: tasks are not asked
    bool on_device = false;                  ///< folded in even where a reference or a key stands against it
    std::int64_t tasks_since_ns = INT64_MAX; ///< of what goes away: a task that was closed from then on counts as open
    std::uint64_t generation = 0;            ///< on a device: of its cursor in the intent's scope
    bool sighted = false;                    ///< its context was of the server's generation when it was judged
    std::uint32_t tasks_known = UINT32_MAX;  ///< those with a greater number were opened later
    const std::vector<bool>* refused = nullptr; ///< by intent: those until now; null: as their verdicts have it
  };
  /// Judges the intent on `on`. If it takes effect, its effects are appended to the view's overlay; else that is unchanged.
  outcome judge(const question& asked, const view& on) const;

  /// The author of `intent` had seen the write of `writer` that is in the state at `at`.
  bool seen(const intent_fact& intent, intent_index intent_number, intent_index writer, position at) const;

private:
  struct work;

  // -- resolver.cpp ------------------------------------------------------------------------------------------------------
  bool malformed(const intent_fact& intent) const;
  bool malformed(const operation& op) const;
  bool malformed(const operation& op, const write& item) const;
  bool denied(const work& w) const;
  void check_known(work& w) const;
  void check_tasks(work& w) const;
  bool refused_create(const work& w, record_index record) const;
  void check_guards(work& w) const;
  bool holds(const guard& item, const work& w) const;
  void closed_task(work& w, const operation& op) const;
  bool same_operations(intent_index a, intent_index b, record_index record) const;
  void conclude(work& w) const;

  // -- policies.cpp ------------------------------------------------------------------------------------------------------
  bool seen(const work& w, intent_index writer, position at) const;
  bool later(const work& w, intent_index writer, position at) const;
  std::uint32_t role_of(const work& w, intent_index writer, position at) const;
  void apply(work& w, const operation& op) const;
  void create(work& w, const operation& op) const;
  void update(work& w, const operation& op) const;
  bool update_deleted(work& w, const operation& op, const row_view& row) const;
  bool competes(work& w, record_index record, intent_index& holder) const;
  bool asks_a_person(work& w, const operation& op) const;
  bool differs(const work& w, const operation& op, const write& item) const;
  void remove(work& w, const operation& op) const;
  void restore(work& w, const operation& op) const;
  void put_row(work& w, const operation& op, bool live) const;
  void push_row(work& w, record_index record, std::uint16_t collection, bool live, std::uint32_t scope) const;
  void take(work& w, const operation& op, const write& item) const;
  void judge_write(work& w, const operation& op, const write& item) const;
  void judge_concurrent(work& w, const operation& op, const write& item, const cell_view& visible) const;
  void assign(work& w, const operation& op, const write& item) const;
  void change_set(work& w, const operation& op, const write& item) const;
  cell_view newest_unseen(const work& w, const operation& op) const;
  void lose(work& w, const operation& op, rule_code rule, intent_index winner) const;

  // -- constraints.cpp -----------------------------------------------------------------------------------------------------
  void constrain(work& w) const;
  void check_values(work& w, const view& before) const;
  void check_removed(work& w, record_index removed) const;
  void check_referrer(work& w, record_index referrer, record_index removed, std::int64_t digest) const;
  void check_references(work& w, const view& before, record_index record) const;
  void check_keys(work& w, const view& before, record_index record) const;
  void check_key(work& w, record_index record, std::uint16_t collection, std::size_t number,
                 const std::vector<cell_value>& values) const;

  std::vector<record_index> referrers_of(const work& w, record_index record) const;

  // -- moves.cpp -----------------------------------------------------------------------------------------------------------
  void move(work& w, const operation& op) const;
  void take_along(work& w, record_index record, std::uint32_t to) const;
  void check_moved(work& w, const view& before, record_index record) const;
  bool leaves_behind(const work& w, record_index record) const;
  bool refers(const work& w, record_index record, record_index to, bool only_cascade) const;

  const rule_book& rules_;
  const state& base_;
  const intent_table& intents_;
};

/// Records by their ids: device, incarnation, number, ordinal.
bool earlier_id(const history::name_table& names, record_index a, record_index b);

} // namespace squall::invariants
