#include "campaigns/inspect/standing.hpp"

#include "actors/inspect/moment.hpp"
#include "actors/inspect/watcher.hpp"
#include "actors/simulation.hpp"
#include "campaigns/inspect/protocol.hpp"
#include "campaigns/inspect/views.hpp"
#include "campaigns/stopwatch.hpp"
#include "engine/base/check.hpp"
#include "reports/history/render.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace squall::campaigns::inspect {

namespace {

constexpr std::uint64_t nowhere = std::numeric_limits<std::uint64_t>::max();

/// As a word: "d1:1" does not occur in "d1:13".
bool occurs(const std::string& text, const std::string& in) {
  const auto word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  for (auto at = in.find(text); at != std::string::npos; at = in.find(text, at + 1)) {
    const auto end = at + text.size();
    const bool begins = at == 0 || !word(in[at - 1]) || !word(text.front());
    const bool ends = end == in.size() || !word(in[end]) || !word(text.back());
    if (begins && ends)
      return true;
  }
  return false;
}

class stander final : public actors::watcher, public history::sink {
public:
  stander(const scenarios::Plan& plan, const standing_options& options, channel commands)
      : plan_(plan), options_(options), commands_(std::move(commands)), resumed_at_(real_time_ns()) {
    target_.what = verb::to_moment; // stands at the start
  }

  void append(std::span<const history::entry> entries, const history::name_table& names) override {
    names_ = &names;
    past_.entries.insert(past_.entries.end(), entries.begin(), entries.end());
  }

  bool between(actors::moment& now) override {
    const bool paused = now.number() == last_seen_;
    last_seen_ = now.number();
    if (!paused)
      remember(now);
    for (;;) {
      while (arrived(now, paused))
        if (!serve(now))
          ::_exit(0);
      if (work() - parked_at_work_ <= std::max(options_.park_every_ns, work() / 40))
        return true;
      park(now); // a copy that is woken here later may have arrived at once
    }
  }

  time_ns pause_at() const override {
    return target_.what == verb::to_time ? static_cast<time_ns>(target_.number) : std::numeric_limits<time_ns>::max();
  }

  void fail(const std::string& why) {
    reply r;
    r.what = answer::failed;
    r.text = why;
    commands_.send(encode(r));
    ::_exit(0);
  }

private:
  std::int64_t work() const { return work_ns_ + real_time_ns() - resumed_at_; }

  void remember(const actors::moment& now) {
    const auto before = marked_;
    marked_ = past_.entries.size();
    if (marked_ > before || past_.marks.empty())
      past_.marks.push_back({now.number(), now.at(), before});
    ended_ = !past_.entries.empty() && past_.entries.back().kind == history::entry_kind::run_ended;
  }

  bool mentions(const mark& m, std::size_t end, const std::string& text) const {
    for (auto i = m.first_entry; i < end; ++i)
      if (occurs(text, render(past_.entries[i], *names_, plan_.model())))
        return true;
    return false;
  }

  /// Whether the run is to stand still here.
  bool arrived(const actors::moment& now, bool paused) {
    const bool fresh = past_.marks.back().moment == now.number();
    switch (target_.what) {
      case verb::stay: return true;
      case verb::to_moment: return ended_ || now.number() >= target_.number;
      case verb::to_time: // not before all that happens in that instant
        return ended_ || (paused && now.at() >= static_cast<time_ns>(target_.number));
      case verb::to_entry: return ended_ || past_.entries.size() > target_.number;
      case verb::next:
        if (fresh && now.number() > left_)
          left_ = now.number(), --target_.number;
        return ended_ || target_.number == 0;
      case verb::find:
        if (fresh && now.number() > left_) {
          left_ = now.number();
          found_ = mentions(past_.marks.back(), past_.entries.size(), target_.text);
        }
        return ended_ || found_;
      default: return ended_;
    }
  }

  /// Says where it stands, then does what it is told. False: nobody is there any more.
  bool serve(actors::moment& now) {
    const bool missed = target_.what == verb::find && !found_;
    const bool asked = target_.what != verb::stay;
    if (asked && !say(missed ? answer::not_found : answer::here, now))
      return false;
    target_ = {};
    work_ns_ = work();
    for (;;) {
      auto got = commands_.receive();
      resumed_at_ = real_time_ns();
      const auto what = got ? decode_request(got->bytes) : std::nullopt;
      if (!what)
        return false;
      if (what->what == verb::show) {
        if (!say(answer::here, now, look(now, what->text)))
          return false;
        continue;
      }
      if (const auto earlier = lies_before(*what, now); earlier != nowhere) {
        const bool none = earlier > now.number();
        if (!say(none ? answer::not_found : earlier == now.number() ? answer::here : answer::behind, now, "", earlier))
          return false;
        continue;
      }
      if (what->what == verb::stay) {
        if (!say(answer::here, now))
          return false;
        continue;
      }
      target_ = *what;
      left_ = now.number();
      found_ = false;
      if (!ended_ && work() > parked_at_work_)
        park(now);
      return true;
    }
  }

  /// The moment that is asked for, if the run is past it; `nowhere` if it lies ahead; one more than any if there is none.
  std::uint64_t lies_before(const request& what, const actors::moment& now) const {
    const auto& marks = past_.marks;
    std::size_t i = marks.size();
    switch (what.what) {
      case verb::to_moment: return what.number < now.number() ? what.number : nowhere;
      case verb::to_time:
        if (static_cast<time_ns>(what.number) >= now.at())
          return nowhere;
        while (i > 1 && marks[i - 1].at_ns > static_cast<time_ns>(what.number))
          --i;
        return marks[i - 1].moment;
      case verb::to_entry:
        if (what.number >= past_.entries.size())
          return nowhere;
        while (i > 1 && marks[i - 1].first_entry > what.number)
          --i;
        return marks[i - 1].moment;
      case verb::back: {
        // From a moment that wrote nothing, the first step back is to the last that did.
        const std::size_t here = marks.back().moment == now.number() ? marks.size() - 1 : marks.size();
        return marks[here > what.number ? here - what.number : 0].moment;
      }
      case verb::find_back:
        for (i = marks.back().moment == now.number() ? marks.size() - 1 : marks.size(); i-- > 0;)
          if (mentions(marks[i], i + 1 < marks.size() ? marks[i + 1].first_entry : past_.entries.size(), what.text))
            return marks[i].moment;
        return nowhere - 1;
      default: return nowhere;
    }
  }

  bool say(answer what, const actors::moment& now, std::string text = "", std::uint64_t wanted = 0,
           const channel* attached = nullptr, std::int32_t pid = 0) {
    reply r{what,   now.number(),           now.at(), now.entries(),  now.digest(), wanted,
            work(), pid ? pid : ::getpid(), ended_,   std::move(text)};
    return commands_.send(encode(r), attached);
  }

  /// A copy of this process stays here.
  void park(const actors::moment& now) {
    parked_at_work_ = work();
    CHECK(threads_of_this_process() == 1);
    auto [ours, theirs] = channel::pair();
    if (!ours.open())
      return;
    const auto pid = ::fork();
    if (pid < 0)
      return;
    if (pid == 0) {
      theirs.close();
      commands_ = std::move(ours);
      keep_only(commands_.descriptor());
      work_ns_ = parked_at_work_;
      wait_to_be_woken(now);
      return; // in a copy of the copy, which goes on from here
    }
    if (!say(answer::parked, now, "", 0, &theirs, pid))
      ::_exit(0);
  }

  /// Each message wakes one copy, which goes on with what the message says.
  void wait_to_be_woken(const actors::moment& now) {
    for (;;) {
      auto got = commands_.receive();
      while (::waitpid(-1, nullptr, WNOHANG) > 0) {
      }
      const auto what = got ? decode_request(got->bytes) : std::nullopt;
      if (!what)
        ::_exit(0);
      auto [ours, theirs] = channel::pair();
      const auto pid = ours.open() ? ::fork() : -1;
      if (pid < 0)
        ::_exit(0);
      if (pid == 0) {
        theirs.close();
        commands_ = std::move(ours);
        resumed_at_ = real_time_ns();
        target_ = *what;
        left_ = now.number();
        found_ = false;
        return;
      }
      if (!say(answer::woken, now, "", 0, &theirs, pid))
        ::_exit(0);
    }
  }

  /// In a process that ends with it: looking may warm what the engine caches.
  std::string look(actors::moment& now, const std::string& view) {
    CHECK(threads_of_this_process() == 1);
    auto [ours, theirs] = channel::pair();
    const auto pid = ours.open() ? ::fork() : -1;
    if (pid < 0)
      return "no process to look with";
    if (pid == 0) {
      ours.close();
      keep_only(theirs.descriptor());
      theirs.send(view_of(now, plan_, past_, *names_, view));
      ::_exit(0);
    }
    theirs.close();
    auto text = ours.receive();
    ::waitpid(pid, nullptr, 0);
    return text ? std::move(text->bytes) : "it could not be looked at: the process that did died";
  }

  const scenarios::Plan& plan_;
  const standing_options& options_;
  channel commands_;
  request target_;
  std::uint64_t last_seen_ = nowhere;
  std::uint64_t left_ = 0; ///< the moment from which the way began
  bool found_ = false;
  bool ended_ = false;
  past past_;
  std::size_t marked_ = 0; ///< entries that belong to a mark
  const history::name_table* names_ = nullptr;
  std::int64_t work_ns_ = 0;
  std::int64_t resumed_at_ = 0;
  std::int64_t parked_at_work_ = 0;
};

} // namespace

void keep_only(int kept) {
  if (DIR* all = ::opendir("/proc/self/fd")) {
    std::vector<int> open;
    while (const dirent* item = ::readdir(all))
      if (const int fd = std::atoi(item->d_name); fd > 2 && fd != kept && fd != ::dirfd(all))
        open.push_back(fd);
    ::closedir(all);
    for (const int fd : open)
      ::close(fd);
  }
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int fd : {0, 1, 2})
    ::dup2(nothing, fd);
  ::close(nothing);
}

int threads_of_this_process() {
  int count = 0;
  DIR* all = ::opendir("/proc/self/task");
  if (!all)
    return 1;
  while (const dirent* item = ::readdir(all))
    count += item->d_name[0] != '.';
  ::closedir(all);
  return count;
}

void stand(const scenarios::Plan& plan, const standing_options& options, channel commands) {
  keep_only(commands.descriptor());
  stander here(plan, options, std::move(commands));
  const auto system = options.system();
  actors::simulation_options how;
  how.system = system.get();
  how.sinks = {&here};
  how.remember_texts = true;
  how.watch = &here;
  const auto outcome = actors::simulate(plan, how);
  here.fail(outcome ? "the run is over" : outcome.err().message);
  ::_exit(0);
}

} // namespace squall::campaigns::inspect
