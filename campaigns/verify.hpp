// The determinism check: the same plan in two fresh processes, and where they part.
#pragma once

#include "reports/run.pb.h"
#include "scenarios/plan.pb.h"

#include <string>

namespace squall::campaigns {

/// The first history entry in which two runs of `plan`, each in a process of its own, differ: "entry 812: ... / ...".
/// Empty where they do not differ this time.
std::string first_difference(const scenarios::Plan& plan);

/// Adds the invariant `determinism` to `run`: pass if `digest` (of another process) is its own.
void judge_determinism(const scenarios::Plan& plan, const std::string& digest, reports::Run& run);

} // namespace squall::campaigns
