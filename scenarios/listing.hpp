// What a scenario can name: for `squall list`, `squall validate` and `squall new`.
#pragma once

#include "scenarios/loader.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace squall::scenarios {

struct listed {
  std::string_view name;
  std::string_view about;
};

/// Workload kinds, in the order of the registry.
std::vector<listed> list_workloads();
/// Collection policies of this version.
std::vector<listed> list_policies();
/// What `expect.reached` may name beside faults and probes.
std::vector<listed> list_metrics();

struct validation {
  bool ok = false;
  std::string text; ///< a summary line, or one line for each thing wrong; ends in a newline
};

/// What `squall validate FILE` prints: also plans seed 1 and loads each variant.
validation validate_file(const std::string& path, const load_options& options = {});

/// What `squall new NAME` writes: a small, commented scenario that loads and runs. `name` of other than letters, digits and
/// dashes is turned into one.
std::string new_scenario_text(std::string_view name);

} // namespace squall::scenarios
