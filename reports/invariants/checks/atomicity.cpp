// A group is seen whole: what a device confirms are whole commits of its scope, each in turn, up to its cursor and not beyond.
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"

#include <fmt/format.h>
#include <map>

namespace squall::invariants {

namespace {

class atomicity final : public invariant {
public:
  atomicity()
      : invariant("atomicity", {entry_kind::group_applied, entry_kind::cursor_moved, entry_kind::crashed,
                                entry_kind::scope_purged, entry_kind::incarnation_begun}) {}

  void step(const entry& e, const world& w) override {
    if (e.actor >= progress_.size())
      progress_.resize(e.actor + 1);
    auto& all = progress_[e.actor];
    switch (e.kind) {
      case entry_kind::crashed:
        for (auto& one : all)
          one.second.unsure = true;
        break;
      case entry_kind::scope_purged: all.erase(e.scope); break;
      case entry_kind::incarnation_begun:
        if (e.code == 0)
          all.clear();
        break;
      case entry_kind::group_applied: applied(e, all[e.scope], w); break;
      default: moved(e, all[e.scope], w); break;
    }
  }

  void conclude(const world& w) override {
    for (const auto& d : w.seen.differences)
      if ((d.why == flaw::beyond || d.why == flaw::unborn) && (d.where == place::read || d.where == place::replica))
        violate(w, shape_of(d), {d.device, d.record, d.shown_writer}, [&] { return say(w, d); });
  }

  void finish(const world& w) override {
    for (std::uint32_t i = 1; i < progress_.size(); ++i)
      for (auto& [scope, mine] : progress_[i])
        settle({i, scope}, mine, w, true);
  }

private:
  struct progress {
    position applied = 0;
    position cursor = 0;
    std::uint64_t generation = 0;
    bool due = false;    ///< the cursor moved: what lies up to it must have been applied by the next time we look
    bool unsure = false; ///< crashed since the cursor was last told
  };

  struct whose {
    std::uint32_t device = 0;
    std::uint32_t scope = 0;
  };

  void moved(const entry& e, progress& mine, const world& w) {
    // Groups and cursor change in one transaction; which of them is told first does not matter.
    settle({e.actor, e.scope}, mine, w, false);
    const bool snapshot = static_cast<history::cursor_code>(e.code) != history::cursor_code::page;
    const auto at = w.devices[e.actor].find(e.scope).at;
    if (snapshot || mine.unsure || mine.generation != e.aux)
      mine.applied = at;
    mine.generation = e.aux;
    mine.unsure = false;
    mine.cursor = at;
    mine.due = w.server.scope_count(e.scope, mine.applied) < w.server.scope_count(e.scope, at);
    if (!mine.due)
      settle({e.actor, e.scope}, mine, w, true);
  }

  void applied(const entry& e, progress& mine, const world& w) {
    checked();
    const auto& replica = w.devices[e.actor].find(e.scope);
    const auto generation = replica.generation != 0 ? replica.generation : replica.served_in();
    const auto at = w.server.at_sequence(e.s, generation);
    const subject about{e.actor, 0, e.intent};
    const auto* there = w.server.entry_of(e.scope, at);
    if (there == nullptr || w.server.sequence(at) != e.s || w.server.commit(at).intent != e.intent) {
      violate(w, "applies what was not committed", about, [&] {
        return fmt::format("d{} applies {} at {}; that is not what its scope has there", e.actor, w.name(e.intent),
                           e.s);
      });
      return;
    }
    if (w.server.covers(mine.applied, at) || mine.unsure)
      return; // again, which changes nothing
    const auto previous = there->previous;
    if (!w.server.covers(mine.applied, previous))
      violate(w, "group skipped", about, [&] {
        return fmt::format("d{} applies {} at {} without {} at {} before it", e.actor, w.name(e.intent), e.s,
                           w.name(w.server.commit(previous).intent), w.server.sequence(previous));
      });
    mine.applied = at;
  }

  // What the cursor covers was applied; `now`: and nothing else was.
  void settle(const whose& of, progress& mine, const world& w, bool now) {
    if (mine.unsure)
      return;
    const auto should = w.server.scope_count(of.scope, mine.cursor);
    const auto did = w.server.scope_count(of.scope, mine.applied);
    const bool lacks = mine.due && did < should;
    mine.due = false;
    if (!lacks && (!now || did <= should))
      return;
    violate(w, lacks ? "cursor ahead of what was applied" : "applied beyond the cursor", {of.device, 0, 0}, [&] {
      return fmt::format("d{} has its cursor at {}, but the last group of its scope that it applied is {}", of.device,
                         w.server.sequence(mine.cursor), w.server.sequence(mine.applied));
    });
    mine.applied = mine.cursor;
  }

  std::vector<std::map<std::uint32_t, progress>> progress_; ///< by device and scope
};

} // namespace

std::unique_ptr<invariant> make_atomicity() { return std::make_unique<atomicity>(); }

} // namespace squall::invariants
