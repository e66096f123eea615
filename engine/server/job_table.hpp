// Requests at work. Each is a job that goes on when the host resumes it; pushes of one incarnation wait for each other, in
// order of arrival.
#pragma once

#include "engine/server/pull_job.hpp"
#include "engine/server/push_job.hpp"
#include "engine/server/snapshot_job.hpp"

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <variant>
#include <vector>

namespace squall::server {

class job_table {
public:
  using work = std::variant<push_job, pull_job, snapshot_job>;
  /// The lane of work that waits for nothing.
  static constexpr std::uint64_t own_lane = ~std::uint64_t{0};

  std::size_t size() const noexcept { return jobs_.size(); }

  /// Adds a job to a lane; it is runnable, and then put into `runnable`, if it is the lane's first.
  /// Result: true if it must wait.
  bool add(work w, std::uint64_t lane, std::vector<io::job_id>& runnable);

  /// The job, if it exists and is the first of its lane; valid until it is removed.
  work* at_turn(io::job_id id);
  /// Ends a job and makes the next of its lane runnable. Precondition: `at_turn(id)`.
  void remove(io::job_id id, std::vector<io::job_id>& runnable);

private:
  struct entry {
    work w;
    std::uint64_t lane;
  };
  io::job_id next_ = 1;
  std::unordered_map<io::job_id, entry> jobs_;
  std::unordered_map<std::uint64_t, std::deque<io::job_id>> lanes_;
};

} // namespace squall::server
