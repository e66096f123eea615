#include "campaigns/inspect/where.hpp"

#include "scenarios/document/units.hpp"

#include <cctype>
#include <charconv>

namespace squall::campaigns::inspect {

namespace {

constexpr std::int64_t second = 1'000'000'000;

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t n = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), n);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() ? std::optional(n) : std::nullopt;
}

/// "00:31:12.120"
std::optional<std::int64_t> parse_clock(std::string_view text) {
  const auto first = text.find(':'), last = text.rfind(':');
  if (first == std::string_view::npos || first == last)
    return std::nullopt;
  const auto hours = whole_number(text.substr(0, first));
  const auto minutes = whole_number(text.substr(first + 1, last - first - 1));
  const auto seconds = scenarios::parse_duration(std::string(text.substr(last + 1)) + "s");
  const bool digits = last + 1 < text.size() && std::isdigit(static_cast<unsigned char>(text[last + 1]));
  if (!hours || !minutes || !seconds || !digits || *hours > 100'000 || *minutes > 59)
    return std::nullopt;
  return static_cast<std::int64_t>(*hours * 3600 + *minutes * 60) * second + *seconds;
}

/// "1h31m2.5s": parts that each end with their unit.
std::optional<std::int64_t> parse_parts(std::string_view text) {
  std::int64_t sum = 0;
  while (!text.empty()) {
    std::size_t end = 0;
    while (end < text.size() && (std::isdigit(static_cast<unsigned char>(text[end])) || text[end] == '.'))
      ++end;
    if (end == 0)
      return std::nullopt;
    while (end < text.size() && std::isalpha(static_cast<unsigned char>(text[end])))
      ++end;
    const auto part = scenarios::parse_duration(text.substr(0, end));
    if (!part)
      return std::nullopt;
    sum += *part;
    text.remove_prefix(end);
    while (!text.empty() && text.front() == ' ')
      text.remove_prefix(1);
  }
  return sum;
}

} // namespace

std::optional<std::int64_t> parse_moment(std::string_view text) {
  if (text.empty())
    return std::nullopt;
  if (const auto space = text.rfind(' '); space != std::string_view::npos && text.find(':') != std::string_view::npos) {
    const auto days = parse_parts(text.substr(0, space));
    const auto clock = parse_clock(text.substr(space + 1));
    return days && clock ? std::optional(*days + *clock) : std::nullopt;
  }
  if (const auto clock = parse_clock(text))
    return clock;
  return parse_parts(text);
}

request parse_where(const std::string& text) {
  if (text == "start")
    return {verb::to_moment, 0, ""};
  if (text == "end")
    return {verb::to_end, 0, ""};
  const auto number = text.size() > 1 ? whole_number(std::string_view(text).substr(1)) : std::nullopt;
  if (number && text[0] == '#')
    return {verb::to_entry, *number, ""};
  if (number && text[0] == '@')
    return {verb::to_moment, *number, ""};
  if (const auto at = parse_moment(text))
    return {verb::to_time, static_cast<std::uint64_t>(*at), ""};
  return {verb::find, 0, text};
}

} // namespace squall::campaigns::inspect
