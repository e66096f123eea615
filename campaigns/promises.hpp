// What the checks of promises at sends (actors/promises.hpp) mean for a run's verdict.
#pragma once

#include "actors/simulation.hpp"
#include "reports/run.pb.h"

namespace squall::campaigns {

/// Adds the invariant `promises_durable` to `run`, if any send was looked at.
void judge_promises(const actors::promise_findings& found, reports::Run& run);

} // namespace squall::campaigns
