// A failure on disk: a directory with all that is needed to see it again, anywhere.
//
//   plan.bin       the Plan (protobuf); what `replay` executes
//   plan.txt       the same, to read
//   failure.json   scenario, seed, verdict, signature, digest, version, command
//   history.bin    the full trace
//   report.txt     what was printed
//
// Written to a temporary name and renamed: it is there whole or not at all.
#pragma once

#include "engine/base/result.hpp"
#include "reports/run.pb.h"
#include "scenarios/plan.pb.h"

#include <string>

namespace squall::campaigns {

struct failure {
  scenarios::Plan plan;
  std::string digest; ///< 16 hexadecimal digits
  std::string signature;
  std::string version; ///< of the program that wrote it
};

/// Runs `plan` again with the full trace on, tells its story, and writes `directory`. `run.story` and `run.failure` are filled
/// in. Errors: `storage` (the directory cannot be written), `invalid_argument`.
result<void> write_failure(const scenarios::Plan& plan, const std::string& directory, reports::Run& run);

/// Errors: `not_found`, `corrupt`; the message names the file.
result<failure> read_failure(const std::string& directory);

/// The program's version as it is written into failures and reports.
const char* program_version() noexcept;

} // namespace squall::campaigns
