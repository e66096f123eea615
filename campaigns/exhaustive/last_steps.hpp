// What the processes of a search have just done, in memory that outlives them: where one dies, it cannot tell any more.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace squall::campaigns {

/// Shared by a process and all its forks. Each that works at a time has a book of its own; who waits for another lends it.
class last_steps {
public:
  static constexpr std::size_t steps_max = 512;
  static constexpr std::size_t step_bytes_max = 120;

  /// For so many that work at a time. Where there is no memory for it nothing is noted.
  explicit last_steps(int books);
  ~last_steps();
  last_steps(const last_steps&) = delete;
  last_steps& operator=(const last_steps&) = delete;

  static constexpr int no_book = -1;
  /// A book that nobody has, with what is in this process's own: for one that is to work beside it. `no_book` if there is none.
  int open();
  /// This process writes there from now on.
  void use(int book) { own_ = book; }
  /// Step number `index` (from 0) is `what`, and the last one so far. What is too long or too far is not noted.
  void note(std::size_t index, std::string_view what);
  /// Somebody else may have this process's book.
  void close();

  /// What `process` had noted: all its steps, with those of whom it came from. Empty if it noted none.
  std::vector<std::string> of(pid_t process) const;

private:
  struct book;

  book* books_ = nullptr;
  std::size_t count_ = 0;
  int own_ = no_book;
};

} // namespace squall::campaigns
