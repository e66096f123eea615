#include "reports/writers/format.hpp"

#include <fmt/core.h>

#include <array>

namespace squall::reports {

std::string with_commas(std::uint64_t n) {
  std::string digits = std::to_string(n);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string duration_text(std::int64_t ns) {
  struct unit {
    std::int64_t ns;
    const char* name;
  };
  static constexpr std::array<unit, 7> units{{{86'400'000'000'000, "d"},
                                              {3'600'000'000'000, "h"},
                                              {60'000'000'000, "min"},
                                              {1'000'000'000, "s"},
                                              {1'000'000, "ms"},
                                              {1'000, "us"},
                                              {1, "ns"}}};
  if (ns < 0)
    return "-" + duration_text(-ns);
  if (ns < 60'000'000'000 && ns >= 1'000'000'000 && ns % 1'000'000'000 != 0)
    return fmt::format("{}.{} s", ns / 1'000'000'000, ns / 100'000'000 % 10);
  std::string out;
  int shown = 0;
  for (const unit& u : units) {
    const std::int64_t n = ns / u.ns;
    if (n == 0) {
      if (shown > 0)
        break;
      continue;
    }
    out += fmt::format("{}{} {}", shown > 0 ? " " : "", n, u.name);
    ns %= u.ns;
    if (++shown == 2 || u.ns <= 1'000'000'000)
      break;
  }
  return shown == 0 ? "0 s" : out;
}

std::string moment_text(std::int64_t ns) {
  const std::int64_t ms = ns / 1'000'000;
  const std::int64_t days = ms / 86'400'000;
  std::string out = days > 0 ? fmt::format("{}d ", days) : "";
  return out +
         fmt::format("{:02}:{:02}:{:02}.{:03}", ms / 3'600'000 % 24, ms / 60'000 % 60, ms / 1'000 % 60, ms % 1'000);
}

std::string bytes_text(std::uint64_t bytes) {
  static constexpr std::array<const char*, 4> names{"B", "KiB", "MiB", "GiB"};
  std::size_t unit = 0;
  while (bytes >= 10'240 && unit + 1 < names.size()) {
    bytes /= 1024;
    ++unit;
  }
  return fmt::format("{} {}", with_commas(bytes), names[unit]);
}

const char* verdict_text(Verdict v) {
  switch (v) {
    case PASS: return "pass";
    case UNKNOWN: return "unknown";
    case FAIL: return "fail";
    default: return "none";
  }
}

Verdict worse(Verdict a, Verdict b) { return a > b ? a : b; }

std::string wrapped(const std::string& head, const std::string& text, std::size_t indent, std::size_t width) {
  std::string out = head;
  std::size_t used = head.size();
  for (std::size_t from = 0; from < text.size();) {
    auto to = text.find(' ', from);
    to = to == std::string::npos ? text.size() : to;
    const bool first = from == 0;
    if (!first && used + 1 + (to - from) > width) {
      out += "\n" + std::string(indent, ' ');
      used = indent;
    } else if (!first) {
      out += ' ';
      ++used;
    }
    out += text.substr(from, to - from);
    used += to - from;
    from = to + 1;
  }
  return out + "\n";
}

} // namespace squall::reports
