// The generations of a feed: a server that is restored from a backup goes on from an earlier state, and what it had done since
// is undone. Positions name states for ever, also those that were undone, since replicas go on showing them until they hear of
// it; sequences are given out again in each generation.
#pragma once

#include "reports/invariants/model/types.hpp"

#include <vector>

namespace squall::invariants {

class generations {
public:
  /// `first_sequence`: of the first commit; 0: not known before it comes.
  explicit generations(std::uint64_t first_sequence) : branches_{{0, 1, 0, first_sequence}} {}

  /// The newest state; `size` commits were made in all generations.
  position head(position size) const { return size < branches_.back().begin ? branches_.back().parent : size; }
  /// The state at `to` has the commit `at` in its past, or is made by it. O(1) while nothing was ever undone.
  bool covers(position to, position at) const { return branches_.size() == 1 ? at <= to : at <= to && on_path(to, at); }
  bool ever_restored() const { return branches_.size() > 1; }
  /// The state that the commit at `at`, not 0, was made on.
  position before(position at) const;

  std::uint64_t sequence(position at) const;
  /// The state that a reader at sequence `s` of that generation has; of the newest, if there never was such a generation.
  position at_sequence(std::uint64_t s, std::uint64_t generation, position size) const;
  std::uint64_t next_sequence(position size) const;
  bool knows_first() const { return branches_.front().first != 0; }
  void set_first(std::uint64_t s) { branches_.front().first = s; }

  /// Before the first restore: how the first generation is called.
  void name_first(std::uint64_t generation) { branches_.front().generation = generation; }
  /// The next commit follows the state at `parent`.
  void restore(std::uint64_t generation, position parent, position size);

private:
  struct branch {
    std::uint64_t generation = 0;
    position begin = 1;      ///< its first commit
    position parent = 0;     ///< the state that it goes on from
    std::uint64_t first = 0; ///< sequence of its first commit
  };
  std::size_t branch_of(position at) const;
  bool on_path(position to, position at) const;

  std::vector<branch> branches_;
};

} // namespace squall::invariants
