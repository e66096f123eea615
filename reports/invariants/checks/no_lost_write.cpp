// Every accepted intent has one terminal verdict that the resolver agrees with: a refusal that it does not agree with, an
// acknowledgement without an effect and silence are all a lost write.
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"

#include <fmt/format.h>

namespace squall::invariants {

namespace {

class no_lost_write final : public invariant {
public:
  no_lost_write()
      : invariant("no_lost_write", {entry_kind::verdict_released, entry_kind::pending, entry_kind::run_ended}) {}

  void step(const entry& e, const world& w) override {
    if (e.kind == entry_kind::pending) {
      if (e.actor >= unsettled_.size())
        unsettled_.resize(e.actor + 1);
      unsettled_[e.actor] = true;
      return;
    }
    if (e.kind == entry_kind::run_ended) {
      settled_ = static_cast<history::end_code>(e.code) == history::end_code::settled ||
                 static_cast<history::end_code>(e.code) == history::end_code::not_settled;
      return;
    }
    if (!w.seen.verdict_judged)
      return;
    checked();
    const auto& fact = w.intents.get(e.intent);
    const auto& given = fact.released;
    if (w.seen.branch_missing)
      violate(w, "conflicted but no branch kept", {fact.device, 0, e.intent}, [&] {
        return fmt::format("{} was {} in the task {}, but the server never kept it as a branch", w.name(e.intent),
                           say(w, given), e.aux);
      });
    else if (takes_effect(given.code) && fact.committed == 0)
      violate(w, "acknowledged but never committed", {fact.device, 0, e.intent}, [&] {
        return fmt::format("the server told d{} that {} was {} at {}, but it never committed it", fact.device,
                           w.name(e.intent), name_of(given.code), given.s);
      });
    else if (!takes_effect(given.code) && fact.committed == 0 && !w.seen.verdict_right &&
             takes_effect(w.seen.verdict_expected.code))
      violate(w, "refused without a reason", {fact.device, 0, e.intent}, [&] {
        return fmt::format("{} was {}; nothing stood in its way, it should have been {}", w.name(e.intent),
                           say(w, given), name_of(w.seen.verdict_expected.code));
      });
  }

  void finish(const world& w) override {
    for (intent_index i = 1; i < w.intents.size(); ++i) {
      const auto& fact = w.intents.get(i);
      if (!fact.accepted || fact.orphaned)
        continue;
      const auto& device = w.devices[fact.device];
      const bool excused = device.down || device.revoked || device.in_doubt() ||
                           (fact.device < unsettled_.size() && unsettled_[fact.device]);
      if (!settled_ || excused)
        continue;
      checked();
      const auto& past = w.intents.past(fact);
      const bool undone = past.undone != 0 && fact.committed == 0 && takes_effect(fact.received.code);
      if ((undone || fact.received.code == verdict_code::none) && past.undone != 0 && past.was_kept)
        violate(w, "undone and never offered again", {fact.device, 0, i}, [&] {
          return fmt::format(
              "{} was committed at {} and undone when the server was restored from a backup; d{} still had "
              "it, but the server has it no more and there is no later verdict",
              w.name(i), past.undone_s, fact.device);
        });
      else if (fact.received.code == verdict_code::none)
        violate(w, "accepted but no verdict", {fact.device, 0, i}, [&] {
          return fmt::format("d{} accepted {} and it was {} at the server, but its verdict never became known to d{}",
                             fact.device, w.name(i),
                             fact.released.code == verdict_code::none ? "never judged" : "judged", fact.device);
        });
    }
  }

private:
  std::vector<bool> unsettled_;
  bool settled_ = false;
};

} // namespace

std::unique_ptr<invariant> make_no_lost_write() { return std::make_unique<no_lost_write>(); }

} // namespace squall::invariants
