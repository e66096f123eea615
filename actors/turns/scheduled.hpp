// Plays a plan's schedule: the order of a run that a search found.
#pragma once

#include "actors/turns/turn.hpp"
#include "scenarios/plan.pb.h"

namespace squall::actors {

/// Takes the schedule's turns in their order. One that is not there is passed over: a plan that lost an entry has fewer. When
/// they are used up the first turn is taken each time, until nothing is left to happen.
class scheduled final : public turn_chooser {
public:
  explicit scheduled(const scenarios::Schedule& schedule) : schedule_(schedule) {}
  decision choose(const crossroads& at) override;

private:
  /// Beyond the schedule so many turns: a system that has never done is for the run's own budgets.
  static constexpr int spare_max = 1000;

  const scenarios::Schedule& schedule_;
  int next_ = 0;
  int spare_ = 0;
};

} // namespace squall::actors
