#include "reports/invariants/model/facts.hpp"

namespace squall::invariants {

void facts::clear() {
  differences.clear();
  pages.clear();
  body_complete = 0;
  committed = 0;
  committed_again = false;
  commit_unknown = false;
  granted = true;
  verdict_judged = false;
  verdict_right = true;
  verdict_repeated = false;
  listing_checked = 0;
  listing_right = true;
}

} // namespace squall::invariants
