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
  causality()
      : invariant("causality", {entry_kind::intent_accepted, entry_kind::intent_committed, entry_kind::backed_up,
                                entry_kind::server_restored}) {}

  void step(const entry& e, const world& w) override {
    checked();
    switch (e.kind) {
      case entry_kind::intent_accepted: return accepted(e, w);
      case entry_kind::intent_committed: return committed(e, w);
      case entry_kind::backed_up: return backed_up(e, w);
      default: return restored(e, w);
    }
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
    return programs_[fact.device];
  }

  void accepted(const entry& e, const world& w) {
    const auto& fact = w.intents.get(e.intent);
    const auto& replica = w.devices[e.actor].find(fact.scope);
    auto& order = of(fact);
    if (order.incarnation != fact.incarnation)
      order = {fact.incarnation, 0, 0};
    const subject about{e.actor, 0, e.intent};
    if (fact.device != e.actor || fact.seq <= order.accepted)
      violate(w, "accepted out of order", about, [&] {
        return fmt::format("d{} accepts {} after its number {}", e.actor, w.name(e.intent), order.accepted);
      });
    if (fact.incarnation != w.devices[e.actor].incarnation)
      violate(w, "accepted in another incarnation", about, [&] {
        return fmt::format("d{} accepts {} in its incarnation {}", e.actor, w.name(e.intent),
                           w.devices[e.actor].incarnation);
      });
    order.accepted = std::max(order.accepted, fact.seq);
    if (w.intents.past(fact).relabels != 0)
      return same_context(e, w, fact);
    if (!replica.in_doubt && (e.s != replica.cursor || (replica.generation != 0 && e.aux != replica.generation)))
      violate(w, "context is not the cursor", about, [&] {
        return fmt::format("{} claims to have seen everything up to {}; the cursor of d{} was {}", w.name(e.intent),
                           e.s, e.actor, replica.cursor);
      });
  }

  // A new name changes nothing else.
  void same_context(const entry& e, const world& w, const intent_fact& fact) {
    const auto other = w.intents.past(fact).relabels;
    const auto& old = w.intents.get(other);
    if (fact.context_s != old.context_s || fact.generation != old.generation)
      violate(w, "context changes with the name", {e.actor, 0, e.intent}, [&] {
        return fmt::format("{} claims to have seen everything up to {} of generation {}; it is another name of {}, "
                           "which had seen {} of {}",
                           w.name(e.intent), e.s, e.aux, w.name(other), old.context_s, old.generation);
      });
  }

  void backed_up(const entry& e, const world& w) {
    if (e.s != w.seen.expected_s || !w.seen.generation_right)
      violate(w, "backup of another state", {}, [&] {
        return fmt::format("a backup holds everything up to {} of generation {}; the server is at {} of {}", e.s, e.aux,
                           w.seen.expected_s, w.generation);
      });
  }

  void restored(const entry& e, const world& w) {
    if (!w.seen.generation_right)
      violate(w, "generation is not new", {}, [&] {
        return fmt::format(
            "the server is restored from generation {} into {}; that should be a greater one than any before", e.ref,
            e.aux);
      });
    for (auto& of : programs_)
      of.committed = 0;
    for (intent_index i = 1; i < w.intents.size(); ++i)
      if (const auto& fact = w.intents.get(i); fact.committed != 0 && of(fact).incarnation == fact.incarnation)
        of(fact).committed = std::max(of(fact).committed, fact.seq);
  }

  void committed(const entry& e, const world& w) {
    const auto& fact = w.intents.get(e.intent);
    const subject about{fact.device, 0, e.intent};
    if (e.s != w.seen.expected_s)
      violate(w, "order has a gap or goes back", about, [&] {
        return fmt::format("{} is committed at {}; the next in order is {}", w.name(e.intent), e.s, w.seen.expected_s);
      });
    if (!w.seen.generation_right)
      violate(w, "generation changes", about, [&] {
        return fmt::format("{} is committed in generation {}; the server's is {}", w.name(e.intent), e.aux,
                           w.generation);
      });
    if (w.seen.committed_again)
      return;
    auto& order = of(fact);
    // The order of earlier ones is not remembered.
    const bool newest = fact.incarnation == order.incarnation;
    if (newest && fact.seq <= order.committed)
      violate(w, "program order broken", about, [&] {
        return fmt::format("{} is committed at {}, after the later number {} of the same device", w.name(e.intent), e.s,
                           order.committed);
      });
    order.committed = newest ? std::max(order.committed, fact.seq) : order.committed;
    // Sequences of another generation mean nothing in this one.
    const auto known = std::max(fact.floor_s, fact.blind ? 0 : fact.context_s);
    if (e.s <= known)
      violate(w, "committed before what it had seen", about, [&] {
        return fmt::format("{} is committed at {}, but when it was accepted {} was known already", w.name(e.intent),
                           e.s, known);
      });
  }

  std::vector<program> programs_;
};

} // namespace

std::unique_ptr<invariant> make_causality() { return std::make_unique<causality>(); }

} // namespace squall::invariants
