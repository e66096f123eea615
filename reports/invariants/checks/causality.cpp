// What is visible has its causes visible. On one feed in commit order that means: the order extends program order, real time
// and what each author had seen; a context is the cursor of its device; and a replica at a cursor shows all that lies up to
// it, credited to who wrote it.
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"

#include <fmt/format.h>

namespace squall::invariants {

namespace {

class causality final : public invariant {
public:
  causality() : invariant("causality", {entry_kind::intent_accepted, entry_kind::intent_committed}) {}

  void step(const entry& e, const world& w) override {
    checked();
    if (e.kind == entry_kind::intent_accepted)
      accepted(e, w);
    else
      committed(e, w);
  }

  void conclude(const world& w) override {
    for (const auto& d : w.seen.differences) {
      const bool on_device = d.where == place::read || d.where == place::replica;
      const bool behind = d.why == flaw::stale || d.why == flaw::vanished || d.why == flaw::unfounded;
      const bool elsewhere = d.where == place::settled || d.where == place::server;
      if ((on_device && (behind || d.why == flaw::writer)) || (elsewhere && d.why == flaw::writer))
        violate(w, shape_of(d), {d.device, d.record, d.expected_writer}, [&] { return say(w, d); });
    }
  }

private:
  struct program {
    std::uint32_t incarnation = 0;
    std::uint32_t accepted = 0;
    std::uint32_t committed = 0;
  };

  program& of(const intent_fact& fact) {
    if (fact.device >= programs_.size())
      programs_.resize(fact.device + 1);
    auto& found = programs_[fact.device];
    if (found.incarnation < fact.incarnation)
      found = {fact.incarnation, 0, 0};
    return found;
  }

  void accepted(const entry& e, const world& w) {
    const auto& fact = w.intents.get(e.intent);
    const auto& replica = w.devices[e.actor].find(fact.scope);
    auto& order = of(fact);
    const subject about{e.actor, 0, e.intent};
    if (fact.device != e.actor || fact.seq <= order.accepted)
      violate(w, "accepted out of order", about, [&] {
        return fmt::format("d{} accepts {} after its number {}", e.actor, w.name(e.intent), order.accepted);
      });
    order.accepted = std::max(order.accepted, fact.seq);
    if (!replica.in_doubt && (e.s != replica.cursor || (replica.generation != 0 && e.aux != replica.generation)))
      violate(w, "context is not the cursor", about, [&] {
        return fmt::format("{} claims to have seen everything up to {}; the cursor of d{} was {}", w.name(e.intent),
                           e.s, e.actor, replica.cursor);
      });
  }

  void committed(const entry& e, const world& w) {
    const auto& fact = w.intents.get(e.intent);
    const subject about{fact.device, 0, e.intent};
    if (e.s != w.seen.expected_s)
      violate(w, "order has a gap or goes back", about, [&] {
        return fmt::format("{} is committed at {}; the next in order is {}", w.name(e.intent), e.s, w.seen.expected_s);
      });
    if (w.generation_changed)
      violate(w, "generation changes", about, [&] {
        return fmt::format("{} is committed in generation {}, which is not that of the commits before it",
                           w.name(e.intent), e.aux);
      });
    if (w.seen.committed_again)
      return;
    auto& order = of(fact);
    if (fact.seq <= order.committed)
      violate(w, "program order broken", about, [&] {
        return fmt::format("{} is committed at {}, after the later number {} of the same device", w.name(e.intent), e.s,
                           order.committed);
      });
    order.committed = std::max(order.committed, fact.seq);
    if (e.s <= fact.floor_s || e.s <= fact.context_s)
      violate(w, "committed before what it had seen", about, [&] {
        return fmt::format("{} is committed at {}, but when it was accepted {} was known already", w.name(e.intent),
                           e.s, std::max(fact.floor_s, fact.context_s));
      });
  }

  std::vector<program> programs_;
};

} // namespace

std::unique_ptr<invariant> make_causality() { return std::make_unique<causality>(); }

} // namespace squall::invariants
