#include "engine/merge/moves.hpp"

#include "engine/merge/constraints.hpp"

#include <algorithm>

namespace squall::merge {

using telemetry::probe;

namespace {

class mover {
public:
  mover(const schema& model, const intent& in, const position& at, row_access& rows, workspace& work)
      : model_(model), in_(in), at_(at), rows_(rows), work_(work), to_(in.operations.front().to_scope) {}

  std::optional<decision> run() {
    const record_id first = in_.operations.front().record;
    if (work_.find(first)->deleted)
      return rejected(verdict_rule::gone);
    gather(first);
    if (at_.sequence != pending_sequence) {
      if (!stands_alone())
        return rejected(verdict_rule::reference);
      if (auto held = judge_keys())
        return held;
    }
    for (const record_id& id : going_) {
      row& r = work_.touch(id);
      r.scope = to_;
      r.presence_writer = in_.id;
      r.presence_sequence = r.last_sequence = at_.sequence;
    }
    return std::nullopt;
  }

  std::size_t gone_along() const noexcept { return going_.size() - 1; }

private:
  static bool live(const row* r) { return r != nullptr && !r->deleted; }
  bool goes(const record_id& id) const { return std::find(going_.begin(), going_.end(), id) != going_.end(); }

  void gather(const record_id& id) {
    going_.push_back(id);
    for (const record_id& child : rows_.referrers_of(id)) {
      const row* r = work_.find(child);
      if (live(r) && !goes(child) && reference_to(model_, *r, id) == on_delete::cascade)
        gather(child);
    }
  }

  /// Nothing that stays is joined with what goes, and nobody has to decide about it.
  bool stands_alone() {
    return std::all_of(going_.begin(), going_.end(), [&](const record_id& id) {
      const auto referred = held_references(model_, *work_.find(id));
      const auto referring = rows_.referrers_of(id);
      return !rows_.awaits_decision(id) &&
             std::all_of(referred.begin(), referred.end(), [&](const record_id& to) { return goes(to); }) &&
             std::all_of(referring.begin(), referring.end(), [&](const record_id& from) {
               const row* r = work_.find(from);
               return goes(from) || !live(r) || reference_to(model_, *r, id) == on_delete::none;
             });
    });
  }

  std::optional<decision> judge_keys() {
    for (const record_id& id : going_) {
      const row& r = *work_.find(id);
      const auto& keys = model_.collections[r.collection].unique;
      for (std::size_t k = 0; k < keys.size(); ++k)
        if (const row* other = twin_of(r, k)) {
          decision out;
          out.outcome = {.kind = verdict_kind::conflicted,
                         .rule = verdict_rule::unique,
                         .winner = newest_key_writer(*other, keys[k])};
          out.subject = {other->id, other->collection, unique_key_subject(static_cast<std::uint16_t>(k))};
          out.subject_scope = to_;
          return out;
        }
    }
    return std::nullopt;
  }

  const row* twin_of(const row& r, std::size_t k) {
    const auto number = key_number(model_, r, k);
    if (!number)
      return nullptr;
    for (const record_id& id : rows_.holders_in(to_, *number)) {
      const row* other = rows_.find_in(to_, id);
      if (live(other) && other->collection == r.collection && same_key(model_, *other, r, k))
        return other;
    }
    return nullptr;
  }

  static decision rejected(verdict_rule rule) {
    decision out;
    out.outcome = {.kind = verdict_kind::rejected, .rule = rule};
    return out;
  }

  const schema& model_;
  const intent& in_;
  const position& at_;
  row_access& rows_;
  workspace& work_;
  scope_id to_;
  std::vector<record_id> going_;
};

probe probe_of(verdict_rule rule) {
  return rule == verdict_rule::gone     ? probe::merge_gone
         : rule == verdict_rule::unique ? probe::merge_key_taken
                                        : probe::merge_move_held;
}

} // namespace

std::optional<decision> judge_move(const schema& model, const intent& in, const position& at, row_access& rows,
                                   workspace& work, telemetry::counters& counts) {
  mover by(model, in, at, rows, work);
  auto held = by.run();
  counts.hit(held ? probe_of(held->outcome.rule) : probe::merge_moved);
  if (!held && by.gone_along() > 0)
    counts.hit(probe::merge_moved_along);
  return held;
}

} // namespace squall::merge
