// At most one effect for each (device, incarnation, seq), whoever sends it how often; and each repeat gets the first answer.
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"

#include <fmt/format.h>

namespace squall::invariants {

namespace {

class replay_safe final : public invariant {
public:
  replay_safe() : invariant("replay_safe", {entry_kind::intent_committed, entry_kind::verdict_released}) {}

  void step(const entry& e, const world& w) override {
    const auto& fact = w.intents.get(e.intent);
    const subject about{fact.device, 0, e.intent};
    if (e.kind == entry_kind::intent_committed) {
      checked();
      if (w.seen.committed_again)
        violate(w, "replay took effect again", about, [&] {
          return fmt::format("{} took effect at {} and, replayed, again at {}", w.name(e.intent),
                             w.server.sequence(fact.committed), e.s);
        });
      return;
    }
    if (!w.seen.verdict_repeated)
      return;
    checked();
    const verdict given{static_cast<verdict_code>(e.code), static_cast<rule_code>(e.rule),
                        static_cast<intent_index>(e.ref), e.s};
    const bool other_task = fact.task != 0 && given.code == verdict_code::conflicted && e.aux != fact.task;
    if (!(given == fact.released) || other_task)
      violate(w, "replay answered otherwise", about, [&] {
        return fmt::format("{} was answered '{}' (s {}) and, when it came again, '{}' (s {})", w.name(e.intent),
                           say(w, fact.released), fact.released.s, say(w, given), given.s);
      });
  }
};

} // namespace

std::unique_ptr<invariant> make_replay_safe() { return std::make_unique<replay_safe>(); }

} // namespace squall::invariants
