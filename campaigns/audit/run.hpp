// The account of a run's server: taken at the run's end, from a copy of its disk.
#pragma once

#include "campaigns/audit/account.hpp"
#include "scenarios/plan.pb.h"

namespace squall::campaigns::audit {

/// Runs the plan. Errors: `invalid_argument` (it cannot be run), `storage`, `corrupt`, `unavailable` (the run did not get to
/// its end).
result<account> run_and_account(const scenarios::Plan& plan);

} // namespace squall::campaigns::audit
