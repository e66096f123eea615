// Exactly one effect for applied and merged intents, none for refused ones; a counter is the sum of the committed deltas.
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"

#include <fmt/format.h>

namespace squall::invariants {

namespace {

class exactly_once final : public invariant {
public:
  exactly_once()
      : invariant("exactly_once",
                  {entry_kind::intent_committed, entry_kind::branch_kept, entry_kind::verdict_released}) {}

  void step(const entry& e, const world& w) override {
    const auto& fact = w.intents.get(e.intent);
    const subject about{fact.device, 0, e.intent};
    if (e.kind == entry_kind::intent_committed) {
      checked();
      if (w.seen.committed_again)
        violate(w, "committed twice", about, [&] {
          return fmt::format("the server committed {} at {} and again at {}; it should take effect once",
                             w.name(e.intent), w.server.sequence(fact.committed), e.s);
        });
      else if (const auto other = w.intents.effective_name(e.intent); other != 0)
        violate(w, "committed under two names", about, [&] {
          return fmt::format("the server committed {} at {}; it is another name of {}, which it had committed at {}",
                             w.name(e.intent), e.s, w.name(other), w.server.sequence(w.intents.get(other).committed));
        });
      else if (fact.task != 0)
        violate(w, "effect of a branch", about, [&] {
          return fmt::format("the server committed {} at {} after it had kept it as a branch of the task {}",
                             w.name(e.intent), e.s, fact.task);
        });
      else if (fact.released.code != verdict_code::none && !takes_effect(fact.released.code))
        violate(w, "effect after a refusal", about, [&] {
          return fmt::format("the server committed {} at {} after it had told that it was {}; it should have no effect",
                             w.name(e.intent), e.s, say(w, fact.released));
        });
      return;
    }
    if (e.kind == entry_kind::branch_kept) {
      checked();
      if (w.seen.branch_again || fact.committed != 0)
        violate(w, "kept twice", about, [&] {
          return fmt::format("the server keeps {} as a branch, though it {}", w.name(e.intent),
                             fact.committed != 0 ? "had committed it" : "is one already");
        });
      return;
    }
    if (!w.seen.verdict_judged)
      return;
    checked();
    if (!takes_effect(fact.released.code) && fact.committed != 0)
      violate(w, "refused but committed", about, [&] {
        return fmt::format("{} was {}, but the server had committed it at {}; a refused intent should have no effect",
                           w.name(e.intent), say(w, fact.released), w.server.sequence(fact.committed));
      });
  }

  void conclude(const world& w) override {
    for (const auto& d : w.seen.differences) {
      const bool final = d.where == place::server || d.where == place::settled;
      if (!final || !d.counter || d.why == flaw::writer)
        continue;
      violate(w, "counter is not the sum", {d.device, d.record, 0}, [&] {
        return fmt::format("{} has {} as {}; the committed deltas add up to {}", name_of_device(d.device),
                           say(w, d.shown), say_cell(w, d.record, d.collection, d.field), say(w, d.expected));
      });
    }
  }
};

} // namespace

std::unique_ptr<invariant> make_exactly_once() { return std::make_unique<exactly_once>(); }

} // namespace squall::invariants
