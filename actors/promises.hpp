// Promises at sends: what a device has promised its user must survive a power loss at the moment at which a message leaves
// it. At some of the sends that find promises open a copy of its disk loses power and is read by other means than the engine's: every intent that was
// accepted and has no durable terminal verdict must be in the queue there.
//
// The run does not notice: the copy has draws of its own, and nothing of this is in the history.
#pragma once

#include "actors/lineage.hpp"
#include "actors/simulation.hpp"

#include <cstdint>
#include <vector>

namespace squall::actors {

struct world;

class promise_checker {
public:
  /// The first and then every `every`-th handling of a client that sends something while it has promises is looked at; 0: none.
  explicit promise_checker(std::uint32_t every) : every_(every) {}

  /// Counts a send of a device that has promises; true if it is one to look at.
  bool due() noexcept { return every_ != 0 && sends_++ % every_ == 0; }
  /// `awaiting`: the intents of `actor` whose verdict is not known there. `sending` names the hypothetical power loss.
  void check(world& w, std::uint32_t actor, const std::vector<intent_id>& awaiting, lineage sending);

  const promise_findings& findings() const noexcept { return findings_; }

private:
  std::uint32_t every_ = 0;
  std::uint64_t sends_ = 0;
  promise_findings findings_;
};

} // namespace squall::actors
