// A dying process prints its stack, so that whoever finds it knows where.
#pragma once

namespace squall::campaigns {

/// On SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT: the stack goes to standard error, then the signal takes its course.
void print_stack_on_crash() noexcept;

} // namespace squall::campaigns
