#include "engine/server/admission.hpp"

namespace squall::server {

admission::answer admission::ask(std::uint32_t device, std::size_t jobs, time_ns now) {
  if (jobs >= limits_.jobs_max)
    return answer::too_many_jobs;
  if (limits_.requests_per_minute == 0)
    return answer::welcome;
  auto& recent = recent_[device];
  while (!recent.empty() && now - recent.front() >= minute_ns)
    recent.pop_front();
  if (recent.size() >= limits_.requests_per_minute)
    return answer::too_many_requests;
  recent.push_back(now);
  return answer::welcome;
}

} // namespace squall::server
