#include "campaigns/exhaustive/search.hpp"

#include "campaigns/exhaustive/prepared.hpp"
#include "engine/base/check.hpp"
#include "engine/base/hash.hpp"

#include <algorithm>
#include <set>

namespace squall::campaigns {

using actors::crossroads;
using actors::turn;
using actors::turn_kind;

namespace {

constexpr std::uint64_t end_mark = 0x656e64;
constexpr std::size_t turn_words_max = last_steps::step_bytes_max - 16; // the rest of a turn is a name and a flag

bool reads(io::message_class cls) {
  using enum io::message_class;
  return cls == pull || cls == page || cls == snapshot || cls == snapshot_page;
}

/// Of the turns of its device.
bool comes_first(const crossroads& at, const turn& t) {
  const auto first =
      std::find_if(at.turns.begin(), at.turns.end(), [&](const turn& o) { return o.device == t.device; });
  return first->cause == t.cause;
}

} // namespace

search::search(const scenarios::Plan& plan, const search_options& options, common_ground& shared, process_tree& tree)
    : options_(options), shared_(shared),
      tree_(tree), here_{.key = trace_key(static_cast<std::uint32_t>(plan.topology().devices_size()),
                                          stamps_decide(plan))} {
  CHECK(options.lose <= lose_most && options.turns_max <= last_steps::steps_max);
  here_.seen_by.assign(static_cast<std::size_t>(plan.topology().devices_size()), here_.key);
  // Who reacts to what is shown has never said all.
  options_.ends_apart = options_.ends_apart && plan.reactions().empty();
  shared_.count([](search_counts& c) { c.states = 1; });
}

void search::append(std::span<const history::entry> entries, const history::name_table&) {
  using history::entry_kind;
  for (const auto& e : entries)
    if (e.kind == entry_kind::intent_accepted)
      here_.undecided[e.intent] = e.actor;
    else if (e.kind == entry_kind::verdict_released &&
             e.code >= static_cast<std::uint8_t>(history::verdict_code::applied) &&
             e.code <= static_cast<std::uint8_t>(history::verdict_code::duplicate))
      here_.undecided.erase(e.intent);
}

std::vector<std::uint64_t> search::seen_by() const {
  std::vector<std::uint64_t> names;
  for (const auto& key : here_.seen_by)
    names.push_back(key.value());
  return names;
}

// -- what may come next ------------------------------------------------------------------------------------------------

/// With nothing left to say, a device only listens. Its reads change nothing at the server; they change nothing in a change that
/// was made before, and so nothing in how that is sent.
bool search::unnoticed(const crossroads& at, const turn& t) const {
  if (t.device == 0 || at.acts_left[t.device])
    return false;
  const bool decided = std::none_of(here_.undecided.begin(), here_.undecided.end(),
                                    [&](const auto& waiting) { return waiting.second == t.device; });
  return decided || reads(t.cls);
}

bool search::all_unnoticed(const crossroads& at) const {
  return std::all_of(at.turns.begin(), at.turns.end(), [&](const turn& t) { return unnoticed(at, t); });
}

bool search::open(const crossroads& at, const turn& t) const {
  return !options_.ends_apart || here_.varied == 0 || here_.varied == t.device || !unnoticed(at, t);
}

std::uint32_t search::varied_after(const crossroads& at, const turn& t, bool lost) const {
  if (!options_.ends_apart || here_.varied != 0 || !unnoticed(at, t))
    return here_.varied;
  return all_unnoticed(at) && !lost && comes_first(at, t) ? 0 : t.device;
}

/// Which device is varied is part of what can follow.
std::uint64_t search::name_of(const crossroads& at, const turn& t, bool lost) const {
  const auto key = here_.key.after(t, lost);
  const auto varied = varied_after(at, t, lost);
  return varied == 0 ? key : mix(key, varied);
}

/// A persistent set (Godefroid 1996): whatever others do, in whatever order, neither takes nor gives this device a turn, and
/// none of its turns depends on theirs. Where no device is varied yet, one of them must be a turn that does not make it varied: it
/// comes sooner or later, and it may come before any turn of another device by which that one is varied.
std::optional<std::uint32_t> search::alone(const crossroads& at) const {
  std::set<std::uint32_t> at_home, at_server, has_noticed;
  for (const auto& t : at.turns)
    if (open(at, t)) {
      (t.actor == t.device && t.device != 0 ? at_home : at_server).insert(t.device);
      if (!options_.ends_apart || here_.varied == t.device || !unnoticed(at, t))
        has_noticed.insert(t.device);
    }
  for (const auto device : at_home)
    if (at_server.count(device) == 0 && has_noticed.count(device) > 0 && !at.may_wake[device])
      return device;
  return std::nullopt;
}

/// Once nothing is noticed every device is alone with all that it asks.
std::optional<std::uint32_t> search::enough(const crossroads& at) const {
  if (!options_.ends_apart || !all_unnoticed(at))
    return options_.alone_first ? alone(at) : std::nullopt;
  std::optional<std::uint32_t> least;
  for (const auto& t : at.turns)
    least = std::min(least.value_or(t.device), t.device);
  return least;
}

/// A page that is lost leaves everybody as a lost request for it does: a pull changes nothing at the server.
bool search::may_be_lost(const turn& t) const {
  return t.kind == turn_kind::message && (t.cls != io::message_class::page || !options_.lose_requests_for_pages);
}

std::vector<search::step> search::steps_from(const crossroads& at) const {
  const auto device = enough(at);
  const bool at_end = options_.ends_apart && all_unnoticed(at);
  const bool one_way = at_end && device && here_.varied != 0 && *device != here_.varied;
  const auto needed = [&](const turn& t) { return (!device || t.device == *device) && (at_end || open(at, t)); };
  std::vector<step> steps;
  for (std::size_t i = 0; i < at.turns.size(); ++i) {
    if (!needed(at.turns[i]))
      continue;
    steps.push_back({i, false, name_of(at, at.turns[i], false)});
    if (one_way)
      return steps;
  }
  if (here_.lost < options_.lose)
    for (std::size_t i = 0; i < at.turns.size(); ++i)
      if (may_be_lost(at.turns[i]) && needed(at.turns[i]))
        steps.push_back({i, true, name_of(at, at.turns[i], true)});
  return steps;
}

// -- going there -------------------------------------------------------------------------------------------------------

actors::turn_chooser::decision search::go(const crossroads& at, const step& s) {
  const auto& t = at.turns[s.index];
  const bool by_itself = unnoticed(at, t);
  here_.varied = varied_after(at, t, s.lost);
  here_.key.take(t, s.lost);
  for (std::size_t d = 0; d < here_.seen_by.size(); ++d)
    if (t.device == d + 1 || !by_itself)
      here_.seen_by[d].take(t, s.lost);
  here_.lost += s.lost;
  auto& written = *schedule_.add_turns();
  written.set_cause(t.cause);
  written.set_lost(s.lost);
  written.set_what(describe(t, s.lost).substr(0, turn_words_max));
  tree_.note(static_cast<std::size_t>(schedule_.turns_size()) - 1, written.SerializeAsString());
  return {s.lost ? what::lose : what::take, s.index};
}

actors::turn_chooser::decision search::end(bool too_long) {
  // One past may have been come to with this device varied and with that one.
  if (options_.merge && !shared_.claim(mix(here_.key.value(), end_mark))) {
    shared_.count([](search_counts& c) { ++c.pruned; });
    tree_.leave();
  }
  shared_.count([&](search_counts& c) {
    ++c.ends;
    ++c.lost[here_.lost];
    c.cut_off += too_long;
    c.turns_max = std::max(c.turns_max, static_cast<std::uint64_t>(schedule_.turns_size()));
  });
  return {};
}

actors::turn_chooser::decision search::choose(const crossroads& at) {
  if (shared_.stopped() != stopped_by::nothing)
    tree_.leave();
  here_.key.arrive(at);
  for (auto& key : here_.seen_by)
    key.arrive(at);
  auto steps = steps_from(at);
  const bool too_long = static_cast<std::uint64_t>(schedule_.turns_size()) >= options_.turns_max;
  if (steps.empty() || too_long)
    return end(too_long && !steps.empty());
  const auto all = steps.size();
  if (options_.merge)
    steps.erase(std::remove_if(steps.begin(), steps.end(), [&](const step& s) { return !shared_.claim(s.leads_to); }),
                steps.end());
  shared_.count([&](search_counts& c) {
    c.pruned += all - steps.size();
    c.states += steps.size();
  });
  if (steps.empty())
    tree_.leave();
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
    if (tree_.branch())
      return go(at, steps[i]);
    if (shared_.stopped() != stopped_by::nothing)
      tree_.leave();
  }
  return go(at, steps.back());
}

} // namespace squall::campaigns
