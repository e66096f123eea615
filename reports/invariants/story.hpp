// What led to a violation, told from the recorded history: who wrote what and when, which message carried it and what became
// of that message, commits, verdicts, crashes, faults, and at last what is and what should be.
#pragma once

#include "reports/run.pb.h"
#include "scenarios/plan.pb.h"

#include <string>
#include <vector>

namespace squall::invariants {

/// At most so many lines; what matters least is left out first.
constexpr std::size_t story_lines_max = 25;

/// Of one violation. One pass over the file at `history`. If that cannot be read, the one line says so.
std::vector<reports::StoryLine> story(const std::string& history, const scenarios::Plan& plan,
                                      const reports::Violation& violation);

/// Of the first violation of the first invariant that failed; empty if none did.
std::vector<reports::StoryLine> story(const std::string& history, const scenarios::Plan& plan, const reports::Run& run);

} // namespace squall::invariants
