// How violations speak of fences, and why it matters where they are.
#include "reports/invariants/checks/wording.hpp"

#include <fmt/format.h>

namespace squall::invariants {

namespace {

std::string seconds(std::uint64_t ns) {
  return fmt::format("{:.3f} s", static_cast<double>(static_cast<std::int64_t>(ns)) / 1e9);
}

std::string say_far(const world& w, const fence_trouble& t) {
  const auto who = name_of_device(t.device);
  switch (t.what) {
    case fence_flaw::unasked:
      return fmt::format("the server forgets the deleted records of team {} up to {}; nothing asks it to", t.expected,
                         t.s);
    case fence_flaw::runs_back:
      return fmt::format("the fence of {} goes from {} to {}; what is forgotten does not come back", who, t.expected,
                         t.s);
    case fence_flaw::no_tombstone:
      return fmt::format("the fence moves to {}, which is no tombstone; the last that it forgets is at {}", t.s,
                         t.expected);
    case fence_flaw::young:
      return fmt::format("the server forgets the tombstone at {} after {}; they are kept for {}, lest who has not seen "
                         "the deletion bring the record back",
                         t.s, seconds(t.expected),
                         seconds(static_cast<std::uint64_t>(w.lifetimes.settings().tombstones_for_ns)));
    case fence_flaw::unheard:
      return fmt::format("the server forgets deletions up to {}, but {} has told no cursor beyond {}: it still shows "
                         "the record, and may bring it back",
                         t.s, who, t.expected);
    case fence_flaw::asked_about:
      return fmt::format("the server forgets {}, deleted at {}, while a task about it is open: its resolution would "
                         "find nothing",
                         to_string(w.names->record(t.record)), t.expected);
    case fence_flaw::time:
      return fmt::format(
          "the fence moves at the server's time {}, by which tombstones are old enough; its clock read {}",
          seconds(t.s), seconds(t.expected));
    case fence_flaw::told_beyond:
      return fmt::format("{} forgets deletions up to {}; no page has told it more than {}", who, t.s, t.expected);
    default: return {};
  }
}

} // namespace

std::string say(const world& w, const fence_trouble& t) {
  const auto who = name_of_device(t.device);
  switch (t.what) {
    case fence_flaw::exported:
      return fmt::format("{} exports its rows as forgotten up to {}; it has told its fence to be {}", who, t.s,
                         t.expected);
    case fence_flaw::not_kept:
      return fmt::format("{} has forgotten deletions up to {}; the page that led to its cursor told it {}", who, t.s,
                         t.expected);
    case fence_flaw::page_below:
      return fmt::format("{} is served changes from {}; they lack the deletions up to {} that are forgotten", who, t.s,
                         t.expected);
    case fence_flaw::snapshot_below:
      return fmt::format("{} is served a snapshot at {}; what was deleted up to {} is forgotten, and nothing will take "
                         "it away again",
                         who, t.s, t.expected);
    case fence_flaw::in_snapshot:
      return fmt::format("the snapshot at {} served to {} holds the tombstone of {}; all up to {} was forgotten before",
                         t.s, who, to_string(w.names->record(t.record)), t.expected);
    default: return say_far(w, t);
  }
}

const char* shape_of(const fence_trouble& t) {
  switch (t.what) {
    case fence_flaw::unasked: return "forgets unasked";
    case fence_flaw::runs_back: return "fence goes back";
    case fence_flaw::no_tombstone: return "fence where no tombstone is";
    case fence_flaw::young: return "forgotten before its time";
    case fence_flaw::unheard: return "forgotten before all have seen it";
    case fence_flaw::asked_about: return "forgotten while a task asks";
    case fence_flaw::time: return "fence at another time";
    case fence_flaw::told_beyond: return "forgets more than it was told";
    case fence_flaw::exported: return "exports another fence";
    case fence_flaw::not_kept: return "fence not kept";
    case fence_flaw::page_below: return "changes from below the fence";
    case fence_flaw::snapshot_below: return "snapshot below the fence";
    case fence_flaw::in_snapshot: return "forgotten record in a snapshot";
  }
  return "?";
}

} // namespace squall::invariants
