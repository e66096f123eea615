#include "tests/interleavings/exploration.hpp"

#include "engine/base/check.hpp"
#include "tests/interleavings/team.hpp"

#include <algorithm>
#include <cstring>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace squall::interleavings {

namespace {

/// What all processes see. One of them works at a time; the others wait for it.
struct board {
  static constexpr std::size_t slots = std::size_t{1} << 20;
  static constexpr std::size_t text_max = 4000;

  std::uint64_t states, pruned, ends, violations;
  char first[text_max];
  std::uint64_t seen[slots]; ///< open addressing; 0: free

  bool enter(std::uint64_t hash) {
    const std::uint64_t key = hash == 0 ? 1 : hash;
    for (std::size_t at = key % slots;; at = (at + 1) % slots) {
      if (seen[at] == key)
        return false;
      if (seen[at] == 0) {
        CHECK(++states < slots / 2);
        seen[at] = key;
        return true;
      }
    }
  }

  void report(const std::string& what, const std::string& way) {
    if (violations++ == 0)
      std::strncpy(first, (what + "\nafter: " + way).c_str(), text_max - 1);
  }
};

class explorer {
public:
  explorer(const script& s, board& shared) : team_(s), shared_(shared) { shared_.enter(team_.state_hash()); }

  void descend() {
    for (auto choices = team_.choices(); !choices.empty(); choices = team_.choices()) {
      for (std::size_t i = 0; i + 1 < choices.size(); ++i)
        branch(choices[i]);
      if (!take(choices.back())) // the last one needs nobody to come back
        return;
    }
    ++shared_.ends;
    team_.check_end();
    if (!team_.violation().empty())
      shared_.report(team_.violation(), way_);
  }

private:
  void branch(const choice& c) {
    const pid_t pid = ::fork();
    CHECK(pid >= 0);
    if (pid == 0) {
      if (take(c))
        descend();
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (status != 0)
      shared_.report("a process died", way_ + to_string(c));
  }

  /// False: somebody has been there, or something broke.
  bool take(const choice& c) {
    way_ += to_string(c) + ", ";
    team_.step(c);
    if (!team_.violation().empty()) {
      shared_.report(team_.violation(), way_);
      return false;
    }
    if (shared_.enter(team_.state_hash()))
      return true;
    ++shared_.pruned;
    return false;
  }

  team team_;
  board& shared_;
  std::string way_;
};

} // namespace

exploration explore(const script& s) {
  void* memory = ::mmap(nullptr, sizeof(board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(memory != MAP_FAILED);
  auto* shared = static_cast<board*>(memory);
  const pid_t pid = ::fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    explorer(s, *shared).descend();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (status != 0)
    shared->report("the exploration died", "");
  exploration out{shared->states, shared->pruned, shared->ends, shared->violations, shared->first};
  ::munmap(memory, sizeof(board));
  return out;
}

} // namespace squall::interleavings
