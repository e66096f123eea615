// Going about in a run, forward and back. The run itself is executed in a process of its own; on its way it leaves copies of
// itself, at most `parked_max`, the denser the nearer to where it stands. Going back wakes a copy of the nearest one before.
// Every state is defined by executing the plan from its start; each arrival's digest is compared with that of the first visit.
#pragma once

#include "campaigns/inspect/protocol.hpp"
#include "campaigns/inspect/standing.hpp"
#include "engine/base/result.hpp"
#include "scenarios/plan.pb.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace squall::campaigns::inspect {

struct travel_options {
  standing_options standing;
  std::size_t parked_max = 16;
  std::uint64_t parked_bytes_max = 1ULL << 30; ///< memory that copies have for themselves
};

struct place {
  std::uint64_t moment = 0;
  std::int64_t at_ns = 0;
  std::uint64_t entries = 0; ///< written so far
  std::uint64_t digest = 0;  ///< of them
  bool ended = false;
  bool found = true; ///< false: nothing there is like what was asked for; the place is where the search ended
};

class time_travel {
public:
  /// `plan` must outlive this. This process becomes the one that inherits orphans. Precondition: it has one thread.
  time_travel(const scenarios::Plan& plan, travel_options options);
  ~time_travel();
  time_travel(const time_travel&) = delete;
  time_travel& operator=(const time_travel&) = delete;

  /// Stands at the run's start. Errors: `invalid_argument` (the plan cannot be run), `corrupt` (the process died).
  result<place> begin();
  /// Errors: `corrupt`: the run arrived elsewhere than before (it is not deterministic), or its process died.
  result<place> go(const request& where);
  /// What is seen here; see views.hpp.
  result<std::string> show(const std::string& view);

  std::size_t parked() const { return parked_.size(); }
  /// Of every process that is alive: for tests of what they hold.
  std::vector<int> processes() const;

private:
  struct copy {
    channel line;
    reply stands;
  };
  result<place> wait();
  result<place> arrive(const reply& r);
  result<place> go_back(const request& where, std::uint64_t moment);
  void keep(copy parked);
  void thin_out();
  std::uint64_t parked_bytes() const;
  error died();

  const scenarios::Plan& plan_;
  travel_options options_;
  channel active_;
  int active_pid_ = -1;
  reply last_;
  std::vector<copy> parked_;                       ///< ascending by moment
  std::map<std::uint64_t, std::uint64_t> visited_; ///< digest by moment
};

} // namespace squall::campaigns::inspect
