// A failure on disk: a directory with all that is needed to see it again, anywhere.
//
//   plan.bin       the Plan (protobuf); what `replay` executes
//   plan.txt       the same, to read
//   failure.json   scenario, seed, verdict, signature, digest, version, command
//   history.bin    the full trace
//   report.txt     what was printed
//   scenario.yaml  of a shrunk one: the story to read, change and run; beside it test.cpp, a GoogleTest that fails with it
//
// Written to a temporary name and renamed: it is there whole or not at all.
#pragma once

#include "engine/base/result.hpp"
#include "reports/run.pb.h"
#include "scenarios/plan.pb.h"

#include <string>
#include <utility>
#include <vector>

namespace squall::campaigns {

struct failure {
  scenarios::Plan plan;
  std::string digest; ///< 16 hexadecimal digits
  std::string signature;
  std::string version; ///< of the program that wrote it
};

/// A further file of the directory: its name and what is in it.
using extra_file = std::pair<std::string, std::string>;

/// Runs `plan` again with the full trace on, tells its story, and writes `directory`. `run.story` and `run.failure` are filled
/// in. Errors: `storage` (the directory cannot be written), `invalid_argument`.
result<void> write_failure(const scenarios::Plan& plan, const std::string& directory, reports::Run& run,
                           const std::vector<extra_file>& extras = {});

/// Errors: `not_found`, `corrupt`; the message names the file.
result<failure> read_failure(const std::string& directory);

/// The program's version as it is written into failures and reports: "0.1.0+1f3a09bc". What follows the plus tells builds
/// apart: it comes from the program's own bytes.
const char* program_version() noexcept;

} // namespace squall::campaigns
