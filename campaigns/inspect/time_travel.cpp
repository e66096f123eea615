#include "campaigns/inspect/time_travel.hpp"

#include "engine/base/check.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fmt/format.h>
#include <fstream>

namespace squall::campaigns::inspect {

time_travel::time_travel(const scenarios::Plan& plan, travel_options options)
    : plan_(plan), options_(std::move(options)) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

time_travel::~time_travel() {
  active_.close();
  parked_.clear();
  // Each ends when its line is closed; orphans of those that have ended come to this process.
  while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
  }
}

std::vector<int> time_travel::processes() const {
  std::vector<int> out;
  if (active_pid_ > 0)
    out.push_back(active_pid_);
  for (const auto& one : parked_)
    out.push_back(one.stands.pid);
  return out;
}

result<place> time_travel::begin() {
  auto [ours, theirs] = channel::pair();
  if (!ours.open())
    return error{errc::storage, "the system has no socket pair to give"};
  CHECK(threads_of_this_process() == 1);
  std::fflush(stdout);
  std::fflush(stderr);
  const int pid = ::fork();
  if (pid < 0)
    return error{errc::storage, "the system does not let this program fork"};
  if (pid == 0) {
    ours.close();
    stand(plan_, options_.standing, std::move(theirs));
  }
  active_ = std::move(ours);
  active_pid_ = pid;
  return wait();
}

error time_travel::died() {
  int status = 0;
  active_.close();
  ::waitpid(active_pid_, &status, 0);
  active_pid_ = -1;
  return {errc::corrupt, WIFSIGNALED(status) ? fmt::format("the run died here: signal {}", WTERMSIG(status))
                                             : std::string("the run ended here without a word")};
}

/// Takes what the active process says up to where it stands.
result<place> time_travel::wait() {
  for (;;) {
    auto got = active_.receive();
    auto said = got ? decode_reply(got->bytes) : std::nullopt;
    if (!said)
      return died();
    if (said->what == answer::failed)
      return error{errc::invalid_argument, said->text};
    if (said->what != answer::parked)
      return arrive(*said);
    if (auto same = arrive(*said); !same)
      return same;
    keep({std::move(got->attached), std::move(*said)});
  }
}

result<place> time_travel::arrive(const reply& r) {
  last_ = r;
  const auto [first, fresh] = visited_.emplace(r.moment, r.digest);
  if (!fresh && first->second != r.digest)
    return error{errc::corrupt,
                 fmt::format("the run is not the same every time: event {} was reached with digest {:016x} before, and "
                             "with {:016x} now; `squall run --verify` shows where two runs part",
                             r.moment, first->second, r.digest)};
  return place{r.moment, r.at_ns, r.entries, r.digest, r.ended, r.what != answer::not_found};
}

result<place> time_travel::go(const request& where) {
  if (!active_.open())
    return error{errc::corrupt, "the run is not there any more"};
  if (!active_.send(encode(where)))
    return died();
  auto there = wait();
  if (!there || last_.what != answer::behind)
    return there;
  const auto moment = last_.wanted;
  return go_back(where, moment);
}

result<place> time_travel::go_back(const request& where, std::uint64_t moment) {
  auto at = std::find_if(parked_.rbegin(), parked_.rend(), [&](const copy& c) { return c.stands.moment <= moment; });
  CHECK(at != parked_.rend()); // one stands at the start
  request how = where.what == verb::to_time ? where : request{verb::to_moment, moment, ""};
  if (!at->line.send(encode(how)))
    return error{errc::corrupt, "a copy of the run died"};
  auto got = at->line.receive();
  auto said = got ? decode_reply(got->bytes) : std::nullopt;
  if (!said || said->what != answer::woken)
    return error{errc::corrupt, "a copy of the run died"};
  active_.close();
  ::waitpid(active_pid_, nullptr, 0);
  active_ = std::move(got->attached);
  active_pid_ = said->pid;
  return wait();
}

result<std::string> time_travel::show(const std::string& view) {
  if (!active_.send(encode(request{verb::show, 0, view})))
    return died();
  auto there = wait();
  if (!there)
    return there.err();
  return last_.text;
}

// -- copies ------------------------------------------------------------------------------------------------------------

void time_travel::keep(copy parked) {
  const auto after = std::find_if(parked_.begin(), parked_.end(),
                                  [&](const copy& c) { return c.stands.moment >= parked.stands.moment; });
  if (after != parked_.end() && after->stands.moment == parked.stands.moment) {
    parked.line.close(); // one is there already
    ::waitpid(parked.stands.pid, nullptr, WNOHANG);
    return;
  }
  parked_.insert(after, std::move(parked));
  while (parked_.size() > options_.parked_max || (parked_.size() > 2 && parked_bytes() > options_.parked_bytes_max))
    thin_out();
}

/// The one goes whose neighbours are closest together, seen from here: distances count by their logarithm. Never the first.
void time_travel::thin_out() {
  const auto here = last_.work_ns;
  const auto distance = [&](const copy& c) { return std::max<std::int64_t>(1, std::abs(here - c.stands.work_ns)); };
  std::size_t worst = 1;
  double least = 0;
  for (std::size_t i = 1; i < parked_.size(); ++i) {
    const auto before = parked_[i - 1].stands.work_ns;
    const auto after =
        i + 1 < parked_.size() ? parked_[i + 1].stands.work_ns : std::max(here, parked_[i].stands.work_ns);
    // Half of it is plain distance: no gap may grow too long to be run again in a moment.
    const auto gap = static_cast<double>(after - before);
    const auto reach = static_cast<double>(distance(parked_[i])) + static_cast<double>(here) / 8 + 1;
    const auto loss = gap / reach;
    if (i == 1 || loss < least) {
      least = loss;
      worst = i;
    }
  }
  const int pid = parked_[worst].stands.pid;
  parked_.erase(parked_.begin() + static_cast<std::ptrdiff_t>(worst));
  ::waitpid(pid, nullptr, WNOHANG);
}

std::uint64_t time_travel::parked_bytes() const {
  std::uint64_t kib = 0;
  for (const auto& one : parked_) {
    std::ifstream in(fmt::format("/proc/{}/smaps_rollup", one.stands.pid));
    for (std::string word; in >> word;)
      if (std::uint64_t size = 0; (word == "Private_Clean:" || word == "Private_Dirty:") && in >> size)
        kib += size;
  }
  return kib * 1024;
}

} // namespace squall::campaigns::inspect
