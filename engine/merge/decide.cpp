#include "engine/merge/decide.hpp"

#include "engine/base/check.hpp"
#include "engine/merge/admission.hpp"
#include "engine/merge/cells.hpp"
#include "engine/merge/constraints.hpp"
#include "engine/merge/limits.hpp"
#include "engine/merge/moves.hpp"
#include "engine/merge/policy.hpp"
#include "engine/merge/workspace.hpp"

#include <algorithm>

namespace squall::merge {

namespace {

using telemetry::probe;
using telemetry::sabotage;

/// The stamp that sorts as this one's hours and nanoseconds do when they are compared as text without leading zeros.
hlc_stamp as_text(hlc_stamp s) {
  constexpr time_ns digits = 10'000'000'000'000;
  time_ns rest = s.wall % hour_ns;
  while (rest > 0 && rest < digits / 10)
    rest *= 10;
  s.wall = s.wall / hour_ns * digits + rest;
  return s;
}

/// One intent on its way to a verdict.
class judge {
public:
  judge(const schema& model, const intent& in, position at, row_access& rows, telemetry::counters& counts)
      : model_(model), in_(in), at_(at), rows_(rows), counts_(counts), work_(model, rows) {
    if (counts_.sabotaged(sabotage::stamps_as_text))
      at_.stamp = as_text(at_.stamp);
  }

  decision run() {
    if (const verdict_rule rule = refused_at_once(model_, in_, at_, rows_); rule != verdict_rule::none)
      return rejected(rule);
    if (in_.operations.front().kind == operation_kind::move)
      return move();
    for (const operation& op : in_.operations)
      if (!operate(op))
        return std::move(held_back_);
    return verdict_of_writes();
  }

private:
  // -- operations --

  /// False if the operation is held back; `held_back_` then says how.
  bool operate(const operation& op) {
    if (settled_before(op))
      return false;
    if (op.kind == operation_kind::create) {
      create(op);
      return true;
    }
    const policy& rules = policy_of(op);
    const row* r = work_.find(op.record);
    row_fate fate = rules.judge_row(model_.collections[op.collection], in_, op, *r, at_);
    if (fate.outcome != row_outcome::proceed)
      sabotage_row(op, *r, fate);
    switch (fate.outcome) {
      case row_outcome::gone:
        counts_.hit(probe::merge_update_after_seen_delete);
        held_back_ = rejected(verdict_rule::gone);
        return false;
      case row_outcome::conflicted:
        counts_.hit(fate.rule == verdict_rule::manual   ? probe::merge_record_to_person
                    : op.kind == operation_kind::remove ? probe::merge_remove_against_update
                                                        : probe::merge_update_against_delete);
        return conflicted(op, whole_record, fate.winner, fate.rule);
      case row_outcome::superseded: override_all(op, fate); return true;
      case row_outcome::revives:
        counts_.hit(probe::merge_update_revives);
        put_presence(work_.touch(op.record), false);
        any_effect_ = true;
        break;
      case row_outcome::proceed: break;
    }
    if (op.kind != operation_kind::update)
      remove_or_restore(op, *r);
    else if (!update(op, rules))
      return false;
    if (rules.one_register)
      stamp(op);
    return true;
  }

  /// Alone in its intent; no policy is asked.
  decision move() {
    if (auto held = judge_move(model_, in_, at_, rows_, work_, counts_))
      return std::move(*held);
    decision out;
    out.outcome = {.kind = verdict_kind::applied, .sequence = at_.sequence};
    out.rows = work_.put_back();
    return out;
  }

  bool conflicted(const operation& op, field_number subject, const intent_id& winner, verdict_rule rule) {
    held_back_.outcome = {.kind = verdict_kind::conflicted, .rule = rule, .winner = winner};
    held_back_.subject = {op.record, op.collection, subject};
    return false;
  }

  /// True if the task that `op` resolves is closed; `held_back_` then says what becomes of the intent.
  bool settled_before(const operation& op) {
    const task* known = task_of(op, rows_);
    if (known == nullptr)
      return false;
    const task& t = *known;
    if (t.open || counts_.sabotaged(sabotage::second_resolution_overwrites))
      return false;
    const bool same = same_effect(operations_on(t.subject.record, in_), t.settlement);
    counts_.hit(same ? probe::merge_resolved_alike : probe::merge_resolved_otherwise);
    held_back_.outcome = {.kind = same ? verdict_kind::superseded : verdict_kind::conflicted,
                          .rule = verdict_rule::resolution,
                          .winner = t.settled_by};
    held_back_.subject = t.subject;
    return true;
  }

  /// Known bugs that let an operation pass which the policy holds back.
  void sabotage_row(const operation& op, const row& r, row_fate& fate) {
    if (op.kind == operation_kind::remove) {
      if (counts_.sabotaged(sabotage::remove_discards_update))
        fate = {};
    } else if (r.deleted && fate.outcome != row_outcome::gone && counts_.sabotaged(sabotage::update_revives)) {
      fate = {row_outcome::revives};
    }
  }

  void create(const operation& op) {
    const policy& rules = policy_of(op);
    put_presence(work_.create(op.record, op.collection), false);
    for (const field_write& w : op.writes)
      put(op, rules, w, false);
    any_effect_ = true;
    if (rules.one_register)
      stamp(op);
  }

  /// False if a write is in conflict.
  bool update(const operation& op, const policy& rules) {
    for (const field_write& w : op.writes) {
      const row& now = *work_.find(op.record);
      const cell& at = now.fields[w.field];
      const write_fate fate = fate_of(op, rules, w, now);
      note(w, at, fate);
      switch (fate.outcome) {
        case write_outcome::conflicted: return conflicted(op, w.field, at.writer, fate.rule);
        case write_outcome::overridden: lose(op, w.field, at.writer, fate.rule); continue;
        case write_outcome::changes_nothing: break;
        case write_outcome::takes_effect:
          if (w.kind != write_kind::set || !fate.concurrent || !counts_.sabotaged(sabotage::lower_version_stands))
            put(op, rules, w, fate.concurrent);
      }
      any_effect_ = true;
    }
    return true;
  }

  write_fate fate_of(const operation& op, const policy& rules, const field_write& w, const row& now) {
    const field_schema& field = field_of(op, w);
    const cell& at = now.fields[w.field];
    write_fate fate = rules.judge_write(field, in_, w, at, at_);
    if (at.sequence != now.last_sequence && counts_.sabotaged(sabotage::row_version_compared)) {
      cell as_row = at;
      as_row.sequence = now.last_sequence;
      fate = rules.judge_write(field, in_, w, as_row, at_);
    }
    const bool ignored =
        (fate.rule == verdict_rule::precedence && counts_.sabotaged(sabotage::precedence_ignored)) ||
        (fate.rule == verdict_rule::role && counts_.sabotaged(sabotage::role_ignored)) ||
        (fate.rule == verdict_rule::extreme && counts_.sabotaged(sabotage::extreme_ignored)) ||
        (fate.outcome == write_outcome::changes_nothing && counts_.sabotaged(sabotage::equal_lowers_stamp));
    if (ignored)
      fate.outcome = write_outcome::takes_effect;
    return fate;
  }

  void remove_or_restore(const operation& op, const row& r) {
    const bool remove = op.kind == operation_kind::remove;
    any_effect_ = true;
    if (r.deleted == remove) {
      counts_.hit(remove ? probe::merge_remove_again : probe::merge_restore_of_live);
      if (remove && counts_.sabotaged(sabotage::removes_cancel_out))
        put_presence(work_.touch(op.record), false);
      return;
    }
    counts_.hit(remove ? probe::merge_remove : probe::merge_restore);
    put_presence(work_.touch(op.record), remove);
  }

  // -- effects --

  void put_presence(row& r, bool deleted) {
    r.deleted = deleted;
    r.presence_writer = in_.id;
    r.presence_sequence = at_.sequence;
    r.last_sequence = at_.sequence;
  }

  /// From now on the record carries this intent's stamp.
  void stamp(const operation& op) {
    row& r = work_.touch(op.record);
    r.stamp.need() = {at_.stamp, in_.id};
    r.last_sequence = at_.sequence;
    if (r.deleted && counts_.sabotaged(sabotage::stamp_dropped_on_delete))
      r.stamp.need().stamp = {};
  }

  void put(const operation& op, const policy& rules, const field_write& w, bool concurrent) {
    row& r = work_.touch(op.record);
    cell& c = r.fields[w.field];
    const writing how{rules, field_of(op, w), in_, at_, counts_};
    if (w.kind == write_kind::set)
      put_value(how, c, w.to);
    else if (w.kind == write_kind::add)
      put_value(how, c, op.kind == operation_kind::create ? w.to : value{sum_of(how, w, c, concurrent)});
    else if (const auto in_the_way = put_member(how, w, c, concurrent))
      lose(op, w.field, in_the_way->intent, in_the_way->rule);
    r.last_sequence = at_.sequence;
    const bool listed = std::any_of(changed_.begin(), changed_.end(),
                                    [&](const changed_field& f) { return f.record == r.id && f.field == w.field; });
    if (!listed)
      changed_.push_back({r.id, r.collection, w.field});
  }

  void lose(const operation& op, field_number field, const intent_id& winner, verdict_rule rule) {
    note_loss(winner, rule);
    overridden_.push_back({op.record, op.collection, field, winner, rule});
  }

  void override_all(const operation& op, const row_fate& fate) {
    counts_.hit(fate.rule == verdict_rule::later_stamp ? probe::merge_register_overridden
                : op.kind == operation_kind::remove    ? probe::merge_remove_overridden
                                                       : probe::merge_update_after_unseen_delete);
    note_loss(fate.winner, fate.rule);
    if (op.kind != operation_kind::update)
      lose(op, whole_record, fate.winner, fate.rule);
    for (const field_write& w : op.writes)
      lose(op, w.field, fate.winner, fate.rule);
  }

  void note_loss(const intent_id& winner, verdict_rule rule) {
    if (first_rule_ != verdict_rule::none)
      return;
    first_winner_ = winner;
    first_rule_ = rule;
  }

  void note(const field_write& w, const cell& at, const write_fate& fate) {
    if (!fate.concurrent)
      return;
    if (w.kind == write_kind::add)
      counts_.hit(probe::merge_concurrent_add);
    else if (w.kind != write_kind::set)
      counts_.hit(probe::merge_concurrent_member);
    else if (fate.outcome == write_outcome::conflicted)
      counts_.hit(probe::merge_field_to_person);
    else if (fate.outcome == write_outcome::overridden)
      counts_.hit(probe::merge_concurrent_set_overridden);
    else
      counts_.hit(w.to == at.current ? probe::merge_concurrent_set_equal : probe::merge_concurrent_set_wins);
  }

  // -- the verdict --

  decision rejected(verdict_rule rule) {
    switch (rule) {
      case verdict_rule::malformed: counts_.hit(probe::merge_malformed); break;
      case verdict_rule::dependency: counts_.hit(probe::merge_dependency_rejected); break;
      case verdict_rule::guard: counts_.hit(probe::merge_guard_failed); break;
      case verdict_rule::bound: counts_.hit(probe::merge_bound_broken); break;
      case verdict_rule::state: counts_.hit(probe::merge_state_broken); break;
      case verdict_rule::denied: counts_.hit(probe::merge_denied); break;
      default: counts_.hit(probe::merge_gone); break;
    }
    decision out;
    out.outcome = {.kind = verdict_kind::rejected, .rule = rule};
    return out;
  }

  decision verdict_of_writes() {
    decision out;
    if (!any_effect_ && first_rule_ != verdict_rule::none) {
      counts_.hit(probe::merge_superseded);
      out.outcome = {.kind = verdict_kind::superseded, .rule = first_rule_, .winner = first_winner_};
      return out;
    }
    if (any_effect_)
      if (const auto rule = broken_limit(model_, changed_, work_, rows_, counts_); rule != verdict_rule::none)
        return rejected(rule);
    if (any_effect_)
      if (auto held = judge_constraints(model_, in_, at_, rows_, work_, counts_))
        return std::move(*held);
    const bool all = first_rule_ == verdict_rule::none;
    counts_.hit(all ? probe::merge_applied : probe::merge_merged);
    out.outcome = {.kind = all ? verdict_kind::applied : verdict_kind::merged,
                   .rule = first_rule_,
                   .sequence = at_.sequence,
                   .fields = std::move(overridden_)};
    out.rows = work_.put_back();
    out.changed = std::move(changed_);
    return out;
  }

  const policy& policy_of(const operation& op) const {
    const policy* p = find_policy(model_.collections[op.collection].policy);
    CHECK(p != nullptr);
    return *p;
  }

  const field_schema& field_of(const operation& op, const field_write& w) const {
    return model_.collections[op.collection].fields[w.field];
  }

  const schema& model_;
  const intent& in_;
  position at_;
  row_access& rows_;
  telemetry::counters& counts_;
  workspace work_;

  std::vector<changed_field> changed_;
  std::vector<field_outcome> overridden_;
  bool any_effect_ = false;
  intent_id first_winner_; ///< of the first write that does not take effect
  verdict_rule first_rule_ = verdict_rule::none;
  decision held_back_;
};

} // namespace

decision decide(const schema& model, const intent& in, position at, row_access& rows, telemetry::counters& counts) {
  return judge(model, in, at, rows, counts).run();
}

} // namespace squall::merge
