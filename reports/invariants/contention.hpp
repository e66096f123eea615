// Which intents met another: on some record that both change, neither author had seen the other's change. Counted on both
// sides, whatever became of them. O(1) an intent and amortised by how many it had not seen.
#pragma once

#include "reports/invariants/model/world.hpp"

#include <cstdint>
#include <vector>

namespace squall::invariants {

class contention {
public:
  /// The intent has its first terminal verdict, or was committed (`at`; 0: it was not).
  void judged(const world& w, intent_index intent, position at);
  std::uint64_t contended() const { return count_; }

private:
  struct change {
    intent_index intent = 0;
    position at = 0;
  };
  void meet(const world& w, intent_index intent, std::vector<change>& earlier);
  void mark(intent_index intent);

  std::vector<std::vector<change>> changes_; ///< by record, in commit order
  std::vector<bool> marked_;                 ///< by intent
  std::uint64_t count_ = 0;
};

} // namespace squall::invariants
