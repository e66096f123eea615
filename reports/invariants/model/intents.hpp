// What the history says about each intent: what it does, what its author had seen, and what became of it.
#pragma once

#include "reports/history/names.hpp"
#include "reports/invariants/model/types.hpp"

#include <span>
#include <vector>

namespace squall::invariants {

struct write {
  std::int64_t number = 0;
  std::uint16_t field = 0;
  write_code code = write_code::set;
  value_tag tag = value_tag::none;
  // What the author says the field was.
  value_tag before_tag = value_tag::none;
  std::int64_t before = 0;
};

struct operation {
  record_index record = 0;
  std::uint32_t writes_begin = 0;
  std::uint32_t task = 0; ///< that it resolves, 0: none
  std::uint32_t branches_begin = 0;
  std::uint16_t branches = 0; ///< that its author saw
  std::uint16_t writes = 0;
  std::uint16_t collection = 0;
  operation_code code = operation_code::create;
  std::uint32_t to = 0; ///< of a move: the scope where it goes
};

struct guard {
  record_index record = 0;
  std::uint16_t collection = 0;
  std::uint16_t field = 0;
  compare_code compare = compare_code::equal;
  value_tag tag = value_tag::none;
  std::int64_t number = 0;
};

struct verdict {
  verdict_code code = verdict_code::none;
  rule_code rule = rule_code::none;
  intent_index winner = 0;
  std::uint64_t s = 0;
  bool operator==(const verdict&) const = default;
};

constexpr bool takes_effect(verdict_code code) { return code == verdict_code::applied || code == verdict_code::merged; }
constexpr bool terminal(verdict_code code) { return code >= verdict_code::applied && code <= verdict_code::rejected; }

/// A write that did not take effect, and to whom it lost.
struct lost_write {
  record_index record = 0;
  std::uint16_t field = 0;
  rule_code rule = rule_code::none;
  intent_index winner = 0;
  bool operator==(const lost_write&) const = default;
};

/// What the server made of an intent when it committed it, until that was undone.
struct undone_commit {
  position at = 0;
  stamp counted;
  std::uint32_t role = 0;
};

/// Of an intent that was undone, or that has several names. There are few.
struct past_fact {
  position undone = 0; ///< its last commit that went when the server was restored, and its sequence
  std::uint64_t undone_s = 0;
  std::vector<undone_commit> commits; ///< all of them: who does not know yet still sees what they made
  verdict released;                   ///< the last that went so
  bool was_kept = false;              ///< its device had to have it still when it was undone
  bool offered = false;               ///< and has sent it again
  intent_index relabels = 0;          ///< the one that it is another name of
  intent_index relabelled = 0;        ///< its own other name
};

struct intent_fact {
  std::uint64_t plan_id = 0;
  std::uint64_t context_s = 0;
  std::uint64_t generation = 0;
  std::uint64_t floor_s = 0; ///< greatest `s` that anybody had been told when it was accepted
  std::int64_t accepted_at = 0;
  stamp given;   ///< when it was accepted
  stamp counted; ///< by the server, of a committed one
  std::uint32_t device = 0;
  std::uint32_t incarnation = 0;
  std::uint32_t seq = 0;
  std::uint32_t scope = 0;
  std::uint32_t operations_begin = 0;
  std::uint32_t guards_begin = 0;
  std::uint16_t operations = 0;
  std::uint16_t guards = 0;
  std::uint32_t grant_steps = 0; ///< how often its user's grants had changed when it arrived, as `fence_steps`
  std::uint32_t tasks = 0;       ///< how many had been opened then
  position context = 0;
  position committed = 0;                     ///< 0: not
  position carried = never;                   ///< state when it first left its device ...
  position arrived = never;                   ///< ... and when a message with it first reached the server
  verdict_code expected = verdict_code::none; ///< of a committed one
  bool accepted = false;
  bool exited = false;   ///< left the send queue
  bool orphaned = false; ///< its incarnation is over
  bool recommitted = false;
  bool blind = false;           ///< its context is of a generation that is not the server's: it has seen nothing
  bool half_blind = false;      ///< ... unless the copy that stands has a refusal of it, from before that was told
  std::uint32_t past = 0;       ///< see past_fact
  std::uint32_t lost_begin = 0; ///< of a merged one: what it must list
  std::uint32_t lost = 0;
  std::uint32_t role = 0; ///< of its author, when it was committed or kept as a branch
  std::uint32_t task = 0; ///< that it was kept in as a branch, 0: none
  std::uint32_t fence_steps =
      0;            ///< how often its scope's fence had moved when it arrived (when it left, if it never did)
  verdict kept;     ///< what it had to be told then
  verdict released; ///< the first one
  verdict received; ///< durable at its device
};

class intent_table {
public:
  intent_table() : facts_(1), pasts_(1) {}

  /// Makes room; what an index stands for comes from the name table.
  intent_fact& at(intent_index intent, const history::name_table& names);
  const intent_fact& get(intent_index intent) const { return facts_[intent < facts_.size() ? intent : 0]; }
  std::size_t size() const { return facts_.size(); }
  const past_fact& past(const intent_fact& of) const { return pasts_[of.past]; }
  const past_fact& past(intent_index of) const { return past(get(of)); }
  /// Its stamp and its author's role as of the commit at that position, which is one of its own.
  const stamp& counted_at(intent_index intent, position at) const;
  std::uint32_t role_at(intent_index intent, position at) const;
  /// Makes room.
  past_fact& past_at(intent_fact& of);
  /// Number of the entry that told the first verdict that stands. Kept only where verdicts can be undone.
  void note_release(intent_index intent, std::uint64_t step);
  std::uint64_t released_step(intent_index intent) const { return intent < released_.size() ? released_[intent] : 0; }

  std::span<const operation> operations(const intent_fact& intent) const {
    return std::span(operations_).subspan(intent.operations_begin, intent.operations);
  }
  std::span<const write> writes(const operation& op) const {
    return std::span(writes_).subspan(op.writes_begin, op.writes);
  }
  std::span<const intent_index> branches(const operation& op) const {
    return std::span(branches_).subspan(op.branches_begin, op.branches);
  }
  /// It names a task in one of its operations.
  bool resolves(const intent_fact& intent) const;
  /// Where it moves a record, 0 if it does not.
  std::uint32_t moves_to(const intent_fact& intent) const;
  /// The one of its names that has taken effect in what stands, but itself; 0: none.
  intent_index effective_name(intent_index intent) const;
  std::span<const guard> guards(const intent_fact& intent) const {
    return std::span(guards_).subspan(intent.guards_begin, intent.guards);
  }
  std::span<const lost_write> lost(const intent_fact& intent) const {
    return std::span(lost_).subspan(intent.lost_begin, intent.lost);
  }

  // Building: an intent's parts are given one after another.
  void begin_body(intent_fact& intent);
  void add(intent_fact& intent, const operation& op);
  void add_write(intent_fact& intent, record_index record, const write& item);
  void add_branch(const intent_fact& intent, intent_index branch);
  void add(intent_fact& intent, const guard& item);
  void set_lost(intent_fact& intent, std::span<const lost_write> items);

  /// The set write of that cell in the intent, null if it has none (the last one, if several).
  const write* find_write(intent_index intent, record_index record, std::uint16_t field) const;

private:
  const undone_commit* undone_at(intent_index intent, position at) const;

  std::vector<intent_fact> facts_;
  std::vector<operation> operations_;
  std::vector<write> writes_;
  std::vector<guard> guards_;
  std::vector<intent_index> branches_;
  std::vector<lost_write> lost_;
  std::vector<past_fact> pasts_;
  std::vector<std::uint64_t> released_; ///< by intent
};

} // namespace squall::invariants
