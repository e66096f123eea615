#include "engine/server/job_table.hpp"

namespace squall::server {

bool job_table::add(work w, std::uint64_t lane, std::vector<io::job_id>& runnable) {
  const io::job_id id = next_++;
  jobs_.emplace(id, entry{std::move(w), lane});
  if (lane != own_lane) {
    auto& waiting = lanes_[lane];
    waiting.push_back(id);
    if (waiting.front() != id)
      return true;
  }
  runnable.push_back(id);
  return false;
}

job_table::work* job_table::at_turn(io::job_id id) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end())
    return nullptr;
  const std::uint64_t lane = found->second.lane;
  return lane == own_lane || lanes_.at(lane).front() == id ? &found->second.w : nullptr;
}

void job_table::remove(io::job_id id, std::vector<io::job_id>& runnable) {
  const auto found = jobs_.find(id);
  CHECK(found != jobs_.end());
  const std::uint64_t lane = found->second.lane;
  jobs_.erase(found);
  if (lane == own_lane)
    return;
  const auto waiting = lanes_.find(lane);
  CHECK(waiting != lanes_.end() && waiting->second.front() == id);
  waiting->second.pop_front();
  if (waiting->second.empty())
    lanes_.erase(waiting);
  else
    runnable.push_back(waiting->second.front());
}

} // namespace squall::server
