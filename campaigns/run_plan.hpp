// One plan to one outcome: simulate, judge, compare with what the scenario expects to have been reached.
#pragma once

#include "engine/base/result.hpp"
#include "reports/history/sink.hpp"
#include "reports/run.pb.h"
#include "scenarios/plan.pb.h"

#include <cstdint>
#include <string>
#include <vector>

namespace squall::actors {
class system_under_test;
class turn_chooser;
} // namespace squall::actors

namespace squall::campaigns {

struct run_options {
  std::vector<history::sink*> sinks; ///< besides the judge; each gets every entry
  bool remember_texts = false;
  std::uint32_t check_promises_every = 256;    ///< see actors/simulation.hpp; changes no digest
  actors::system_under_test* system = nullptr; ///< null: ours
  actors::turn_chooser* turns = nullptr;       ///< decides the order of events; null: time does, or the plan's schedule
};

struct run_result {
  reports::Run run;
  history::name_table names;
  std::uint64_t acknowledgements = 0;
  bool abandoned = false; ///< by `turns`: nothing was judged
};

/// Errors: `invalid_argument` (the plan cannot be run as it is).
result<run_result> run_plan(const scenarios::Plan& plan, const run_options& options);

/// "invariant/shape" of the first violation (see reports/first_violation.hpp); empty where nothing failed.
std::string signature_of(const reports::Run& run);

} // namespace squall::campaigns
