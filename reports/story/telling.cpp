#include "reports/story/telling.hpp"

#include "reports/history/render.hpp"
#include "reports/writers/format.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>
#include <tuple>

namespace squall::story {

namespace {

using enum beat_kind;

constexpr std::size_t suspects_max = 3;
/// Of many alike: so many are told from the front, and one from the end.
constexpr std::size_t alike_told = 2;

/// What is sent so shortly before the end cannot have arrived.
constexpr std::int64_t soon_ns = 1'000'000'000;

/// A fault is described once; later its name will do.
void be_brief(std::string& text, const std::string& fault) {
  const auto at = text.find(fault);
  if (at != std::string::npos)
    text.replace(at, fault.size(), fault.substr(0, fault.find(" (")) + " again");
}

bool may_repeat(beat_kind kind) {
  return kind == carried || kind == answered || kind == refused || kind == served || kind == no_token ||
         kind == snapshot;
}

/// Index of the first turn; the number of beats if there is none.
std::size_t first_turn(const std::vector<beat>& beats, const cast& who) {
  for (std::size_t i = 0; i < beats.size(); ++i)
    if (beats[i].turn && std::any_of(beats[i].intents.begin(), beats[i].intents.end(),
                                     [&](auto intent) { return who.is_subject(intent); }))
      return i;
  for (std::size_t i = 0; i < beats.size(); ++i)
    if (beats[i].turn)
      return i;
  return beats.size();
}

} // namespace

telling::telling(const cast& who, const chronicle& told, const vocabulary& words, const reports::Violation& about)
    : cast_(who), told_(told), words_(words), about_(about) {
  for (const beat& b : told.beats()) {
    const bool told_twice = b.kind == crashed && !beats_.empty() && beats_.back().kind == beat_kind::fault &&
                            beats_.back().ref == b.ref && beats_.back().actor == b.actor;
    if (told_twice)
      beats_.pop_back();
    if (worth(b) > 0)
      beats_.push_back(b);
  }
  // What happened before anything of the story began says nothing.
  const auto begins =
      std::find_if(beats_.begin(), beats_.end(), [](const beat& b) { return !b.intents.empty() || b.kind == locked; });
  if (begins != beats_.end())
    beats_.erase(beats_.begin(), begins);
}

/// 0: not told. Others do not get the room that the subjects get.
int telling::worth(const beat& b) const {
  const bool subject = std::any_of(b.intents.begin(), b.intents.end(), [&](auto i) { return cast_.is_subject(i); });
  const letter* l = b.message ? told_.message(b.message) : nullptr;
  const bool mishap = l && (l->lost || l->duplicated || l->corrupted || l->held_back);
  if (b.turn)
    return subject ? 9 : 7;
  switch (b.kind) {
    case crashed: return b.actor != 0 ? 6 : 3;
    case in_doubt: return 6;
    case restarted: return 1;
    case fault:
    case refused: return 2;
    case snapshot: return about_.has_device() && b.actor == about_.device() ? 4 : 2;
    case locked:
    case unlocked: return 7;
    case no_token: return 4;
    case accepted: return subject ? 8 : 4;
    case committed:
    case branched: return subject ? 8 : 5;
    case task_shown: return 6;
    case served:
    case applied: {
      const bool here = about_.has_device() && (b.kind == served ? b.peer : b.actor) == about_.device();
      return subject ? (here ? 7 : 1) : here ? 3 : 0;
    }
    default: return subject ? (mishap ? 8 : 6) : mishap ? 2 : 0;
  }
}

/// Forty attempts are told as the first two and the last.
void telling::collapse() {
  std::map<std::tuple<beat_kind, std::uint32_t, std::uint32_t, std::vector<history::intent_index>>,
           std::vector<std::size_t>>
      alike;
  for (std::size_t i = 0; i < beats_.size(); ++i)
    if (may_repeat(beats_[i].kind) && !beats_[i].turn)
      alike[{beats_[i].kind, beats_[i].actor, beats_[i].peer, beats_[i].intents}].push_back(i);
  std::vector<bool> gone(beats_.size(), false);
  for (const auto& [key, places] : alike) {
    if (places.size() <= alike_told + 2)
      continue;
    for (std::size_t k = alike_told; k + 1 < places.size(); ++k)
      gone[places[k]] = true;
    beats_[places[alike_told - 1]].repeats = static_cast<std::uint32_t>(places.size() - alike_told - 1);
  }
  std::vector<beat> kept;
  for (std::size_t i = 0; i < beats_.size(); ++i)
    if (!gone[i])
      kept.push_back(beats_[i]);
  beats_ = std::move(kept);
}

std::vector<told_line> telling::take(const room& space, std::size_t& left_out) {
  left_out = std::erase_if(beats_, [&](const beat& b) { return worth(b) < space.worth_least; });
  collapse();
  for (int least = 1; beats_.size() > space.lines_max && least < 10; ++least) {
    auto excess = beats_.size() - space.lines_max;
    left_out += std::erase_if(beats_, [&](const beat& b) {
      if (excess == 0 || worth(b) != least)
        return false;
      --excess;
      return true;
    });
  }
  std::vector<told_line> out;
  std::set<std::uint64_t> introduced;
  for (const beat& b : beats_) {
    out.push_back(line_of(b));
    const letter* l = b.message ? told_.message(b.message) : nullptr;
    const auto fault = l && l->cause                                                          ? *l->cause
                       : b.kind == crashed || b.kind == refused || b.kind == beat_kind::fault ? b.ref
                                                                                              : 0;
    if (fault != 0 && !introduced.insert(fault).second)
      be_brief(out.back().what, words_.fault(fault));
  }
  return out;
}

told_line telling::line_of(const beat& b) const {
  auto text = what(b);
  if (b.repeats > 0)
    text += fmt::format(" (and {} more like this)", b.repeats);
  return {b.at_ns, words_.who(b.actor), std::move(text), b.turn};
}

/// Of others than the subjects: only what they did to the record that it is about.
std::vector<deed> telling::deeds_of(history::intent_index intent) const {
  const auto found = told_.deeds().find(intent);
  auto out = found == told_.deeds().end() ? std::vector<deed>{} : found->second;
  const auto about_it = [&](const deed& one) { return one.record == cast_.record; };
  if (!cast_.is_subject(intent) && cast_.record != 0)
    std::erase_if(out, [&](const deed& one) { return !about_it(one); });
  std::stable_partition(out.begin(), out.end(), about_it);
  return out;
}

std::string telling::sent(const beat& b) const {
  const letter* l = b.message ? told_.message(b.message) : nullptr;
  const bool on_its_way = l && !l->lost && l->arrived_at.empty() && about_.at_ns() - l->sent_at < soon_ns;
  return l && !on_its_way ? "; " + words_.fate(*l) : "";
}

std::string telling::what(const beat& b) const {
  switch (b.kind) {
    case committed:
    case branched:
    case answered:
    case served:
    case left_out:
    case overtaken:
    case no_token:
    case refused: return what_of_server(b);
    default: return what_of_device(b);
  }
}

std::string telling::what_of_device(const beat& b) const {
  const auto names = words_.intents(b.intents);
  switch (b.kind) {
    case accepted: {
      const auto did = deeds_of(b.intents.front());
      return fmt::format(
          "accepts {}: its user {}; it had seen {}", names, did.empty() ? "changes something" : words_.deeds(did),
          b.s == 0 ? std::string("no change of the server's yet") : fmt::format("everything up to change {}", b.s));
    }
    case in_doubt: return "loses power while it accepts a change: that may or may not be on its disk";
    case carried: return fmt::format("sends {} to the server{}{}", names, b.from_s > 1 ? " again" : "", sent(b));
    case learned: return "learns that " + words_.verdict(b.intents, b.code, b.rule, b.ref);
    case left_queue: return fmt::format("takes {} off its queue WITHOUT any verdict", names);
    case surfaced: return "tells its user that " + words_.verdict(b.intents, b.code, b.rule, 0);
    case overlay_dropped:
      return fmt::format("no longer shows {} to its user, BEFORE the feed has brought it (its cursor is {})", names,
                         b.s);
    case applied: return fmt::format("takes in change {}, which is {}", b.s, names);
    case passed:
      return fmt::format("moves its cursor from {} to {}, PAST {}, which it never took in", b.from_s, b.s, names);
    case snapshot:
      return fmt::format("replaces what it has confirmed by a snapshot: its cursor goes from {} to {}", b.from_s, b.s);
    case missing: return fmt::format("has its disk read: {} is NOT in its queue, and no verdict of it is there", names);
    case crashed:
      return b.value > 0 ? fmt::format("loses power; {} bytes that were not safely on disk are gone{}",
                                       reports::with_commas(static_cast<std::uint64_t>(b.value)),
                                       b.ref ? ": " + words_.fault(b.ref) : "")
                         : std::string("goes down") + (b.ref ? ": " + words_.fault(b.ref) : "");
    case waiting:
      return b.from_s == 0 ? fmt::format("still has no verdict of {}, and never sent it", names)
                           : fmt::format("still has no verdict of {}, which it sent {}, last at {}", names,
                                         b.from_s == 1 ? "once" : fmt::format("{} times", b.from_s),
                                         reports::moment_text(b.value));
    case restarted: return "starts again";
    case locked: return "locks its queue: it was refused a new token, and sends nothing until it gets one";
    case unlocked: return "has a token again: its queue is open";
    case task_shown:
      return b.code == 0
                 ? fmt::format("shows its user that task {} about {} is settled", b.ref,
                               words_.record(b.record, b.collection))
                 : fmt::format("shows its user the open task {} about {}, with {} {}", b.ref,
                               words_.record(b.record, b.collection), b.value, b.value == 1 ? "branch" : "branches");
    case fault: return words_.fault(b.ref) + " begins";
    default: return "?";
  }
}

std::string telling::what_of_server(const beat& b) const {
  const auto names = words_.intents(b.intents);
  switch (b.kind) {
    case committed:
      if (b.from_s != 0)
        return fmt::format("commits {} AGAIN, as change {} (it was change {} already)", names, b.s, b.from_s);
      return fmt::format("commits {} as change {}{}", names, b.s,
                         b.turn ? ", which NO user asked for under this name or which it had refused" : "");
    case branched:
      return fmt::format("keeps {} as a branch of task {} about {}, for somebody to decide", names, b.ref,
                         words_.record(b.record, b.collection));
    case answered:
      return fmt::format("answers {}that {}{}{}", b.from_s == 1 ? "once more " : "",
                         words_.verdict(b.intents, b.code, b.rule, b.ref),
                         b.turn ? ", which is NOT what happened before" : "", sent(b));
    case served:
      return fmt::format("serves {} the changes after {} up to {}, {} among them{}", words_.who(b.peer), b.from_s, b.s,
                         names, sent(b));
    case left_out:
      return fmt::format("serves {} the changes after {} up to {}, but LEAVES OUT {}{}", words_.who(b.peer), b.from_s,
                         b.s, names, sent(b));
    case overtaken:
      return fmt::format("commits {} as change {}, where {}'s cursor ({}) has been ALREADY", names, b.s,
                         words_.who(b.peer), b.from_s);
    case no_token:
      return fmt::format("gives {} no new token: {}{}", words_.who(b.peer),
                         b.code == 1 ? "its refresh token is not valid (401)" : fmt::format("status {}", 400 + b.code),
                         b.ref != 0 ? "; " + words_.fault(b.ref) : "");
    case refused:
      return fmt::format("turns {} away: {}{}", words_.who(b.peer),
                         b.code == 1     ? "its token is not valid (401)"
                         : b.code == 3   ? "it is not allowed (403)"
                         : b.code == 29  ? "too many requests (429)"
                         : b.code == 103 ? "out of service (503)"
                                         : fmt::format("status {}", 400 + b.code),
                         b.ref != 0 ? "; " + words_.fault(b.ref) : "");
    default: return "?";
  }
}

/// What disturbed this beat; nothing if it went undisturbed.
std::optional<suspect> telling::disturbance(const beat& b) const {
  const auto names = words_.intents(b.intents);
  if (b.kind == crashed || b.kind == fault)
    return suspect{b.ref, "", b.at_ns,
                   fmt::format("{}: {} {}", words_.fault(b.ref), words_.who(b.actor),
                               b.kind == crashed ? "went down" : "was struck")};
  if (b.kind == refused && b.ref != 0)
    return suspect{b.ref, "", b.at_ns, fmt::format("{}: {} was turned away", words_.fault(b.ref), words_.who(b.peer))};
  const letter* l = b.message ? told_.message(b.message) : nullptr;
  if (!l || !(l->lost || l->duplicated || l->corrupted || l->held_back))
    return std::nullopt;
  const auto cargo = b.kind == carried    ? names + " on its way to the server"
                     : b.kind == answered ? "the answer about " + names
                                          : "the page with " + names;
  const auto fate = l->lost ? "was lost" : l->duplicated ? "arrived twice" : l->corrupted ? "was damaged" : "was late";
  const auto noise = l->lost ? "loss" : l->duplicated ? "duplicates" : l->corrupted ? "corruption" : "reordering";
  const auto cause = l->cause.value_or(0);
  const bool down = l->lost && l->loss == static_cast<std::uint8_t>(history::loss_code::receiver_down);
  return suspect{cause, cause == 0 && !down ? noise : "", l->sent_at,
                 fmt::format("{}: {} {}", down ? words_.who(l->to) + " was down" : words_.fault(cause), cargo, fate)};
}

std::vector<suspect> telling::suspects() const {
  const auto turn = first_turn(beats_, cast_);
  struct candidate {
    suspect of;
    bool before = false;
    bool subject = false;
    std::size_t place = 0;
  };
  std::vector<candidate> all;
  for (std::size_t i = 0; i < beats_.size(); ++i) {
    const beat& b = beats_[i];
    const bool subject = b.kind == crashed ||
                         std::any_of(b.intents.begin(), b.intents.end(), [&](auto x) { return cast_.is_subject(x); });
    if (auto found = disturbance(b))
      all.push_back({std::move(*found), i < turn, subject, i});
  }
  // Nearest before the turn first; what came after it cannot have caused it.
  std::stable_sort(all.begin(), all.end(), [](const candidate& x, const candidate& y) {
    if (x.before != y.before)
      return x.before;
    if (x.subject != y.subject)
      return x.subject;
    return x.place > y.place;
  });
  std::vector<suspect> out;
  for (const auto& c : all) {
    const bool known = std::any_of(out.begin(), out.end(),
                                   [&](const suspect& s) { return s.fault == c.of.fault && s.noise == c.of.noise; });
    if (!known && out.size() < suspects_max)
      out.push_back(c.of);
  }
  return out;
}

} // namespace squall::story
