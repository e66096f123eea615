// A page, a row and an effect only within a scope that the user has a grant for at that moment; and who was told of a withdrawal
// shows nothing of the scope any more.
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"

#include <fmt/format.h>

namespace squall::invariants {

namespace {

class authorization final : public invariant {
public:
  authorization()
      : invariant("authorization", {entry_kind::page_served, entry_kind::intent_committed, entry_kind::export_row}) {}

  void step(const entry& e, const world& w) override {
    switch (e.kind) {
      case entry_kind::page_served: return page(e, w);
      case entry_kind::intent_committed: return effect(e, w);
      default: return row(e, w);
    }
  }

  void conclude(const world& w) override {
    for (const auto& t : w.seen.pages)
      if (t.what == page_flaw::foreign)
        violate(w, "foreign row served", {t.device, t.record, 0}, [&] {
          return fmt::format("a page for d{} holds {}, which is not of the scope that the page is of", t.device,
                             to_string(w.names->record(t.record)));
        });
    for (const auto& d : w.seen.differences)
      if (d.why == flaw::withdrawn)
        violate(w, shape_of(d), {d.device, d.record, 0}, [&] { return say(w, d); });
    for (const auto& t : w.seen.tasks)
      if (t.what == task_flaw::withdrawn)
        violate(w, shape_of(t), {t.device, t.record, 0}, [&] { return say(w, t); });
    for (const auto& t : w.seen.grants)
      violate(w, shape_of(t), {t.device, 0, 0}, [&] { return say(t); });
  }

  void finish(const world& w) override { checked(w.done.grants); }

private:
  void page(const entry& e, const world& w) {
    checked();
    // Who holds none asks for scope 0, which has nothing.
    if (e.scope != 0 && !w.is_granted(w.devices[e.peer].user, e.scope))
      violate(w, "page without a grant", {e.peer, 0, 0}, [&] {
        return fmt::format("the server serves scope {} to d{}, whose user has no grant for it", e.scope, e.peer);
      });
  }

  void effect(const entry& e, const world& w) {
    if (w.seen.committed == 0)
      return;
    checked();
    const auto device = w.intents.get(e.intent).device;
    if (!w.seen.granted || w.seen.resolved.rule == rule_code::denied)
      violate(w, "effect without a grant", {device, 0, e.intent}, [&] {
        return fmt::format("{} took effect at {}, though the user of d{} has no grant for all that it changes",
                           w.name(e.intent), e.s, device);
      });
  }

  void row(const entry& e, const world& w) {
    if (e.actor == 0)
      return;
    checked();
    if (!w.devices[e.actor].holds(e.scope))
      violate(w, "withdrawn scope shown", {e.actor, e.record, 0}, [&] {
        return fmt::format("d{} shows {} of scope {}, which it was told that its user does not hold", e.actor,
                           to_string(w.names->record(e.record)), e.scope);
      });
  }
};

} // namespace

std::unique_ptr<invariant> make_authorization() { return std::make_unique<authorization>(); }

} // namespace squall::invariants
