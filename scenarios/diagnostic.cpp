#include "scenarios/diagnostic.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace squall::scenarios {

namespace {

/// Edits that turn `a` into `b`: insert, delete, replace, swap of neighbours (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
  }
  return last[b.size()];
}

} // namespace

std::string to_string(const diagnostic& d) {
  if (d.line == 0)
    return fmt::format("{}: {}", d.file, d.message);
  return fmt::format("{}:{}:{}: {}", d.file, d.line, d.column, d.message);
}

std::string to_string(std::span<const diagnostic> all) {
  std::string out;
  for (const diagnostic& d : all)
    out += to_string(d) + "\n";
  return out;
}

std::string_view nearest_name(std::string_view name, std::span<const std::string_view> known) {
  constexpr std::size_t longest = 64; // a name beyond is no slip of the finger, and the distance is quadratic
  if (name.size() > longest)
    return {};
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, name.size() / 3) + 1;
  for (const std::string_view candidate : known) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance < best_distance && distance < candidate.size()) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string instead(std::string_view name, std::span<const std::string_view> known) {
  if (const std::string_view near = nearest_name(name, known); !near.empty())
    return fmt::format("; did you mean `{}`?", near);
  if (known.empty())
    return {};
  return fmt::format("; expected {}`{}`", known.size() > 1 ? "one of " : "", fmt::join(known, "`, `"));
}

} // namespace squall::scenarios
