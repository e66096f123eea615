// One plan run apart from this process, which survives whatever the system under test does.
#pragma once

#include "reports/run.pb.h"
#include "scenarios/plan.pb.h"

namespace squall::cli {

/// Of a run that could not begin, or that died: `crash` says why, and the verdict is FAIL.
reports::Run run_in_worker(const scenarios::Plan& plan);

} // namespace squall::cli
