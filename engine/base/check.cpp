#include "engine/base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace squall::detail {

void check_failed(const char* what, const char* file, int line) noexcept {
  std::fprintf(stderr, "%s:%d: CHECK(%s) failed\n", file, line, what);
  std::fflush(stderr);
  std::abort();
}

} // namespace squall::detail
