#include "reports/invariants/model/facts.hpp"

namespace squall::invariants {

void facts::clear() {
  stale.clear();
  fences.clear();
  grants.clear();
  differences.clear();
  pages.clear();
  tasks.clear();
  flags.clear();
  fence_judged = false;
  tombstones_forgotten = 0;
  below_fence = false;
  body_complete = 0;
  scope_expected = 0;
  generation_right = true;
  offered_again = false;
  committed = 0;
  committed_again = false;
  commit_unknown = false;
  granted = true;
  stamp_judged = false;
  stamp_right = true;
  tasks_closed = 0;
  branches_left = 0;
  branch_judged = false;
  branch_conflicts = true;
  branch_placed = true;
  branch_again = false;
  task_opened = false;
  branch_missing = false;
  verdict_judged = false;
  verdict_right = true;
  verdict_repeated = false;
  listing_checked = 0;
  listing_right = true;
}

} // namespace squall::invariants
