// "Synced", shown to a user, means: nothing waits, and the replica equals the server's view at the named cursor.
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"

#include <fmt/format.h>

namespace squall::invariants {

namespace {

class honest_status final : public invariant {
public:
  honest_status() : invariant("honest_status", {entry_kind::status_shown}) {}

  void step(const entry& e, const world& w) override {
    checked();
    if (e.code != 1)
      return;
    const auto& device = w.devices[e.actor];
    const auto waiting = !device.unverdicted.empty() ? device.unverdicted.front()
                         : device.pending.empty()    ? intent_index{0}
                                                     : device.pending.front();
    if (waiting != 0)
      violate(w, "synced with writes waiting", {e.actor, 0, waiting}, [&] {
        return fmt::format("d{} tells its user that everything is synced while {} is not confirmed", e.actor,
                           w.name(waiting));
      });
    const auto& replica = device.find(e.scope);
    if (e.scope != 0 && !replica.held)
      violate(w, "synced in a scope that it does not hold", {e.actor, 0, 0}, [&] {
        return fmt::format("d{} tells its user that scope {} is synced, which it was told that the user does not hold",
                           e.actor, e.scope);
      });
    else if (!replica.in_doubt && (e.s != replica.cursor || (replica.generation != 0 && e.aux != replica.generation)))
      violate(w, "names a cursor that it is not at", {e.actor, 0, 0}, [&] {
        return fmt::format("d{} tells its user that it is synced at {} of generation {}; its cursor is {} of {}",
                           e.actor, e.s, e.aux, replica.cursor, replica.generation);
      });
  }

  void conclude(const world& w) override {
    for (const auto& d : w.seen.differences)
      if (d.synced && d.why != flaw::writer)
        violate(w, "synced with other rows", {d.device, d.record, d.expected_writer},
                [&] { return say(w, d) + "; its user had been told that everything is synced"; });
  }
};

} // namespace

std::unique_ptr<invariant> make_honest_status() { return std::make_unique<honest_status>(); }

} // namespace squall::invariants
