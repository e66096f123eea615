// The reference resolver: what must become of an intent that commits next on a given state. Written from the semantics alone
// (docs/semantics.md: operations, policies, verdicts). Pure but for the overlay it appends to; deterministic.
#pragma once

#include "reports/invariants/model/intents.hpp"
#include "reports/invariants/model/state.hpp"

#include <vector>

namespace squall::invariants {

/// A change that is not in the state (yet): of a pending intent, or of the one being judged.
struct effect {
  static constexpr std::uint16_t row = 0xFFFF;
  record_index record = 0;
  intent_index writer = 0;
  std::uint16_t field = row; ///< `row`: the record becomes live or deleted
  std::uint16_t collection = 0;
  bool live = false;
  cell_value value;
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
};

struct outcome {
  verdict_code code = verdict_code::none;
  rule_code rule = rule_code::none;
  intent_index winner = 0;
  std::vector<lost_write> lost;
  /// The intent also holds an operation that asks for the other refusal: which of the two is reported is not settled.
  bool gone_or_conflicted = false;
  bool concurrent_cell = false;   ///< some write is concurrent with the visible write of its cell
  bool concurrent_record = false; ///< some operation is concurrent with a change of its record
};

/// A state with an overlay of effects on top. The overlay outlives the view.
class view {
public:
  view(const state& base, position at, std::vector<effect>& overlay) : base_(base), at_(at), overlay_(overlay) {}

  cell_view cell(record_index record, std::uint16_t field) const;
  row_view row(record_index record) const;
  /// With the overlay's changes to the row's children left out: those may not be known to whoever asks.
  std::int64_t derived(record_index record, std::uint16_t field, const history::name_table& names) const;
  position at() const { return at_; }
  std::vector<effect>& overlay() const { return overlay_; }
  const state& base() const { return base_; }

private:
  const state& base_;
  position at_;
  std::vector<effect>& overlay_;
};

class resolver {
public:
  resolver(const rule_book& rules, const state& base, const intent_table& intents)
      : rules_(rules), base_(base), intents_(intents) {}

  struct question {
    intent_index intent = 0;
    bool granted = true; ///< its user may write its scope
    const history::name_table* names = nullptr;
  };
  /// Judges the intent on `on`. If it takes effect, its effects are appended to the view's overlay; else that is unchanged.
  outcome judge(const question& asked, const view& on) const;

  /// The author of `intent` had seen the write of `writer` that is in the state at `at`.
  bool seen(const intent_fact& intent, intent_index intent_number, intent_index writer, position at) const;

private:
  struct work;
  bool malformed(const intent_fact& intent) const;
  bool malformed(const operation& op) const;
  bool foreign(const intent_fact& intent) const;
  void check_known(work& w) const;
  bool refused_create(const work& w, record_index record) const;
  void check_guards(work& w) const;
  bool holds(const guard& item, const work& w) const;
  void apply(work& w, const operation& op) const;
  void create(work& w, const operation& op) const;
  void update(work& w, const operation& op) const;
  void update_deleted(work& w, const operation& op, const row_view& row) const;
  void remove(work& w, const operation& op) const;
  void restore(work& w, const operation& op) const;
  void assign(work& w, const operation& op, const write& item) const;
  void conclude(work& w) const;

  const rule_book& rules_;
  const state& base_;
  const intent_table& intents_;
};

} // namespace squall::invariants
