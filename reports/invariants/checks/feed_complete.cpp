// A reader with its own fold of the pages served equals the server's projection at each page's end. See model/pages.hpp.
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"

#include <fmt/format.h>

namespace squall::invariants {

namespace {

const char* shape_of(page_flaw what) {
  switch (what) {
    case page_flaw::chain_broken: return "entry missed";
    case page_flaw::wrong_order: return "served in another order";
    case page_flaw::missing_entries: return "page ends beyond what it holds";
    case page_flaw::incomplete_entry: return "entry incomplete";
    case page_flaw::incomplete_snapshot: return "snapshot incomplete";
    case page_flaw::goes_back: return "page goes back";
    case page_flaw::foreign: return "foreign row";
    case page_flaw::wrong_exit: return "exit not served as one";
    case page_flaw::generation: return "page of another generation";
  }
  return "?";
}

std::string sentence(const world& w, const page_trouble& t) {
  const auto record = t.record == 0 ? std::string() : to_string(w.names->record(t.record));
  switch (t.what) {
    case page_flaw::chain_broken:
      return fmt::format("a page for d{} goes from entry to entry by {}; the scope's next one is {}", t.device, t.s,
                         t.expected);
    case page_flaw::wrong_order:
      return t.record == 0 ? fmt::format("a page for d{} serves {} at {}; what was committed there is {}", t.device,
                                         w.name(t.intent), t.s, w.name(static_cast<intent_index>(t.expected)))
                           : fmt::format("a page for d{} dates a value of {} by {} at {}; it was written at {}",
                                         t.device, record, w.name(t.intent), t.s, t.expected);
    case page_flaw::missing_entries:
      return fmt::format("a page for d{} moves the cursor to {} without the entry {} of its scope", t.device, t.s,
                         t.expected);
    case page_flaw::incomplete_entry:
      return fmt::format("the entry {} served to d{} lacks a part of what {} changed in {}", t.s, t.device,
                         w.name(t.intent), record);
    case page_flaw::incomplete_snapshot:
      return t.record == 0
                 ? fmt::format("d{} applied a snapshot at {} that it was not served whole; it has {} live rows",
                               t.device, t.s, t.expected)
                 : fmt::format("the snapshot at {} served to d{} lacks {} or a part of it", t.s, t.device, record);
    case page_flaw::goes_back:
      return fmt::format("a page for d{} ends at {}, before the cursor {} that was asked", t.device, t.s, t.expected);
    case page_flaw::wrong_exit:
      return fmt::format("the entry {} served to d{} does not say of {} rightly whether it left the scope", t.s,
                         t.device, record);
    case page_flaw::generation:
      return fmt::format(
          "a page of generation {} for d{} goes on from its cursor {} of another, or is not of the server's",
          t.expected, t.device, t.s);
    case page_flaw::foreign: break; // authorization tells of it
  }
  return {};
}

class feed_complete final : public invariant {
public:
  feed_complete() : invariant("feed_complete", {}) {}

  void conclude(const world& w) override {
    for (const auto& t : w.seen.pages)
      if (t.what != page_flaw::foreign)
        violate(w, shape_of(t.what), {t.device, t.record, t.what == page_flaw::incomplete_snapshot ? 0 : t.intent},
                [&] { return sentence(w, t); });
    for (const auto& t : w.seen.fences)
      if (t.what == fence_flaw::page_below || t.what == fence_flaw::snapshot_below || t.what == fence_flaw::in_snapshot)
        violate(w, invariants::shape_of(t), {t.device, t.record, 0}, [&] { return say(w, t); });
    for (const auto& d : w.seen.differences)
      if ((d.where == place::feed || d.where == place::snapshot) && d.why != flaw::resurrected)
        violate(w, invariants::shape_of(d), {d.device, d.record, d.expected_writer}, [&] { return say(w, d); });
  }

  void finish(const world& w) override { checked(w.done.pages); }
};

} // namespace

std::unique_ptr<invariant> make_feed_complete() { return std::make_unique<feed_complete>(); }

} // namespace squall::invariants
