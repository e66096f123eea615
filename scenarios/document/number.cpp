#include "scenarios/document/number.hpp"

#include "scenarios/document/units.hpp"

#include <fmt/format.h>

#include <limits>

namespace squall::scenarios {

std::string_view example(form is) {
  switch (is) {
    case form::duration: return "a duration such as 80ms";
    case form::share: return "a share such as 30%";
    case form::rate: return "a rate such as 6/h";
    case form::drift: return "a drift such as 20ppm";
    case form::milli: return "a number such as 0.5";
    case form::bytes: return "a size such as 64KiB";
    case form::name: return "a name of letters, digits, - and _";
    case form::text: return "a text";
    case form::integer: return "an integer such as 12";
    default: return "a value";
  }
}

namespace {

std::string number_text(form is, std::int64_t value) {
  switch (is) {
    case form::duration: return duration_text(value);
    case form::share: return share_text(value);
    case form::rate: return fmt::format("{}/h", value / 1'000'000);
    case form::drift: return fmt::format("{}ppb", value);
    case form::milli: return fmt::format("{}.{:03}", value / 1000, value % 1000);
    case form::bytes: return fmt::format("{}B", value);
    default: return fmt::format("{}", value);
  }
}

} // namespace

std::string shown(const tree& node) {
  switch (node.is) {
    case tree::kind::null: return "nothing";
    case tree::kind::list: return "a list";
    case tree::kind::map: return "a map";
    case tree::kind::scalar: break;
  }
  constexpr std::size_t longest = 60;
  return node.text.size() <= longest ? fmt::format("`{}`", node.text)
                                     : fmt::format("`{}...`", std::string_view(node.text).substr(0, longest));
}

namespace {

std::optional<std::int64_t> parse(form is, std::string_view text) {
  switch (is) {
    case form::duration: return parse_duration(text);
    case form::share: return parse_share(text);
    case form::rate: return parse_rate(text);
    case form::drift: return parse_drift(text);
    case form::milli: return parse_milli(text);
    case form::bytes: return parse_bytes(text);
    default: return parse_integer(text);
  }
}

} // namespace

std::optional<std::int64_t> read_number(const tree& node, const number_rule& rule, std::vector<diagnostic>& problems) {
  const auto number = node.is == tree::kind::scalar ? parse(rule.is, node.text) : std::nullopt;
  if (!number) {
    problems.push_back(
        problem_at(node.at, fmt::format("`{}`: expected {}, got {}", rule.label, example(rule.is), shown(node))));
    return std::nullopt;
  }
  if (*number < rule.low || *number > rule.high) {
    const std::string low = number_text(rule.is, rule.low);
    const bool open = rule.high == std::numeric_limits<std::int64_t>::max();
    problems.push_back(
        problem_at(node.at, fmt::format("`{}`: {} is out of range; expected {}", rule.label, shown(node),
                                        open ? fmt::format("at least {}", low)
                                             : fmt::format("{} to {}", low, number_text(rule.is, rule.high)))));
    return std::nullopt;
  }
  return number;
}

} // namespace squall::scenarios
