#include "scenarios/document/units.hpp"

#include "engine/base/time.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <span>

namespace squall::scenarios {

namespace {

struct unit {
  std::string_view name;
  std::int64_t scale = 1;
};

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

/// A decimal number at the front of `text`, times `scale`; what is beyond the last whole unit must be zero unless
/// `may_round`. `rest` becomes what follows the number.
std::optional<std::int64_t> scaled(std::string_view text, std::int64_t scale, bool may_round) {
  bool negative = false;
  if (!text.empty() && text.front() == '-') {
    negative = true;
    text.remove_prefix(1);
  }
  __int128 whole = 0;
  __int128 fraction = 0;
  __int128 divisor = 1;
  bool point = false;
  bool digits = false;
  for (const char c : text) {
    if (c == '.' && !point && digits) {
      point = true;
      digits = false;
      continue;
    }
    if (c < '0' || c > '9')
      return std::nullopt;
    digits = true;
    if (!point) {
      whole = whole * 10 + (c - '0');
      if (whole > most)
        return std::nullopt;
    } else if (divisor < 1'000'000'000'000) {
      fraction = fraction * 10 + (c - '0');
      divisor *= 10;
    } else if (c != '0' && !may_round) {
      return std::nullopt;
    }
  }
  if (!digits)
    return std::nullopt;
  const __int128 part = fraction * scale;
  if (part % divisor != 0 && !may_round)
    return std::nullopt;
  const __int128 total = whole * scale + part / divisor;
  if (total > most)
    return std::nullopt;
  return static_cast<std::int64_t>(negative ? -total : total);
}

std::optional<std::int64_t> with_unit(std::string_view text, std::span<const unit> units, bool may_round = false) {
  std::size_t end = 0;
  while (end < text.size() && (text[end] == '-' || text[end] == '.' || (text[end] >= '0' && text[end] <= '9')))
    ++end;
  const std::string_view name = text.substr(end);
  for (const unit& u : units)
    if (u.name == name)
      return scaled(text.substr(0, end), u.scale, may_round);
  return std::nullopt;
}

constexpr std::array<unit, 7> durations{{{"d", 24 * hour_ns},
                                         {"h", hour_ns},
                                         {"m", minute_ns},
                                         {"s", second_ns},
                                         {"ms", millisecond_ns},
                                         {"us", microsecond_ns},
                                         {"ns", 1}}};

} // namespace

std::optional<std::int64_t> parse_duration(std::string_view text) { return with_unit(text, durations); }

std::optional<std::int64_t> parse_share(std::string_view text) {
  constexpr std::array<unit, 2> units{{{"%", 10'000}, {"ppm", 1}}};
  return with_unit(text, units);
}

std::optional<std::int64_t> parse_rate(std::string_view text) {
  // A rate per day or per month of seconds does not divide evenly into millionths per hour: rounding down is harmless.
  constexpr std::array<unit, 4> units{{{"/h", 1'000'000}, {"/m", 60'000'000}, {"/s", 3'600'000'000}, {"/d", 41'666}}};
  const auto rate = with_unit(text, units, true);
  return rate && *rate >= 0 ? rate : std::nullopt;
}

std::optional<std::int64_t> parse_drift(std::string_view text) {
  constexpr std::array<unit, 3> units{{{"ppm", 1'000}, {"ppb", 1}, {"%", 10'000'000}}};
  return with_unit(text, units);
}

std::optional<std::int64_t> parse_bytes(std::string_view text) {
  constexpr std::array<unit, 5> units{{{"B", 1}, {"KiB", 1024}, {"MiB", 1024 * 1024}, {"KB", 1000}, {"MB", 1'000'000}}};
  return with_unit(text, units);
}

std::optional<std::int64_t> parse_milli(std::string_view text) { return scaled(text, 1000, false); }

std::optional<std::int64_t> parse_integer(std::string_view text) {
  return text.find('.') == std::string_view::npos ? scaled(text, 1, false) : std::nullopt;
}

std::string duration_text(std::int64_t ns) {
  for (const unit& u : durations)
    if (ns != 0 && ns % u.scale == 0)
      return fmt::format("{}{}", ns / u.scale, u.name);
  return "0s";
}

std::string share_text(std::int64_t ppm) {
  if (ppm % 10'000 == 0)
    return fmt::format("{}%", ppm / 10'000);
  std::string fraction = fmt::format("{:04}", ppm % 10'000);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return fmt::format("{}.{}%", ppm / 10'000, fraction);
}

} // namespace squall::scenarios
