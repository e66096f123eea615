#include "reports/story/account.hpp"

#include "reports/first_violation.hpp"
#include "reports/story/chronicle.hpp"
#include "reports/story/telling.hpp"
#include "reports/story/words.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace squall::story {

namespace {

using history::view_code;

/// The names are complete at the end only; they are copied while they live.
bool names_of(const history_source& source, history::name_table& to, std::string& error) {
  class copier final : public history::sink {
  public:
    explicit copier(history::name_table& to) : to_(to) {}
    void append(std::span<const history::entry>, const history::name_table& names) override {
      if (names.intents() != to_.intents() || names.records() != to_.records() ||
          names.texts().size() != to_.texts().size())
        to_ = names;
    }

  private:
    history::name_table& to_;
  } copy(to);
  return source(copy, error);
}

void split_judgement(const std::string& message, account& to) {
  const auto at = message.find("; it should ");
  to.is = message.substr(0, at);
  if (at != std::string::npos)
    to.should_be = message.substr(at + 2);
}

std::string holder(const row_shown& row, const vocabulary& words) {
  const auto who = words.who(row.actor);
  if (row.actor == 0)
    return who;
  return who + (row.view == static_cast<std::uint8_t>(view_code::confirmed) ? ", confirmed" : ", shown");
}

void fill_state(const cast& who, const chronicle& told, const vocabulary& words, account& to) {
  if (who.record == 0 || told.rows().empty())
    return;
  std::map<std::uint16_t, std::vector<std::string>> by_field;
  std::uint16_t collection = who.collection;
  for (const auto& [intent, deeds] : told.deeds())
    for (const auto& one : deeds)
      if (one.record == who.record)
        collection = one.collection;
  std::size_t column = 0;
  for (const auto& [key, row] : told.rows()) {
    to.holders.push_back(holder(row, words));
    for (const auto& cell : row.cells) {
      auto& values = by_field[cell.field];
      values.resize(told.rows().size(), row.deleted ? "(deleted)" : "-");
      values[column] = words.value(cell.tag, cell.value) + (cell.writer ? " by " + words.intent(cell.writer) : "");
    }
    ++column;
  }
  for (auto& [field, values] : by_field) {
    const bool differs =
        std::any_of(values.begin(), values.end(), [first = values.front()](const auto& v) { return v != first; });
    to.state.push_back({words.field(collection, field), std::move(values), differs});
  }
}

} // namespace

account tell(const reports::Violation& about, const scenarios::Plan& plan, const history_source& source,
             const room& space) {
  account out;
  split_judgement(about.message(), out);
  history::name_table names;
  if (!names_of(source, names, out.trouble))
    return out;
  const auto who = cast_of(about, plan, names, source);
  chronicle told(who, about.at_ns());
  if (!source(told, out.trouble))
    return out;
  told.finish();
  const vocabulary words(plan, names);
  for (const auto intent : who.subjects) {
    const auto deeds = told.deeds().find(intent);
    const auto device = words.who(names.intent(intent).device);
    out.players.push_back(words.intent(intent) + ": " +
                          (deeds == told.deeds().end() ? "no user of " + device + " is known to have asked for it"
                                                       : device + "'s user " + words.deeds(deeds->second)));
  }
  telling lines(who, told, words, about);
  out.suspects = lines.suspects();
  out.lines = lines.take(space, out.left_out);
  if (who.record != 0) {
    for (const auto& [intent, deeds] : told.deeds())
      for (const auto& one : deeds)
        if (one.record == who.record)
          out.record = words.record(one.record, one.collection);
    fill_state(who, told, words, out);
  }
  return out;
}

reports::Story brief(const reports::Run& run, const scenarios::Plan& plan, const history_source& source) {
  reports::Story out;
  const auto [in, about] = reports::first_violation_of(run);
  if (!about)
    return out;
  out.set_invariant(in->name());
  const auto add = [&](std::int64_t at_ns, const std::string& who, const std::string& what, bool turn) {
    auto& line = *out.add_lines();
    line.set_at_ns(at_ns);
    line.set_who(who);
    line.set_what(what);
    line.set_turn(turn);
  };
  const auto told = tell(*about, plan, source, on_a_screen);
  for (const auto& line : told.lines)
    add(line.at_ns, line.who, line.what, line.turn);
  out.set_left_out(told.left_out);
  for (const auto& suspect : told.suspects)
    out.add_suspects(suspect.what);
  if (!told.trouble.empty())
    add(0, "squall", told.trouble, false);
  add(about->at_ns(), "the judge", about->message(), true);
  return out;
}

} // namespace squall::story
