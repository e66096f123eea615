// A group is seen whole: what a device confirms are whole commits of its scope, each in turn, up to its cursor and not beyond.
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"

#include <fmt/format.h>

namespace squall::invariants {

namespace {

class atomicity final : public invariant {
public:
  atomicity() : invariant("atomicity", {entry_kind::group_applied, entry_kind::cursor_moved, entry_kind::crashed}) {}

  void step(const entry& e, const world& w) override {
    if (e.actor >= progress_.size())
      progress_.resize(e.actor + 1);
    auto& mine = progress_[e.actor];
    if (e.kind == entry_kind::crashed) {
      mine.unsure = true;
    } else if (e.kind == entry_kind::group_applied) {
      applied(e, w);
    } else {
      // Groups and cursor change in one transaction; which of them is told first does not matter.
      settle(e.actor, w, false);
      const bool snapshot = static_cast<history::cursor_code>(e.code) != history::cursor_code::page;
      const auto at = w.devices[e.actor].at;
      if (snapshot || mine.unsure || mine.generation != e.aux)
        mine.applied = at;
      mine.generation = e.aux;
      mine.unsure = false;
      mine.cursor = at;
      const auto scope = w.devices[e.actor].scope;
      mine.due = w.server.scope_count(scope, mine.applied) < w.server.scope_count(scope, at);
      if (!mine.due)
        settle(e.actor, w, true);
    }
  }

  void conclude(const world& w) override {
    for (const auto& d : w.seen.differences)
      if ((d.why == flaw::beyond || d.why == flaw::unborn) && (d.where == place::read || d.where == place::replica))
        violate(w, shape_of(d), {d.device, d.record, d.shown_writer}, [&] { return say(w, d); });
  }

  void finish(const world& w) override {
    for (std::uint32_t i = 1; i < progress_.size(); ++i)
      settle(i, w, true);
  }

private:
  struct progress {
    position applied = 0;
    position cursor = 0;
    std::uint64_t generation = 0;
    bool due = false;    ///< the cursor moved: what lies up to it must have been applied by the next time we look
    bool unsure = false; ///< crashed since the cursor was last told
  };

  void applied(const entry& e, const world& w) {
    checked();
    auto& mine = progress_[e.actor];
    const auto& device = w.devices[e.actor];
    const auto generation = device.generation != 0 ? device.generation : device.served_in;
    const auto at = w.server.at_sequence(e.s, generation);
    const subject about{e.actor, 0, e.intent};
    if (at == 0 || w.server.sequence(at) != e.s || w.server.commit(at).intent != e.intent ||
        w.server.commit(at).scope != w.devices[e.actor].scope) {
      violate(w, "applies what was not committed", about, [&] {
        return fmt::format("d{} applies {} at {}; that is not what its scope has there", e.actor, w.name(e.intent),
                           e.s);
      });
      return;
    }
    if (w.server.covers(mine.applied, at) || mine.unsure)
      return; // again, which changes nothing
    const auto previous = w.server.commit(at).previous;
    if (!w.server.covers(mine.applied, previous))
      violate(w, "group skipped", about, [&] {
        return fmt::format("d{} applies {} at {} without {} at {} before it", e.actor, w.name(e.intent), e.s,
                           w.name(w.server.commit(previous).intent), w.server.sequence(previous));
      });
    mine.applied = at;
  }

  // What the cursor covers was applied; `now`: and nothing else was.
  void settle(std::uint32_t actor, const world& w, bool now) {
    auto& mine = progress_[actor];
    if (mine.unsure)
      return;
    const auto scope = w.devices[actor].scope;
    const auto should = w.server.scope_count(scope, mine.cursor);
    const auto did = w.server.scope_count(scope, mine.applied);
    const bool lacks = mine.due && did < should;
    mine.due = false;
    if (!lacks && (!now || did <= should))
      return;
    violate(w, lacks ? "cursor ahead of what was applied" : "applied beyond the cursor", {actor, 0, 0}, [&] {
      return fmt::format("d{} has its cursor at {}, but the last group of its scope that it applied is {}", actor,
                         w.server.sequence(mine.cursor), w.server.sequence(mine.applied));
    });
    mine.applied = mine.cursor;
  }

  std::vector<progress> progress_;
};

} // namespace

std::unique_ptr<invariant> make_atomicity() { return std::make_unique<atomicity>(); }

} // namespace squall::invariants
