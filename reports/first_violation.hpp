// Which of a run's violations came first: the one that its signature names and that its story is told of.
#pragma once

#include "reports/run.pb.h"

namespace squall::reports {

/// Both null where nothing failed; `of` alone where an invariant failed without a violation to show.
struct first_violation {
  const InvariantResult* in = nullptr;
  const Violation* of = nullptr;
};

/// The first in time; of one moment, the first in the order of the report. What a history does not show (a promise that was
/// looked at now and then, a second run that differed) comes only where nothing else failed: else a signature would hang on
/// when somebody looked. Where the same violation is there several times at that moment, `of` is one that names an intent.
/// Points into `run`.
first_violation first_violation_of(const Run& run);

} // namespace squall::reports
