// How numbers, times and verdicts are put in words, the same in every report.
#pragma once

#include "reports/run.pb.h"

#include <cstdint>
#include <string>

namespace squall::reports {

/// "21,034"
std::string with_commas(std::uint64_t n);
/// "6 h", "1 h 30 min", "2.5 s", "80 ms": the two largest units that matter.
std::string duration_text(std::int64_t ns);
/// Time of day of a simulated moment, from the start of the run: "00:31:02.120", with days in front where there are any.
std::string moment_text(std::int64_t ns);
/// "212 MiB"
std::string bytes_text(std::uint64_t bytes);
/// `head` and `text`, broken at spaces before column `width`; what follows the first line stands `indent` from the left.
std::string wrapped(const std::string& head, const std::string& text, std::size_t indent, std::size_t width);
/// "pass", "unknown", "fail", "none"
const char* verdict_text(Verdict v);
/// The worse of two: pass < unknown < fail.
Verdict worse(Verdict a, Verdict b);

} // namespace squall::reports
