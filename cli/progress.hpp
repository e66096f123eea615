// How far long work has come: one line that rewrites itself on a terminal, a line a minute elsewhere. On standard error.
#pragma once

#include "reports/run.pb.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace squall::cli {

class progress {
public:
  explicit progress(bool wanted);
  /// Ends the line.
  ~progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// "37/200 runs, 12.1/s, 740 devices x 37 h, 1 failed, 13 s to go"
  void finished(const reports::Run& run, std::size_t done, std::size_t all);
  void say(const std::string& line);

private:
  bool wanted_;
  bool terminal_;
  std::int64_t began_ns_;
  std::int64_t last_ns_ = 0;
  std::uint64_t devices_ = 0;
  std::int64_t virtual_ns_ = 0;
  std::size_t failed_ = 0;
  bool open_line_ = false;
};

} // namespace squall::cli
