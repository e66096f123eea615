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

search::search(const scenarios::Plan& plan, const search_options& options)
    : options_(options), start_{.key = trace_key(static_cast<std::uint32_t>(plan.topology().devices_size()),
                                                 stamps_decide(plan))},
      here_(start_) {
  counts_.lost.assign(options.lose + 1, 0);
  counts_.states = 1;
}

bool search::next() {
  here_ = start_;
  ended_ = false;
  if (!begun_)
    return begun_ = true;
  while (!path_.empty()) {
    auto& last = path_.back();
    while (!last.left.empty() && seen(last.left.back())) {
      ++counts_.pruned;
      last.left.pop_back();
    }
    if (!last.left.empty()) {
      last.taken = last.left.back();
      last.left.pop_back();
      seen_.insert(last.taken.leads_to);
      ++counts_.states;
      return true;
    }
    path_.pop_back();
  }
  return false;
}

scenarios::Schedule search::schedule() const {
  scenarios::Schedule out;
  for (const auto& n : path_) {
    auto& t = *out.add_turns();
    t.set_cause(n.taken.cause);
    t.set_lost(n.taken.lost);
    t.set_what(n.what);
  }
  return out;
}

void search::append(std::span<const history::entry> entries, const history::name_table&) {
  using history::entry_kind;
  for (const auto& e : entries)
    if (e.kind == entry_kind::intent_accepted)
      here_.undecided.insert(e.intent);
    else if (e.kind == entry_kind::verdict_released &&
             e.code >= static_cast<std::uint8_t>(history::verdict_code::applied) &&
             e.code <= static_cast<std::uint8_t>(history::verdict_code::duplicate))
      here_.undecided.erase(e.intent);
}

// -- one run -----------------------------------------------------------------------------------------------------------

std::uint32_t search::varied_after(const crossroads& at, const turn& t, bool lost) const {
  if (!options_.ends_apart || !all_decided(at) || here_.varied != 0)
    return here_.varied;
  const auto first =
      std::find_if(at.turns.begin(), at.turns.end(), [&](const turn& o) { return o.device == t.device; });
  return lost || first->cause != t.cause ? t.device : 0;
}

/// Which device is varied is part of what can follow.
std::uint64_t search::name_of(const crossroads& at, const turn& t, bool lost) const {
  const auto key = here_.key.after(t, lost);
  const auto varied = varied_after(at, t, lost);
  return varied == 0 ? key : mix(key, varied);
}

/// A persistent set (Godefroid 1996): whatever others do, in whatever order, neither takes nor gives this device a turn, and
/// none of its turns depends on theirs. Once all is decided that is so for every device with all that it asks.
std::optional<std::uint32_t> search::enough(const crossroads& at) const {
  std::set<std::uint32_t> at_home, at_server;
  for (const auto& t : at.turns)
    (t.actor == t.device && t.device != 0 ? at_home : at_server).insert(t.device);
  if (options_.ends_apart && all_decided(at) && !at.turns.empty())
    return std::min(at_home.empty() ? ~0u : *at_home.begin(), at_server.empty() ? ~0u : *at_server.begin());
  for (const auto device : at_home)
    if (options_.alone_first && at_server.count(device) == 0 && !at.may_wake[device])
      return device;
  return std::nullopt;
}

/// A page that is lost leaves everybody as a lost request for it does: a pull changes nothing at the server.
bool search::may_be_lost(const turn& t) const {
  return t.kind == turn_kind::message && (t.cls != io::message_class::page || !options_.lose_requests_for_pages);
}

std::vector<search::step> search::steps_from(const crossroads& at) const {
  const auto device = enough(at);
  const auto needed = [&](const turn& t) { return !device || t.device == *device; };
  const bool one_way = options_.ends_apart && all_decided(at) && here_.varied != 0 && device && *device != here_.varied;
  std::vector<step> steps;
  for (const auto& t : at.turns) {
    if (!needed(t))
      continue;
    steps.push_back({t.cause, false, name_of(at, t, false)});
    if (one_way)
      return steps;
  }
  if (here_.lost < options_.lose)
    for (const auto& t : at.turns)
      if (may_be_lost(t) && needed(t))
        steps.push_back({t.cause, true, name_of(at, t, true)});
  return steps;
}

actors::turn_chooser::decision search::go(const crossroads& at, const step& s) {
  const auto found = std::find_if(at.turns.begin(), at.turns.end(), [&](const turn& t) { return t.cause == s.cause; });
  CHECK(found != at.turns.end()); // else the same beginning has led elsewhere than before
  here_.varied = varied_after(at, *found, s.lost);
  here_.key.take(*found, s.lost);
  here_.lost += s.lost;
  path_[here_.depth].what = describe(*found, s.lost);
  ++here_.depth;
  return {s.lost ? what::lose : what::take, static_cast<std::size_t>(found - at.turns.begin())};
}

actors::turn_chooser::decision search::choose(const crossroads& at) {
  here_.key.arrive(at);
  if (here_.depth < path_.size())
    return go(at, path_[here_.depth].taken);
  auto steps = steps_from(at);
  const bool too_long = path_.size() >= options_.turns_max;
  if (steps.empty() || too_long) {
    ended_ = true;
    ++counts_.ends;
    ++counts_.lost[here_.lost];
    counts_.cut_off += too_long && !steps.empty();
    counts_.turns_max = std::max(counts_.turns_max, path_.size());
    return {};
  }
  const auto all = steps.size();
  steps.erase(std::remove_if(steps.begin(), steps.end(), [this](const step& s) { return seen(s); }), steps.end());
  counts_.pruned += all - steps.size();
  if (steps.empty()) {
    ++counts_.abandoned;
    return {what::abandon, 0};
  }
  std::reverse(steps.begin(), steps.end());
  node n;
  n.taken = steps.back();
  steps.pop_back();
  n.left = std::move(steps);
  seen_.insert(n.taken.leads_to);
  ++counts_.states;
  path_.push_back(std::move(n));
  return go(at, path_.back().taken);
}

} // namespace squall::campaigns
