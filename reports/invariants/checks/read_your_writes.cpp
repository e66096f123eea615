// A user's own value disappears from the device only with a recorded cause, and stays only until one.
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace squall::invariants {

namespace {

class read_your_writes final : public invariant {
public:
  read_your_writes() : invariant("read_your_writes", {entry_kind::overlay_dropped}) {}

  void step(const entry& e, const world& w) override {
    checked();
    const auto& fact = w.intents.get(e.intent);
    const auto& replica = w.devices[e.actor].find(fact.scope);
    const subject about{e.actor, 0, e.intent};
    std::uint64_t served = 0;
    for (const auto& [generation, to] : replica.served)
      served = std::max(served, to);
    if (!replica.in_doubt && e.s != replica.cursor && e.s > served)
      violate(w, "own write dropped at a cursor that nobody offered", about, [&] {
        return fmt::format("d{} says that its cursor was {} when it stopped showing {}; pages went up to {}", e.actor,
                           e.s, w.name(e.intent), served);
      });
    if (fact.received.code != verdict_code::none && !takes_effect(fact.received.code))
      return;
    if (!replica.held && fact.received.code != verdict_code::none)
      return; // it went with the scope
    // It is told of the drop and of the cursor in one transaction, in any order.
    const auto undone = w.intents.past(fact).undone;
    const auto covered = [&](std::uint64_t generation) {
      const auto at = w.server.at_sequence(e.s, generation);
      return (fact.committed != 0 && w.server.covers(at, fact.committed)) ||
             (undone != 0 && w.server.covers(at, undone));
    };
    if (!covered(replica.generation) && !covered(replica.served_in()))
      violate(w, "own write dropped early", about, [&] {
        return fmt::format("d{} stops showing its own {} at cursor {}; it should until the cursor reaches {}", e.actor,
                           w.name(e.intent), e.s,
                           fact.committed == 0 ? "its commit" : std::to_string(w.server.sequence(fact.committed)));
      });
  }

  void conclude(const world& w) override {
    for (const auto& d : w.seen.differences) {
      const bool on_device = d.where == place::read || d.where == place::replica;
      if (on_device && (d.why == flaw::own_write_hidden || d.why == flaw::own_write_kept))
        violate(w, shape_of(d), {d.device, d.record, d.expected_writer}, [&] { return say(w, d); });
    }
  }

  void finish(const world& w) override {
    checked(w.done.compared[static_cast<std::size_t>(place::read)] +
            w.done.compared[static_cast<std::size_t>(place::replica)]);
  }
};

} // namespace

std::unique_ptr<invariant> make_read_your_writes() { return std::make_unique<read_your_writes>(); }

} // namespace squall::invariants
