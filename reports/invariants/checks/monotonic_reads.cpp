// A device's confirmed position never goes back within a generation, and goes only where a page led.
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"

#include <fmt/format.h>

namespace squall::invariants {

namespace {

class monotonic_reads final : public invariant {
public:
  monotonic_reads() : invariant("monotonic_reads", {entry_kind::cursor_moved, entry_kind::export_began}) {}

  void step(const entry& e, const world& w) override {
    if (e.kind == entry_kind::cursor_moved)
      return moved(e, w);
    if (static_cast<history::view_code>(e.code) == history::view_code::server)
      return exported_by_server(e, w);
    const auto& replica = w.devices[e.actor].find(e.scope);
    if (replica.in_doubt)
      return;
    checked();
    if (replica.generation != 0 ? e.aux != replica.generation || e.s != replica.cursor : e.s != 0)
      violate(w, "exports at another cursor", {e.actor, 0, 0}, [&] {
        return fmt::format("d{} exports at cursor {} of generation {}, but the cursor that it moved to is {} of {}",
                           e.actor, e.s, e.aux, replica.cursor, replica.generation);
      });
  }

private:
  void exported_by_server(const entry& e, const world& w) {
    if (w.generation != 0 && e.aux != w.generation)
      violate(w, "exports another generation", {}, [&] {
        return fmt::format("the server exports its rows in generation {}; its own is {}", e.aux, w.generation);
      });
  }

  void moved(const entry& e, const world& w) {
    checked();
    const subject about{e.actor, 0, 0};
    const auto& seen = w.seen;
    const auto& replica = w.devices[e.actor].find(e.scope);
    // What a crash left in doubt can only have moved on, within what was served.
    const bool possible =
        seen.old_known ? e.ref == seen.old_s : e.ref >= seen.old_s && e.ref <= replica.served_to(seen.old_generation);
    if (!possible)
      violate(w, "moves from a cursor that it was not at", about,
              [&] { return fmt::format("d{} moves its cursor from {}; it was at {}", e.actor, e.ref, seen.old_s); });
    const bool rescope = static_cast<history::cursor_code>(e.code) == history::cursor_code::rescope;
    if (!rescope && seen.old_generation == e.aux && e.s < seen.old_s)
      violate(w, "cursor goes back", about, [&] {
        return fmt::format("the cursor of d{} goes back from {} to {}; what was confirmed should stay so", e.actor,
                           seen.old_s, e.s);
      });
    enters(e, w);
    if (e.s > replica.served_to(e.aux))
      violate(w, "cursor beyond what was served", about, [&] {
        return fmt::format("d{} moves its cursor to {}; pages that it was served go up to {}", e.actor, e.s,
                           replica.served_to(e.aux));
      });
    if (!replica.held)
      violate(w, "cursor in a scope that it does not hold", about, [&] {
        return fmt::format("d{} moves its cursor in scope {}, which it was told that its user does not hold", e.actor,
                           e.scope);
      });
    // Of an earlier one: what was served in it may still have been under way when the server was restored.
    const bool known = e.aux == w.generation || (w.server.ever_restored() && e.aux == seen.old_generation);
    if (w.generation != 0 && !known && e.s != 0)
      violate(w, "cursor of a generation that is not", about, [&] {
        return fmt::format("d{} moves its cursor in generation {}; the feed is of generation {}", e.actor, e.aux,
                           w.generation);
      });
  }

  // Another generation shows another state: a device takes all of it, and never goes back to an earlier one.
  void enters(const entry& e, const world& w) {
    const auto& seen = w.seen;
    if (seen.old_generation == 0 || seen.old_generation == e.aux || !w.server.ever_restored())
      return;
    const bool page = static_cast<history::cursor_code>(e.code) == history::cursor_code::page;
    if (e.aux < seen.old_generation || (page && seen.old_s != 0))
      violate(w, "enters a generation without a snapshot", {e.actor, 0, 0}, [&] {
        return fmt::format("d{} goes from {} of generation {} on to {} of generation {}", e.actor, seen.old_s,
                           seen.old_generation, e.s, e.aux);
      });
  }
};

} // namespace

std::unique_ptr<invariant> make_monotonic_reads() { return std::make_unique<monotonic_reads>(); }

} // namespace squall::invariants
