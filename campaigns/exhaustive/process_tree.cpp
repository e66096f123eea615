#include "campaigns/exhaustive/process_tree.hpp"

#include "campaigns/crash_stack.hpp"
#include "campaigns/exhaustive/record.pb.h"
#include "engine/base/check.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace squall::campaigns {

namespace {

constexpr char of_work = 'w';
constexpr char of_death = 'd';
constexpr int often_ms = 200;

common_ground* to_stop = nullptr;

/// Whoever began the search is gone: the processes stop at their next turn.
void stop_the_search(int) { to_stop->stop(stopped_by::interruption); }

} // namespace

process_tree::process_tree(common_ground& shared, int jobs) : shared_(shared), steps_(jobs) {
  int ends[2];
  // Of packets: what many send at once arrives whole.
  CHECK(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
  read_end_ = ends[0];
  write_end_ = ends[1];
  errors_ = ::memfd_create("squall-errors", MFD_CLOEXEC);
  shared_.set_spare_places(std::max(1, jobs) - 1);
}

process_tree::~process_tree() {
  for (const int fd : {read_end_, write_end_, errors_})
    if (fd >= 0)
      ::close(fd);
}

// -- whoever began it --------------------------------------------------------------------------------------------------

std::string process_tree::run(const std::function<void()>& work, const std::function<void(const std::string&)>& take,
                              const std::function<void()>& often) {
  const pid_t self = ::getpid();
  const pid_t pid = ::fork();
  CHECK(pid >= 0);
  if (pid == 0)
    look_after(work, self);
  ::close(write_end_);
  write_end_ = -1;
  listen(take, often);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return death_;
}

void process_tree::listen(const std::function<void(const std::string&)>& take, const std::function<void()>& often) {
  std::string bytes;
  for (;;) {
    pollfd wait{read_end_, POLLIN, 0};
    const int ready = ::poll(&wait, 1, often_ms);
    often();
    if (ready <= 0)
      continue;
    const ssize_t size = ::recv(read_end_, nullptr, 0, MSG_PEEK | MSG_TRUNC);
    if (size < 0 && errno == EINTR)
      continue;
    if (size <= 0)
      return;
    bytes.resize(static_cast<std::size_t>(size));
    CHECK(::recv(read_end_, bytes.data(), bytes.size(), 0) == size);
    if (bytes[0] == of_work)
      take(bytes.substr(1));
    else if (death_.empty())
      take_death(bytes.substr(1));
  }
}

void process_tree::take_death(const std::string& bytes) {
  Death death;
  CHECK(death.ParseFromString(bytes));
  death_ = death.how() + printed();
  steps_to_death_.assign(death.steps().begin(), death.steps().end());
}

std::string process_tree::printed() const {
  constexpr std::size_t most = 16 * 1024;
  std::string text(most, '\0');
  const ssize_t n = errors_ < 0 ? 0 : ::pread(errors_, text.data(), text.size(), 0);
  text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return text.empty() ? text : "\n" + text;
}

// -- the one that looks after the others -------------------------------------------------------------------------------

/// Those that outlive who began them become its children; it goes when there is none left.
void process_tree::look_after(const std::function<void()>& work, pid_t parent) {
  ::close(read_end_);
  read_end_ = -1;
  if (errors_ >= 0)
    ::dup2(errors_, STDERR_FILENO);
  print_stack_on_crash();
  ::signal(SIGINT, SIG_IGN); // for whoever began it to say
  to_stop = &shared_;
  ::signal(SIGTERM, stop_the_search);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent)
    shared_.stop(stopped_by::interruption);
  const pid_t first = ::fork();
  CHECK(first >= 0);
  if (first == 0) {
    ::signal(SIGTERM, SIG_DFL);
    own_place_ = true;
    steps_.use(steps_.open());
    work();
    leave();
  }
  for (;;) {
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, 0);
    if (pid > 0)
      note_end(pid, status);
    else if (errno != EINTR)
      ::_exit(0);
  }
}

void process_tree::note_end(pid_t pid, int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
    return;
  shared_.stop(stopped_by::death);
  Death death;
  death.set_how(WIFSIGNALED(status) ? std::string("killed by ") + ::strsignal(WTERMSIG(status))
                                    : "exited with " + std::to_string(WEXITSTATUS(status)));
  for (auto& step : steps_.of(pid))
    death.add_steps(std::move(step));
  const std::string bytes = of_death + death.SerializeAsString();
  ::send(write_end_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

// -- the others --------------------------------------------------------------------------------------------------------

bool process_tree::branch() {
  const bool beside = shared_.take_place();
  const int book = beside ? steps_.open() : last_steps::no_book;
  const pid_t pid = ::fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    own_place_ = beside;
    if (beside)
      steps_.use(book);
    return true;
  }
  if (beside)
    return false;
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  note_end(pid, status);
  return false;
}

bool process_tree::send(const std::string& bytes) {
  const std::string message = of_work + bytes;
  while (::send(write_end_, message.data(), message.size(), MSG_NOSIGNAL) < 0) {
    if (errno == EMSGSIZE)
      return false;
    if (errno != EINTR)
      leave(); // nobody listens any more
  }
  return true;
}

void process_tree::leave() {
  if (own_place_) {
    steps_.close();
    shared_.give_place();
  }
  ::_exit(0);
}

} // namespace squall::campaigns
