// Many tasks over worker processes. Each worker is a fork of this process and does one task after another; one that dies
// costs its task alone: that task's outcome says how it died, with its stack, and another worker takes over.
//
// Results come back in task order whatever the number of workers, so that reports do not depend on it.
#pragma once

#include "reports/run.pb.h"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace squall::campaigns {

struct worker_options {
  int jobs = 1;                        ///< workers at a time; >= 1
  const volatile bool* stop = nullptr; ///< where set and true: kill the workers, return what has finished
  /// Called in the parent after each finished task, in completion order.
  std::function<void(std::size_t done, const reports::Run&)> finished;
};

struct worker_outcome {
  std::vector<reports::Run> runs; ///< by task; those that did not finish have `verdict` NONE
  bool interrupted = false;
};

/// Runs `work(task)` for each task in [0, tasks) in a worker process. A worker that dies gives a Run with verdict FAIL and
/// `crash` set; `describe(task, run)` fills in what it was about. Precondition: this process has one thread.
worker_outcome run_in_workers(std::size_t tasks, const std::function<reports::Run(std::size_t)>& work,
                              const std::function<void(std::size_t, reports::Run&)>& describe,
                              const worker_options& options);

} // namespace squall::campaigns
