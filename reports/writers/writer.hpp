// The report of a batch of runs in each format. Pure functions from the report model to text.
#pragma once

#include "reports/run.pb.h"

#include <string>

namespace squall::reports {

struct console_options {
  bool color = false;
  bool quiet = false;             ///< verdict lines only
  std::string program = "squall"; ///< as in commands to paste
};

/// For people: what was run, injected, checked; the first violation as a story; a command to paste.
std::string to_console(const Batch& batch, const console_options& options);
/// {"schema": "squall.run/1", ...}; stable, versioned. Ends with a newline.
std::string to_json(const Batch& batch);
/// JUnit XML: a test suite a scenario, a test case a seed.
std::string to_junit(const Batch& batch);

/// The worst verdict of the batch; `UNKNOWN` for an empty one.
Verdict overall(const Batch& batch);

} // namespace squall::reports
