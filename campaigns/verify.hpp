// The determinism check: the same plan in two fresh processes, and where they part.
#pragma once

#include "reports/history/render.hpp"
#include "reports/run.pb.h"
#include "scenarios/plan.pb.h"

#include <optional>
#include <string>

namespace squall::actors {
class system_under_test;
}

namespace squall::campaigns {

/// The first history entry in which two runs of `plan`, each in a process of its own, differ, with what went before and after
/// on both sides. Nothing where they do not differ this time, or could not be recorded (then `error` is not empty).
/// `system`: null: ours.
std::optional<history::difference> first_difference(const scenarios::Plan& plan, std::string& error,
                                                    actors::system_under_test* system = nullptr);

/// Adds the invariant `determinism` to `run`: pass if `digest` (of another process) is its own. If not, the violation says
/// where two runs part, and the run's story shows both sides.
void judge_determinism(const scenarios::Plan& plan, const std::string& digest, reports::Run& run,
                       actors::system_under_test* system = nullptr);

} // namespace squall::campaigns
