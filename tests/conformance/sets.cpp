#include "tests/conformance/parts.hpp"
#include "tests/conformance/words.hpp"

namespace squall::conformance {

std::vector<row> set_rows() { return {}; }
std::vector<row> crdt_rows() { return {}; }

} // namespace squall::conformance
