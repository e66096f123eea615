#include "campaigns/inspect/views.hpp"

#include "campaigns/inspect/table.hpp"
#include "reports/history/render.hpp"
#include "reports/story/words.hpp"
#include "reports/writers/format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <sstream>

namespace squall::campaigns::inspect {

namespace {

using actors::moment;
using actors::participant_state;
using actors::row_state;
using history::entry_kind;
using reports::duration_text;
using reports::with_commas;

constexpr std::size_t rows_shown_max = 40;
constexpr std::size_t messages_shown_max = 24;
constexpr std::size_t devices_shown_max = 120;
constexpr std::size_t entries_shown_max = 20;

class viewer {
public:
  viewer(const moment& now, const scenarios::Plan& plan, const past& so_far, const history::name_table& names)
      : now_(now), plan_(plan), past_(so_far), names_(names), words_(plan, names) {}

  std::string state() const;
  std::string device(std::uint32_t id) const;
  std::string record(const std::string& id) const;
  std::string difference(const std::string& left, const std::string& right) const;
  std::string messages() const;
  std::string last() const;
  /// 0 the server, 1..n; nothing if there is no such participant.
  std::optional<std::uint32_t> participant(const std::string& name) const;
  /// That there is none of this name, and which there are. Begins with the name in backquotes.
  std::string no_participant(const std::string& name) const;

private:
  static std::string ahead(duration_ns by) { return by == 0 ? "right" : (by > 0 ? "+" : "") + duration_text(by); }
  std::string short_name(std::uint32_t actor) const {
    return actor == 0 ? "server" : actor > now_.devices() ? "issuer" : fmt::format("d{}", actor);
  }
  std::vector<std::string> faults_at(std::uint32_t actor) const;
  std::string token_of(std::uint32_t actor) const;
  void rows_of(std::uint32_t id, std::string& out) const;

  const moment& now_;
  const scenarios::Plan& plan_;
  const past& past_;
  const history::name_table& names_;
  story::vocabulary words_;
};

std::optional<std::uint32_t> viewer::participant(const std::string& name) const {
  if (name == "server" || name == "s")
    return 0;
  const auto digits = name.size() > 1 && name[0] == 'd' ? name.substr(1) : name;
  std::uint32_t id = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), id);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size();
  return whole && id >= 1 && id <= now_.devices() ? std::optional(id) : std::nullopt;
}

std::string viewer::no_participant(const std::string& name) const {
  const auto all =
      now_.devices() == 1 ? std::string("server or d1") : fmt::format("server, or d1 to d{}", now_.devices());
  return name.empty() ? fmt::format("`` names nobody: say {}\n", all)
                      : fmt::format("`{}` is no participant: {}\n", name, all);
}

std::string viewer::state() const {
  table out({"", "", "queue", "cursor", "head known", "clock", "its user is told", "waits for"});
  for (std::uint32_t actor = 0; actor <= now_.devices() && actor <= devices_shown_max; ++actor) {
    const auto s = now_.look_at(actor);
    const std::string how = !s.up ? "DOWN" : s.offline ? "OFFLINE" : s.busy ? "busy" : "up";
    if (actor == 0)
      out.row({s.name, how, "", "", s.up ? std::to_string(s.cursor) : "", "", "", ""});
    else
      out.row({s.name, how, std::to_string(s.up ? s.waiting : s.queue.size()), std::to_string(s.cursor),
               s.up ? std::to_string(s.known_head) : "", ahead(s.clock_ahead),
               !s.up               ? ""
               : s.shown_as_synced ? "synced"
                                   : "not synced",
               s.pending});
  }
  std::string text = out.text();
  if (now_.devices() > devices_shown_max)
    text += fmt::format("... and {} more devices\n", now_.devices() - devices_shown_max);
  return text + messages();
}

std::string viewer::messages() const {
  const auto all = now_.in_flight();
  if (all.empty())
    return "no message is on its way\n";
  std::string text =
      fmt::format("{} on {} way\n", all.size() == 1 ? "1 message is" : fmt::format("{} messages are", all.size()),
                  all.size() == 1 ? "its" : "their");
  table out({"", "", "", ""});
  for (std::size_t i = 0; i < all.size() && i < messages_shown_max; ++i)
    out.row({all[i].what, fmt::format("{} -> {}", short_name(all[i].from), short_name(all[i].to)),
             "arrives in " + duration_text(all[i].arrives_at - now_.at()), fmt::format("{:016x}", all[i].message)});
  text += out.text();
  if (all.size() > messages_shown_max)
    text += fmt::format("... and {} more\n", all.size() - messages_shown_max);
  return text;
}

std::vector<std::string> viewer::faults_at(std::uint32_t actor) const {
  std::set<std::uint64_t> on;
  for (const auto& e : past_.entries) {
    if (e.kind == entry_kind::healed)
      on.clear();
    if (e.actor != actor)
      continue;
    if (e.kind == entry_kind::fault_began)
      on.insert(e.ref);
    else if (e.kind == entry_kind::fault_ended)
      on.erase(e.ref);
  }
  std::vector<std::string> out;
  for (const auto id : on)
    out.push_back(words_.fault(id));
  return out;
}

std::string viewer::token_of(std::uint32_t actor) const {
  std::optional<std::int64_t> expires;
  for (const auto& e : past_.entries)
    if (e.kind == entry_kind::token_obtained && e.actor == actor)
      expires = e.value;
  if (!expires)
    return "none yet";
  const auto left = *expires - now_.wall();
  return left > 0 ? "valid for another " + duration_text(left) + " by the server's clock"
                  : "ended " + duration_text(-left) + " ago by the server's clock";
}

std::string viewer::device(std::uint32_t id) const {
  const auto s = now_.look_at(id);
  std::string out;
  const auto line = [&](const char* what, const std::string& is) { out += fmt::format("  {:<13}{}\n", what, is); };
  out += fmt::format("{}{}\n", words_.who(id),
                     !s.up       ? ", which is DOWN"
                     : s.offline ? ", OFFLINE"
                     : s.busy    ? ", busy with its disk"
                                 : "");
  if (id == 0) {
    line("head", std::to_string(s.cursor));
    for (const auto& fault : faults_at(id))
      line("under", fault);
    return out;
  }
  line("team", std::to_string(s.scope));
  line("clock", s.clock_ahead == 0 ? "as the server's" : ahead(s.clock_ahead) + " against the server's");
  line("cursor", fmt::format("{} (generation {}){}", s.cursor, s.generation,
                             s.up ? fmt::format("; it has heard of {}", s.known_head) : ""));
  line("token", token_of(id));
  if (s.up)
    line("status", fmt::format("its user is told \"{}\"{}", s.shown_as_synced ? "synced" : "not synced",
                               s.pending.empty() ? "" : "; waits for: " + s.pending));
  line("incarnation", std::to_string(s.incarnation));
  for (const auto& fault : faults_at(id))
    line("under", fault);
  line("queue", s.queue.empty() ? "empty" : fmt::format("{}, on its disk:", s.queue.size()));
  for (const auto& intent : s.queue)
    out += fmt::format("    {:<12} {}\n", to_string(intent.id), intent.verdict);
  rows_of(id, out);
  return out;
}

/// What is confirmed, and beside it what the user sees where that differs.
void viewer::rows_of(std::uint32_t id, std::string& out) const {
  const auto confirmed = now_.rows(id, now_.scope_of(id), actors::view::confirmed);
  const auto visible = now_.rows(id, now_.scope_of(id), actors::view::visible);
  if (!confirmed || !visible)
    return;
  std::map<std::string, std::string> before;
  const auto text_of = [](const row_state& row) {
    std::vector<std::string> cells;
    for (const auto& field : row.fields)
      cells.push_back(field.name + " " + field.value);
    return row.deleted ? std::string("deleted") : fmt::format("{}", fmt::join(cells, ", "));
  };
  for (const auto& row : *confirmed)
    before[row.id] = text_of(row);
  out += fmt::format("  {:<13}{} confirmed, {} shown\n", "rows", confirmed->size(), visible->size());
  std::size_t shown = 0;
  for (const auto& row : *visible) {
    if (++shown > rows_shown_max) {
      out += fmt::format("    ... and {} more\n", visible->size() - rows_shown_max);
      return;
    }
    const auto now = text_of(row);
    const auto at = before.find(row.id);
    out += fmt::format("    {} {}: {}{}\n", row.collection, row.id, now,
                       at == before.end() ? "  (not confirmed yet)" : "");
    if (at != before.end() && at->second != now)
      out += fmt::format("      confirmed: {}\n", at->second);
  }
}

std::string viewer::record(const std::string& id) const {
  const auto named = story::names_in(id).records;
  if (named.size() != 1)
    return fmt::format("`{}` is not a record's name, such as d1:4/0\n", id);
  const auto wanted = to_string(named[0]);
  const auto home = now_.scope_of(named[0].creator.device);
  std::vector<std::string> columns{""};
  std::map<std::string, std::map<std::size_t, std::string>> cells; // field, column
  std::string collection;
  const auto add = [&](std::uint32_t actor, actors::view which, const std::string& title) {
    const auto rows = now_.rows(actor, home, which);
    columns.push_back(rows ? title : title + " (down)");
    const auto column = columns.size() - 1;
    for (const auto& row : rows.value_or(std::vector<row_state>{})) {
      if (row.id != wanted)
        continue;
      collection = row.collection;
      if (row.deleted)
        cells["(row)"][column] = "deleted";
      for (const auto& field : row.fields)
        cells[field.name][column] = field.value + (field.writer.empty() ? "" : " by " + field.writer);
    }
  };
  add(0, actors::view::confirmed, "server");
  for (std::uint32_t actor = 1; actor <= now_.devices() && columns.size() < 12; ++actor)
    if (now_.scope_of(actor) == home)
      add(actor, actors::view::visible, fmt::format("d{} shows", actor));
  if (cells.empty())
    return fmt::format("nobody has {} now\n", wanted);
  table out(columns);
  for (const auto& [field, values] : cells) {
    std::vector<std::string> row{field};
    for (std::size_t c = 1; c < columns.size(); ++c)
      row.push_back(values.contains(c) ? values.at(c) : "-");
    out.row(row);
  }
  return fmt::format("{} {}\n", collection, wanted) + out.text();
}

std::string viewer::difference(const std::string& left, const std::string& right) const {
  const auto a = participant(left), b = participant(right);
  if (!a || !b)
    return no_participant(a ? right : left);
  const auto scope = *a != 0 ? now_.scope_of(*a) : *b != 0 ? now_.scope_of(*b) : 1;
  if (*a != 0 && *b != 0 && now_.scope_of(*a) != now_.scope_of(*b))
    return fmt::format("d{} and d{} are of different teams: they share no rows\n", *a, *b);
  std::map<std::string, std::pair<std::string, std::string>> cells;
  bool down = false;
  const auto take = [&](std::uint32_t actor, auto side) {
    const auto rows = now_.rows(actor, scope, actors::view::visible);
    down |= !rows;
    for (const auto& row : rows.value_or(std::vector<row_state>{})) {
      cells[row.collection + " " + row.id].*side = row.deleted ? "deleted" : "there";
      for (const auto& field : row.fields)
        cells[row.collection + " " + row.id + " " + field.name].*side =
            field.value + (field.writer.empty() ? "" : " by " + field.writer);
    }
  };
  take(*a, &std::pair<std::string, std::string>::first);
  take(*b, &std::pair<std::string, std::string>::second);
  if (down)
    return "one of them is down: it shows nothing\n";
  table out({"", short_name(*a), short_name(*b)});
  std::size_t different = 0;
  for (const auto& [what, sides] : cells) {
    // A tombstone that one side has forgotten shows the same to everybody.
    const bool gone =
        (sides.first.empty() || sides.first == "deleted") && (sides.second.empty() || sides.second == "deleted");
    if (sides.first == sides.second || gone || ++different > rows_shown_max)
      continue;
    out.row({what, sides.first.empty() ? "-" : sides.first, sides.second.empty() ? "-" : sides.second});
  }
  if (different == 0)
    return fmt::format("{} and {} show the same\n", short_name(*a), short_name(*b));
  return out.text() + (different > rows_shown_max ? fmt::format("... and {} more\n", different - rows_shown_max) : "");
}

std::string viewer::last() const {
  std::string out;
  const auto first = past_.marks.empty() ? 0 : past_.marks.back().first_entry;
  const auto from = past_.entries.size() - first > entries_shown_max ? past_.entries.size() - entries_shown_max : first;
  if (from > first)
    out += fmt::format("  ... {} before\n", from - first);
  for (auto i = from; i < past_.entries.size(); ++i)
    out += fmt::format("  #{:<7}{}\n", i, history::render(past_.entries[i], names_, plan_.model()));
  return out;
}

} // namespace

std::string view_of(const moment& now, const scenarios::Plan& plan, const past& so_far,
                    const history::name_table& names, const std::string& view) {
  const viewer v(now, plan, so_far, names);
  std::istringstream in(view);
  std::string what, first, second;
  in >> what >> first >> second;
  if (what == "state")
    return v.state();
  if (what == "messages")
    return v.messages();
  if (what == "last")
    return v.last();
  if (what == "record")
    return v.record(first);
  if (what == "diff")
    return v.difference(first, second);
  if (what == "device") {
    const auto id = v.participant(first);
    return id ? v.device(*id) : v.no_participant(first);
  }
  return fmt::format("no view is named `{}`\n", what);
}

} // namespace squall::campaigns::inspect
