// Commits and verdicts, judged. A commit is judged on the state before it. A refusal has no place in the order: it is right if
// it is right on some state between the intent's arrival at the server and the verdict's release.
// A conflict leaves a branch, and has its place.
#pragma once

#include "reports/invariants/model/world.hpp"

namespace squall::invariants {

/// Between begin_commit and end_commit: what the commit does to the state.
void put(state& to, const effect& item);

class verdict_judge {
public:
  explicit verdict_judge(world& w) : w_(w) {}

  void committed(const entry& e);
  void branch_kept(const entry& e);
  void released(const entry& e);
  void listed(const entry& e);
  /// Anything but a verdict_field: the list of a merged verdict is complete.
  void close();

private:
  void place(const entry& e, intent_fact& fact, std::uint32_t scope);
  void force(const intent_fact& fact);
  void count_stamp(const entry& e, intent_fact& fact);
  stamp stamp_before(const intent_fact& fact);
  void resolve_tasks(intent_index intent);
  bool judge_branch(const entry& e, const verdict& given);
  void judge_refusal(intent_index intent, const verdict& given);
  bool refusal_fits(intent_index intent, const verdict& given, const view& on, const grant_set& grants);
  std::vector<position> changes_of(const intent_fact& fact, position since) const;
  std::uint32_t scope_of(const task_subject& about, const intent_fact& fact) const;

  world& w_;
  std::vector<effect> scratch_;
  intent_index listing_ = 0;
  std::uint32_t listed_ = 0;
  bool listing_right_ = true;
};

} // namespace squall::invariants
