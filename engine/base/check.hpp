// CHECK states what must hold whatever the outside world does. A failed CHECK is a bug in the program, so it stops the
// process in every build; an expected failure is a `result` (result.hpp).
#pragma once

namespace squall::detail {

/// Prints `file:line: CHECK(what) failed` to standard error and aborts.
[[noreturn]] void check_failed(const char* what, const char* file, int line) noexcept;

} // namespace squall::detail

#define CHECK(condition)                                                                                               \
  do {                                                                                                                 \
    if (!(condition)) [[unlikely]]                                                                                     \
      ::squall::detail::check_failed(#condition, __FILE__, __LINE__);                                                  \
  } while (false)
