#include "tests/conformance/parts.hpp"
#include "tests/conformance/words.hpp"

namespace squall::conformance {

std::vector<row> bound_rows() { return {}; }
std::vector<row> reference_rows() { return {}; }
std::vector<row> unique_rows() { return {}; }
std::vector<row> hash_rows() { return {}; }

} // namespace squall::conformance
