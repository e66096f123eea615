// `squall replay` where it stops on the way: at one place, or at a prompt that goes forward and back.
#pragma once

#include "scenarios/plan.pb.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace squall::cli {

struct look_arguments {
  std::string until;              ///< a place; empty: the end, or the start of a prompt
  std::vector<std::string> views; ///< what to show there; empty: everyone's state
  bool interactive = false;
  std::optional<std::int64_t> violation_at; ///< where the run breaks its first invariant
};

/// Exit code.
int look_around(const scenarios::Plan& plan, const look_arguments& args);

} // namespace squall::cli
