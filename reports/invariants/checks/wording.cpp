#include "reports/invariants/checks/wording.hpp"

#include <array>
#include <chrono>
#include <fmt/format.h>

namespace squall::invariants {

std::string say(const stamp& s) {
  constexpr std::int64_t second_ns = 1'000'000'000, day_s = 86'400;
  const auto seconds = s.wall / second_ns - (s.wall % second_ns < 0 ? 1 : 0);
  const auto days = seconds / day_s - (seconds % day_s < 0 ? 1 : 0);
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  const auto of_day = seconds - days * day_s;
  return fmt::format("{}-{:02}-{:02} {:02}:{:02}:{:02}.{:09}{}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), of_day / 3600,
                     of_day / 60 % 60, of_day % 60, (s.wall % second_ns + second_ns) % second_ns,
                     s.logical == 0 ? std::string() : fmt::format("+{}", s.logical));
}

std::string name_of_device(std::uint32_t device) { return device == 0 ? "the server" : fmt::format("d{}", device); }

std::string say(const world& w, const cell_value& value) {
  switch (value.tag) {
    case value_tag::none: return "nothing";
    case value_tag::integer: return std::to_string(value.number);
    case value_tag::text: {
      const auto* text = w.names->text(value.number);
      return text != nullptr ? fmt::format("'{}'", *text)
                             : fmt::format("text {:08x}", static_cast<std::uint64_t>(value.number) >> 32);
    }
    case value_tag::reference: return fmt::format("reference {:08x}", static_cast<std::uint64_t>(value.number) >> 32);
  }
  return "?";
}

std::string say_cell(const world& w, record_index record, std::uint16_t collection, std::uint16_t field) {
  const auto* of = w.rules.collection(collection);
  const auto row = fmt::format("{} {}", of == nullptr ? "record" : of->name, to_string(w.names->record(record)));
  const auto* rule = w.rules.field(collection, field);
  return rule == nullptr ? row : fmt::format("{} of {}", rule->name, row);
}

std::string_view name_of(verdict_code code) {
  static constexpr std::array<std::string_view, 10> names{
      "no verdict", "applied", "merged", "superseded", "conflicted", "rejected", "duplicate", "fork", "gap", "retry"};
  return static_cast<std::size_t>(code) < names.size() ? names[static_cast<std::size_t>(code)] : "an unknown verdict";
}

std::string_view name_of(rule_code rule) {
  static constexpr std::array<std::string_view, 21> names{
      "no rule",  "last commit", "precedence", "delete against update",
      "unique",   "guard",       "dependency", "gone",
      "denied",   "malformed",   "combined",   "stamp",
      "role",     "extreme",     "manual",     "resolution",
      "add wins", "remove wins", "bound",      "state",
      "reference"};
  return static_cast<std::size_t>(rule) < names.size() ? names[static_cast<std::size_t>(rule)] : "an unknown rule";
}

namespace {

std::string say_fate(const world& w, verdict_code code, rule_code rule, intent_index winner) {
  std::string text(name_of(code));
  if (winner != 0)
    text += fmt::format("{} {}", code == verdict_code::conflicted ? " with" : " by", w.name(winner));
  if (rule != rule_code::none)
    text += fmt::format(" ({})", name_of(rule));
  return text;
}

std::string say_by(const world& w, intent_index writer) {
  return writer == 0 ? std::string() : fmt::format(" (by {})", w.name(writer));
}

const char* flaw_text(flaw why) {
  switch (why) {
    case flaw::own_write_hidden: return "own write not shown";
    case flaw::own_write_kept: return "own write shown after its verdict took it back";
    case flaw::resurrected: return "deleted row shown";
    case flaw::unborn: return "row that nobody created";
    case flaw::beyond: return "value from beyond the cursor";
    case flaw::stale: return "stale value";
    case flaw::vanished: return "live row not shown";
    case flaw::unfounded: return "value that nobody wrote";
    case flaw::writer: return "value credited to the wrong writer";
    case flaw::derived: return "derived field wrong";
    case flaw::elsewhere: return "row shown where it is not";
    case flaw::withdrawn: return "withdrawn scope shown";
    case flaw::unforgotten: return "forgotten record shown";
    case flaw::forgotten: return "deleted record forgotten too early";
  }
  return "?";
}

} // namespace

std::string say(const world& w, const verdict& given) { return say_fate(w, given.code, given.rule, given.winner); }

std::string say(const world& w, const outcome& expected) {
  return say_fate(w, expected.code, expected.rule, expected.winner);
}

std::string say(const world& w, const difference& d) {
  const auto who = d.where == place::feed       ? fmt::format("the page served to d{}", d.device)
                   : d.where == place::snapshot ? fmt::format("the snapshot served to d{}", d.device)
                                                : name_of_device(d.device);
  const auto what = say_cell(w, d.record, d.collection, d.field);
  if (d.why == flaw::resurrected)
    return fmt::format("{} shows {} as live; {} deleted it and nothing restored it", who, what,
                       w.name(d.expected_writer));
  if (d.why == flaw::elsewhere)
    return fmt::format("{} shows {} in a scope where it is not: {} took it to another", who, what,
                       w.name(d.expected_writer));
  if (d.why == flaw::withdrawn)
    return fmt::format("{} shows {}, of a scope that its user does not hold, as it was told", who, what);
  if (d.why == flaw::unborn || (d.why == flaw::beyond && d.field == effect::row))
    return fmt::format("{} shows {}, which no commit up to there has created", who, what);
  if (d.why == flaw::unforgotten)
    return fmt::format("{} still has the tombstone of {}, which {} deleted; its fence is beyond that", who, what,
                       w.name(d.expected_writer));
  if (d.why == flaw::forgotten)
    return fmt::format("{} has no tombstone of {}, which {} deleted; its fence is not there yet", who, what,
                       w.name(d.expected_writer));
  if (d.field == effect::row && d.why == flaw::stale)
    return fmt::format("{} shows {} without some field that has a value", who, what);
  if (d.field == effect::row && d.why == flaw::unfounded)
    return fmt::format("{} shows {} twice", who, what);
  if (d.field == effect::row)
    return fmt::format("{} does not show {} as {} left it", who, what, w.name(d.expected_writer));
  return fmt::format("{} shows {}{} as {}; it should be {}{}", who, say(w, d.shown), say_by(w, d.shown_writer), what,
                     say(w, d.expected), say_by(w, d.expected_writer));
}

const char* shape_of(const difference& d) { return flaw_text(d.why); }

const char* shape_of(const task_trouble& t) {
  switch (t.what) {
    case task_flaw::missing: return "open task not shown";
    case task_flaw::unknown: return "task that nobody opened";
    case task_flaw::branches: return "task with other branches";
    case task_flaw::closed: return "task open or closed wrongly";
    case task_flaw::withdrawn: return "withdrawn task shown";
  }
  return "?";
}

std::string say(const world& w, const task_trouble& t) {
  const auto who = name_of_device(t.device);
  const auto about = t.record == 0 ? std::string("nothing") : to_string(w.names->record(t.record));
  switch (t.what) {
    case task_flaw::missing:
      return fmt::format("{} does not show the task {} about {}, which {} has as a branch", who, t.task, about,
                         w.name(t.intent));
    case task_flaw::unknown:
      return fmt::format("{} shows a task {} about {}; nobody opened such a one", who, t.task, about);
    case task_flaw::branches:
      return fmt::format("{} shows the task {} about {} with other branches than it has: see {}", who, t.task, about,
                         w.name(t.intent));
    case task_flaw::withdrawn:
      return fmt::format("{} shows the task {} about {}, of a scope that its user does not hold, as it was told", who,
                         t.task, about);
    case task_flaw::closed:
      return fmt::format("{} shows the task {} about {} as {}", who, t.task, about,
                         w.tasks.find(t.task) != nullptr && w.tasks.find(t.task)->open()
                             ? fmt::format("closed; {} is still a branch of it", w.name(t.intent))
                             : fmt::format("open; {} closed it", w.name(t.intent)));
  }
  return {};
}

} // namespace squall::invariants
