// A name for what has happened so far in a run. Two orders of the same turns have one name iff one becomes the other by
// swapping neighbours that do not depend on each other (Mazurkiewicz 1977): then every participant has lived through the
// same, what is on its way is the same, and so is all that can follow.
//
// Each turn is hashed with the turns that it directly depends on; the name is the sum, which has no order. Dependent are
//   - the turns of one device, in their order; those of the issuer likewise;
//   - a message's arrival, on the turn that sent it; a server's work, on the turn that began it;
//   - at the server, on the last turn that may have written: a write or a read on it. Reads (pulls) do not depend on each
//     other, and a write's reads before it know by themselves that they were earlier;
//   - where stamps of clocks decide, each act on the last act of anybody.
// A loss depends on the sending alone, which the message's lineage names.
//
// 64 bits: among a million names two collide with a chance of 3 in 100 million.
#pragma once

#include "actors/turns/turn.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace squall::campaigns {

class trace_key {
public:
  /// `devices`: the issuer is the actor after the last.
  trace_key(std::uint32_t devices, bool acts_in_order) : last_(devices + 2, 0), acts_in_order_(acts_in_order) {}

  /// To be told of each crossroads, before anything is asked about its turns.
  void arrive(const actors::crossroads& at);
  std::uint64_t value() const noexcept { return sum_; }
  /// `value` once this turn is taken, or lost.
  std::uint64_t after(const actors::turn& t, bool lost) const;
  void take(const actors::turn& t, bool lost);

private:
  std::uint64_t hash_of(const actors::turn& t, bool lost) const;
  static bool reads_only(const actors::turn& t);

  std::vector<std::uint64_t> last_; ///< turn of each actor; of the server, the last that may have written
  bool acts_in_order_;
  std::uint64_t last_act_ = 0;
  std::uint64_t newest_ = 0;                       ///< the last turn taken
  std::map<std::uint64_t, std::uint64_t> made_by_; ///< by the cause of what is on its way
  std::uint64_t sum_ = 0;
};

} // namespace squall::campaigns
