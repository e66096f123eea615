// The process that stands in a run: executes a plan, stops where it is told, answers what it sees, and leaves copies of itself
// behind (fork) so that going back is short. It is a process of its own, with one thread, no terminal and one descriptor that
// it writes to: its channel.
#pragma once

#include "actors/port/participant.hpp"
#include "campaigns/inspect/channel.hpp"
#include "scenarios/plan.pb.h"

#include <cstdint>
#include <functional>
#include <memory>

namespace squall::campaigns::inspect {

struct standing_options {
  std::int64_t park_every_ns = 50'000'000; ///< a copy stays behind after so much real time of running
  /// The system under test, made in the process that runs it.
  std::function<std::unique_ptr<actors::system_under_test>()> system;
};

/// Takes over this process: runs `plan` and serves `commands` until their other end is closed. Does not return.
/// Precondition: this process was made for it by fork, and has one thread.
[[noreturn]] void stand(const scenarios::Plan& plan, const standing_options& options, channel commands);

/// Closes all but 0, 1, 2 and `kept`, and turns those three to /dev/null.
void keep_only(int kept);

/// Threads of this process.
int threads_of_this_process();

} // namespace squall::campaigns::inspect
