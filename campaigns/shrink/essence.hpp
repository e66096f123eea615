// What the story of the violation tells, and nothing else.
#pragma once

#include "scenarios/plan.pb.h"

#include <vector>

namespace squall::campaigns {

/// Plans with only the changes that the first violation of this one is about, and what those need. Who had not seen
/// what another had done, or could not send what he did, was behind for reasons that may take a crowd: here a device is
/// offline for that long. The plainest first; none where the plan does not hold all those changes.
std::vector<scenarios::Plan> essences_of(const scenarios::Plan& plan);

} // namespace squall::campaigns
