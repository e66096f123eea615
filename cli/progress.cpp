#include "cli/progress.hpp"

#include "campaigns/stopwatch.hpp"
#include "reports/writers/format.hpp"

#include <fmt/core.h>

#include <cstdio>
#include <unistd.h>

namespace squall::cli {

namespace {

constexpr std::int64_t terminal_every_ns = 100'000'000;
constexpr std::int64_t plain_every_ns = 60'000'000'000;

} // namespace

progress::progress(bool wanted)
    : wanted_(wanted), terminal_(::isatty(STDERR_FILENO) != 0), began_ns_(campaigns::real_time_ns()),
      last_ns_(began_ns_) {}

progress::~progress() {
  if (open_line_)
    std::fputs("\r\033[K", stderr);
}

void progress::say(const std::string& line) {
  if (!wanted_)
    return;
  const std::int64_t now = campaigns::real_time_ns();
  if (now - last_ns_ < (terminal_ ? terminal_every_ns : plain_every_ns))
    return;
  last_ns_ = now;
  if (terminal_) {
    fmt::print(stderr, "\r\033[K{}", line);
    open_line_ = true;
  } else {
    fmt::print(stderr, "{}\n", line);
  }
  std::fflush(stderr);
}

void progress::finished(const reports::Run& run, std::size_t done, std::size_t all) {
  devices_ += run.devices();
  virtual_ns_ += run.virtual_ns();
  failed_ += run.verdict() == reports::FAIL;
  const std::int64_t took_ms = (campaigns::real_time_ns() - began_ns_) / 1'000'000 + 1;
  const std::int64_t tenths = static_cast<std::int64_t>(done) * 10'000 / took_ms;
  const std::int64_t left_ns =
      took_ms * 1'000'000 / static_cast<std::int64_t>(done) * static_cast<std::int64_t>(all - done);
  say(fmt::format("{}/{} runs, {}.{}/s, {} devices x {}, {} failed, {} to go", done, all, tenths / 10, tenths % 10,
                  reports::with_commas(devices_), reports::duration_text(virtual_ns_ / static_cast<std::int64_t>(done)),
                  failed_, reports::duration_text(left_ns / 1'000'000'000 * 1'000'000'000)));
}

} // namespace squall::cli
