// YAML -> Scenario, or everything that is wrong with it. Pure but for reading the file; never throws.
#pragma once

#include "scenarios/diagnostic.hpp"
#include "scenarios/scenario.pb.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace squall::scenarios {

struct load_options {
  /// "devices.count=20": a dotted path (names, or places in a list from 0) and a YAML value, applied before validation.
  std::vector<std::string> sets;
  /// A variant of the file to apply, before `sets`. Empty: none.
  std::string variant;
  /// Names that `expect.reached` may use beside metrics and faults: the probes. Nothing: any name passes.
  std::optional<std::vector<std::string>> probes;
};

struct load_outcome {
  std::optional<Scenario> scenario;    ///< there iff nothing is wrong
  std::vector<diagnostic> diagnostics; ///< all that is wrong, in the order of the file
  bool ok() const noexcept { return scenario.has_value(); }
};

/// `file` only names the text in messages.
load_outcome load_text(std::string_view text, const std::string& file, const load_options& options = {});
/// At most 1 MiB is read.
load_outcome load_file(const std::string& path, const load_options& options = {});

} // namespace squall::scenarios
