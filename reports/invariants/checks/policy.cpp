// The server's state is what the reference resolver makes of the committed intents in commit order, and each verdict says so.
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"

#include <fmt/format.h>

namespace squall::invariants {

namespace {

class policy final : public invariant {
public:
  policy()
      : invariant("policy", {entry_kind::intent_committed, entry_kind::branch_kept, entry_kind::verdict_released}) {}

  void step(const entry& e, const world& w) override {
    if (w.seen.commit_unknown)
      violate(w, "intent that nobody made", {w.intents.get(e.intent).device, 0, e.intent},
              [&] { return fmt::format("the server judged {}, which no device has accepted", w.name(e.intent)); });
    else if (e.kind == entry_kind::intent_committed)
      committed(e, w);
    else if (e.kind == entry_kind::branch_kept)
      kept(e, w);
    else if (w.seen.verdict_judged)
      released(e, w);
  }

  void conclude(const world& w) override {
    const auto listing = w.seen.listing_checked;
    if (listing != 0) {
      checked();
      if (!w.seen.listing_right)
        violate(w, "merged verdict lists the wrong fields", {w.intents.get(listing).device, 0, listing}, [&] {
          return fmt::format("{} was merged; the fields that its verdict says were overridden are not the {} that were",
                             w.name(listing), w.intents.get(listing).lost);
        });
    }
    for (const auto& t : w.seen.tasks)
      if (t.where != place::settled && t.what != task_flaw::withdrawn)
        violate(w, shape_of(t), {t.device, t.record, t.intent}, [&] { return say(w, t); });
    for (const auto& d : w.seen.differences) {
      const bool derived_on_device = d.why == flaw::derived && (d.where == place::read || d.where == place::replica);
      const bool wrong = d.where == place::server && d.why != flaw::writer && d.why != flaw::elsewhere;
      if (wrong || derived_on_device)
        violate(w, shape_of(d), {d.device, d.record, d.expected_writer}, [&] { return say(w, d); });
    }
  }

  void finish(const world& w) override {
    checked(w.done.compared[static_cast<std::size_t>(place::server)] + w.done.tasks);
  }

private:
  void committed(const entry& e, const world& w) {
    const auto& seen = w.seen;
    if (seen.committed == 0 || seen.committed_again || !seen.granted)
      return;
    checked();
    if (!takes_effect(seen.resolved.code))
      violate(w, "committed against the policy", {w.intents.get(e.intent).device, 0, e.intent}, [&] {
        return fmt::format("the server committed {} at {}; it should have been {}", w.name(e.intent), e.s,
                           say(w, seen.resolved));
      });
  }

  // Every conflict has one branch, in the one open task of its subject.
  void kept(const entry& e, const world& w) {
    if (!w.seen.branch_judged)
      return;
    checked();
    const subject about{w.intents.get(e.intent).device, e.record, e.intent};
    if (!w.seen.branch_conflicts)
      violate(w, "branch against the policy", about, [&] {
        return fmt::format("the server keeps {} as a branch about {}; it should have been {}", w.name(e.intent),
                           say_subject(w, e.record, e.field), say(w, w.seen.resolved));
      });
    else if (!w.seen.branch_placed)
      violate(w, "branch in the wrong task", about, [&] {
        return fmt::format("the server keeps {} in the task {}; the open one about {} is {}", w.name(e.intent), e.aux,
                           say_subject(w, e.record, e.field), w.seen.task_expected);
      });
  }

  static std::string say_subject(const world& w, record_index record, std::uint16_t field) {
    const auto collection = w.server.known(record) ? w.server.collection_of(record) : std::uint16_t{0};
    return say_cell(w, record, collection, field);
  }

  // Refusals of what should have taken effect are lost writes; refusals of what did are effects too many.
  void released(const entry& e, const world& w) {
    const auto& fact = w.intents.get(e.intent);
    const auto& given = fact.released;
    checked();
    const bool committed = fact.committed != 0;
    const bool effect_given = takes_effect(given.code);
    if (w.seen.verdict_right || effect_given != committed)
      return;
    if (!committed && takes_effect(w.seen.verdict_expected.code))
      return;
    if (committed && !takes_effect(fact.expected))
      return; // the commit itself was reported
    violate(w, "wrong verdict", {fact.device, 0, e.intent}, [&] {
      return fmt::format("the verdict of {} is '{}' (s {}); it should be '{}'{}", w.name(e.intent), say(w, given),
                         given.s, say(w, w.seen.verdict_expected),
                         committed ? fmt::format(" (s {})", w.server.sequence(fact.committed)) : std::string());
    });
  }
};

} // namespace

std::unique_ptr<invariant> make_policy() { return std::make_unique<policy>(); }

} // namespace squall::invariants
