// What should have become of operations in the order in which a server judged them, by the judge's own resolver.
#pragma once

#include "tests/conformance/table.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace squall::interleavings {

struct reference_outcome {
  int code = 0; ///< of the verdict: the numbers are those of SEMANTICS, for engine and judge alike
  int rule = 0;
  int winner = 0; ///< number of the step, from 1
};

struct reference_value {
  int tag = 0;
  std::int64_t number = 0;
  bool operator==(const reference_value&) const = default;
};

struct reference {
  std::vector<reference_outcome> outcomes;
  bool live = false;
  std::vector<reference_value> fields; ///< of the record, by field; derived ones are left at none
};

reference judge_steps(const std::vector<conformance::step>& steps, const std::string& collection,
                      const std::string& record);

} // namespace squall::interleavings
