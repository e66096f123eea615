#include "campaigns/crash_stack.hpp"

#include <execinfo.h>
#include <signal.h>
#include <unistd.h>

#include <initializer_list>

namespace squall::campaigns {

namespace {

void print_stack(int signal_number) {
  void* frames[64];
  const int n = ::backtrace(frames, 64);
  ::backtrace_symbols_fd(frames, n, STDERR_FILENO);
  ::signal(signal_number, SIG_DFL);
  ::raise(signal_number);
}

} // namespace

void print_stack_on_crash() noexcept {
  void* warm_up[1];
  ::backtrace(warm_up, 1); // loads what it needs now: in the handler it may not allocate
  for (const int s : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT})
    ::signal(s, print_stack);
}

} // namespace squall::campaigns
