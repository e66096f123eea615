#include "campaigns/workers.hpp"

#include "campaigns/crash_stack.hpp"
#include "engine/base/check.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>

namespace squall::campaigns {

namespace {

bool write_all(int fd, const void* data, std::size_t size) {
  const auto* at = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t n = ::write(fd, at, size);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    at += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

bool read_all(int fd, void* data, std::size_t size) {
  auto* at = static_cast<char*>(data);
  while (size > 0) {
    const ssize_t n = ::read(fd, at, size);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    at += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

/// A worker that died takes no more tasks; writing to it must fail, not end this process.
class broken_pipes_ignored {
public:
  broken_pipes_ignored() {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, &before_);
  }
  ~broken_pipes_ignored() { ::sigaction(SIGPIPE, &before_, nullptr); }
  broken_pipes_ignored(const broken_pipes_ignored&) = delete;
  broken_pipes_ignored& operator=(const broken_pipes_ignored&) = delete;

private:
  struct sigaction before_ {};
};

/// One worker process, seen from the parent.
class worker {
public:
  worker(const std::function<reports::Run(std::size_t)>& work, const std::vector<std::unique_ptr<worker>>& others);
  ~worker() { stop(); }
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  void give(std::uint64_t task) {
    task_ = task;
    if (!write_all(tasks_, &task, sizeof task)) {
      // It died while idle; reading its result will say so.
    }
  }
  bool busy() const { return task_.has_value(); }
  std::uint64_t task() const { return *task_; }
  int results() const { return results_; }

  /// The finished task's run, or nothing if the worker died. Precondition: `results` is readable.
  std::optional<reports::Run> take() {
    std::uint64_t size = 0;
    std::string bytes;
    if (!read_all(results_, &size, sizeof size))
      return std::nullopt;
    bytes.resize(size);
    reports::Run run;
    if (!read_all(results_, bytes.data(), size) || !run.ParseFromString(bytes))
      return std::nullopt;
    task_.reset();
    return run;
  }

  /// How the worker ended, in words, with what it printed. Waits for it; one that lives, since only its answer was
  /// unreadable, ends when its pipes close.
  std::string epitaph() {
    close_pipes();
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    std::string how = WIFSIGNALED(status) ? std::string("killed by ") + ::strsignal(WTERMSIG(status))
                                          : "exited with " + std::to_string(WEXITSTATUS(status));
    const std::string said = printed();
    return said.empty() ? how : how + "\n" + said;
  }

  void stop() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    pid_ = -1;
    close_pipes();
    if (errors_ >= 0)
      ::close(errors_), errors_ = -1;
  }

private:
  void close_pipes() {
    for (int* fd : {&tasks_, &results_})
      if (*fd >= 0)
        ::close(*fd), *fd = -1;
  }

  [[noreturn]] void serve(int tasks, int results, const std::function<reports::Run(std::size_t)>& work) const {
    print_stack_on_crash();
    ::signal(SIGINT, SIG_IGN);
    std::uint64_t task = 0;
    while (read_all(tasks, &task, sizeof task)) {
      const std::string bytes = work(static_cast<std::size_t>(task)).SerializeAsString();
      const std::uint64_t size = bytes.size();
      if (!write_all(results, &size, sizeof size) || !write_all(results, bytes.data(), bytes.size()))
        break;
    }
    ::_exit(0);
  }

  std::string printed() const {
    constexpr std::size_t tail_bytes = 16 * 1024;
    const off_t end = ::lseek(errors_, 0, SEEK_END);
    const off_t from = end > static_cast<off_t>(tail_bytes) ? end - static_cast<off_t>(tail_bytes) : 0;
    std::string text(static_cast<std::size_t>(end - from), '\0');
    const ssize_t n = ::pread(errors_, text.data(), text.size(), from);
    text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return text;
  }

  pid_t pid_ = -1;
  int tasks_ = -1, results_ = -1, errors_ = -1;
  std::optional<std::uint64_t> task_;
};

worker::worker(const std::function<reports::Run(std::size_t)>& work,
               const std::vector<std::unique_ptr<worker>>& others) {
  int tasks[2], results[2];
  CHECK(::pipe2(tasks, O_CLOEXEC) == 0 && ::pipe2(results, O_CLOEXEC) == 0);
  char name[] = "/tmp/squall-worker-XXXXXX";
  errors_ = ::mkostemp(name, O_CLOEXEC);
  if (errors_ >= 0)
    ::unlink(name);
  pid_ = ::fork();
  CHECK(pid_ >= 0);
  if (pid_ == 0) {
    for (const auto& other : others) // else their pipes would not close when the parent goes
      if (other)
        ::close(other->tasks_), ::close(other->results_);
    ::close(tasks[1]);
    ::close(results[0]);
    if (errors_ >= 0)
      ::dup2(errors_, 2);
    serve(tasks[0], results[1], work);
  }
  ::close(tasks[0]);
  ::close(results[1]);
  tasks_ = tasks[1];
  results_ = results[0];
}

/// The pool: gives tasks out in order and takes results in as they come.
class pool {
public:
  pool(std::size_t tasks, const std::function<reports::Run(std::size_t)>& work,
       const std::function<void(std::size_t, reports::Run&)>& describe, const worker_options& options)
      : work_(work), describe_(describe), options_(options) {
    outcome_.runs.resize(tasks);
    workers_.resize(std::min<std::size_t>(tasks, static_cast<std::size_t>(std::max(1, options.jobs))));
  }

  worker_outcome run() {
    for (;;) {
      if (options_.stop && *options_.stop) {
        outcome_.interrupted = true;
        break;
      }
      hand_out();
      if (!collect())
        break;
    }
    return std::move(outcome_);
  }

private:
  void hand_out() {
    for (auto& w : workers_) {
      if (next_ >= outcome_.runs.size())
        return;
      if (!w)
        w = std::make_unique<worker>(work_, workers_);
      if (!w->busy())
        w->give(next_++);
    }
  }

  /// Waits for at least one result. False when nobody works any more.
  bool collect() {
    std::vector<pollfd> waits;
    std::vector<std::size_t> who;
    for (std::size_t i = 0; i < workers_.size(); ++i)
      if (workers_[i] && workers_[i]->busy()) {
        waits.push_back({workers_[i]->results(), POLLIN, 0});
        who.push_back(i);
      }
    if (waits.empty())
      return false;
    if (::poll(waits.data(), waits.size(), 200) <= 0)
      return true;
    for (std::size_t k = 0; k < waits.size(); ++k)
      if (waits[k].revents != 0)
        take_from(workers_[who[k]]);
    return true;
  }

  void take_from(std::unique_ptr<worker>& w) {
    const std::size_t task = w->task();
    auto run = w->take();
    if (!run) {
      run.emplace();
      describe_(task, *run);
      run->set_verdict(reports::FAIL);
      run->set_crash(w->epitaph());
      run->set_signature("crash/" + run->crash().substr(0, run->crash().find('\n')));
      w.reset();
    }
    outcome_.runs[task] = std::move(*run);
    ++done_;
    if (options_.finished)
      options_.finished(done_, outcome_.runs[task]);
  }

  const std::function<reports::Run(std::size_t)>& work_;
  const std::function<void(std::size_t, reports::Run&)>& describe_;
  const worker_options& options_;
  worker_outcome outcome_;
  std::vector<std::unique_ptr<worker>> workers_;
  std::uint64_t next_ = 0;
  std::size_t done_ = 0;
};

} // namespace

worker_outcome run_in_workers(std::size_t tasks, const std::function<reports::Run(std::size_t)>& work,
                              const std::function<void(std::size_t, reports::Run&)>& describe,
                              const worker_options& options) {
  const broken_pipes_ignored while_workers_live;
  return pool(tasks, work, describe, options).run();
}

} // namespace squall::campaigns
