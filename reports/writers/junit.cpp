#include "reports/first_violation.hpp"
#include "reports/writers/format.hpp"
#include "reports/writers/writer.hpp"

#include <fmt/core.h>

#include <map>
#include <vector>

namespace squall::reports {

namespace {

std::string escaped(const std::string& s) {
  std::string out;
  for (const char c : s) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t')
          out += c;
    }
  }
  return out;
}

std::string details(const Run& run) {
  std::string out;
  if (!run.crash().empty())
    out += run.crash() + "\n";
  const auto add = [&](const InvariantResult& i, const Violation& v) {
    out += fmt::format("{} at {}: {}\n", i.name(), moment_text(v.at_ns()), v.message());
  };
  const auto first = first_violation_of(run);
  if (first.of)
    add(*first.in, *first.of);
  for (const InvariantResult& i : run.invariants())
    for (const Violation& v : i.violations())
      if (&v != first.of)
        add(i, v);
  for (const std::string& why : run.unknown_because())
    out += "unknown because " + why + "\n";
  return out + fmt::format("digest {}\n{}", run.digest(), run.failure());
}

std::string test_case(const Run& run) {
  std::string out =
      fmt::format("    <testcase classname=\"{}\" name=\"seed {}\" time=\"{}.{:03}\"", escaped(run.scenario()),
                  run.seed(), run.wall_ns() / 1'000'000'000, run.wall_ns() / 1'000'000 % 1'000);
  if (run.verdict() == PASS)
    return out + "/>\n";
  const char* tag = !run.crash().empty() ? "error" : run.verdict() == FAIL ? "failure" : "skipped";
  return out + fmt::format("><{0} message=\"{1}\">{2}</{0}></testcase>\n", tag,
                           escaped(run.signature().empty() ? verdict_text(run.verdict()) : run.signature()),
                           escaped(details(run)));
}

} // namespace

std::string to_junit(const Batch& batch) {
  std::map<std::string, std::vector<const Run*>> suites;
  for (const Run& run : batch.runs())
    suites[run.scenario()].push_back(&run);
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (const auto& [name, runs] : suites) {
    int failures = 0, errors = 0, skipped = 0;
    for (const Run* run : runs) {
      errors += !run->crash().empty();
      failures += run->crash().empty() && run->verdict() == FAIL;
      skipped += run->crash().empty() && run->verdict() == UNKNOWN;
    }
    out += fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">\n",
                       escaped(name), runs.size(), failures, errors, skipped);
    for (const Run* run : runs)
      out += test_case(*run);
    out += "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

} // namespace squall::reports
