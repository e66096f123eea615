// Whom a story needs, and by which seeds it may be told once its devices have numbers of their own.
#pragma once

#include "reports/run.pb.h"
#include "scenarios/plan.pb.h"

#include <cstdint>
#include <set>
#include <vector>

namespace squall::campaigns {

/// Sets of devices, the smallest first: those that do something, those that saw what is wrong in `run` (of the same plan),
/// their teams, all. None is empty.
std::vector<std::set<std::uint32_t>> casts_of(const scenarios::Plan& plan, const reports::Run& run);

/// Seed 1, that of the plan, a few more.
std::vector<std::uint64_t> seeds_to_try(const scenarios::Plan& plan);

} // namespace squall::campaigns
