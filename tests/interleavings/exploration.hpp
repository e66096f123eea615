// Every order in which a script's steps can happen, each state entered once. A state is kept by forking: its process waits
// while children try one choice after another, so that nothing has to be run again and replicas need no way to be copied.
#pragma once

#include "tests/interleavings/script.hpp"

#include <cstdint>
#include <string>

namespace squall::interleavings {

struct exploration {
  std::uint64_t states = 0; ///< different ones
  std::uint64_t pruned = 0; ///< ways that led to a state already visited
  std::uint64_t ends = 0;   ///< states in which nothing can happen any more
  std::uint64_t violations = 0;
  std::string first; ///< the first violation, and the way to it
};

exploration explore(const script& s);

} // namespace squall::interleavings
