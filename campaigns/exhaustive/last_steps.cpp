#include "campaigns/exhaustive/last_steps.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

namespace squall::campaigns {

// Of plain members and lock-free ones: zeros are all that it begins with, and nobody can die holding it.
struct last_steps::book {
  std::atomic<bool> taken;
  std::atomic<pid_t> writer;
  std::atomic<std::size_t> steps;
  struct {
    std::size_t size;
    char bytes[step_bytes_max];
  } step[steps_max];
};

last_steps::last_steps(int books) : count_(static_cast<std::size_t>(std::max(1, books))) {
  void* at =
      ::mmap(nullptr, sizeof(book) * count_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at != MAP_FAILED)
    books_ = static_cast<book*>(at);
}

last_steps::~last_steps() {
  if (books_ != nullptr)
    ::munmap(books_, sizeof(book) * count_);
}

int last_steps::open() {
  for (std::size_t i = 0; books_ != nullptr && i < count_; ++i) {
    if (books_[i].taken.exchange(true))
      continue;
    books_[i].steps = 0;
    if (own_ != no_book) {
      const std::size_t steps = books_[own_].steps;
      std::copy_n(books_[own_].step, steps, books_[i].step);
      books_[i].steps = steps;
    }
    return static_cast<int>(i);
  }
  return no_book;
}

void last_steps::note(std::size_t index, std::string_view what) {
  if (own_ == no_book || index >= steps_max || what.size() > step_bytes_max)
    return;
  auto& mine = books_[own_];
  mine.step[index].size = what.size();
  std::memcpy(mine.step[index].bytes, what.data(), what.size());
  mine.steps = index + 1;
  mine.writer = ::getpid();
}

void last_steps::close() {
  if (own_ == no_book)
    return;
  books_[own_].writer = 0;
  books_[own_].taken = false;
}

std::vector<std::string> last_steps::of(pid_t process) const {
  std::vector<std::string> out;
  for (std::size_t i = 0; books_ != nullptr && i < count_; ++i)
    if (books_[i].writer == process)
      for (std::size_t k = 0; k < books_[i].steps; ++k)
        out.emplace_back(books_[i].step[k].bytes, books_[i].step[k].size);
  return out;
}

} // namespace squall::campaigns
