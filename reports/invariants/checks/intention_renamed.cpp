// A device that gives another name to what it has queued changes nothing else: what the intent does, asks for and was shown is
// what it was, but that the records which renamed intents create go by their new names.
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/model/other_names.hpp"

#include <fmt/format.h>

namespace squall::invariants {

namespace {

class intention_renamed final : public invariant {
public:
  intention_renamed() : invariant("intention", {}) {}

  void conclude(const world& w) override {
    const auto intent = w.seen.body_complete;
    const auto old = intent == 0 ? 0 : w.intents.past(intent).relabels;
    if (old == 0)
      return;
    checked();
    const auto what = changed_with_name(w, intent);
    if (!what.empty())
      violate(w, "intent changes with the name", {w.intents.get(intent).device, 0, intent},
              [&] { return fmt::format("{} is another name of {}: {}", w.name(intent), w.name(old), what); });
  }

  bool applies(const world&) const override { return said(); }
};

} // namespace

std::unique_ptr<invariant> make_intention_renamed() { return std::make_unique<intention_renamed>(); }

} // namespace squall::invariants
