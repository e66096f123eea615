// Who has been connected for long is not far behind. "Connected" is a matter of the history alone, never of what a device says
// of itself.
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"

#include <fmt/format.h>

namespace squall::invariants {

namespace {

constexpr double seconds(std::int64_t ns) { return static_cast<double>(ns) / 1e9; }

class staleness final : public invariant {
public:
  staleness() : invariant("staleness", {}) {}

  void conclude(const world& w) override {
    for (const auto& late : w.seen.stale)
      violate(w, "behind for too long", {late.device, 0, 0}, [&] {
        return fmt::format("d{} has not reached {} of team {}, committed at {:.3f} s, though nothing has disturbed it "
                           "since {:.3f} s; a connected device may be {:.0f} s behind",
                           late.device, late.s, late.scope, seconds(late.committed_at), seconds(late.connected_since),
                           seconds(w.drift.within_ns()));
      });
  }

  void finish(const world& w) override { checked(w.drift.looks()); }

  // Where nobody was ever left in peace for that long it says nothing of the run.
  bool applies(const world& w) const override { return w.drift.looks() > 0; }
};

} // namespace

std::unique_ptr<invariant> make_staleness() { return std::make_unique<staleness>(); }

} // namespace squall::invariants
