// A device leaves alone a server that has asked it to wait, and one that fails it again and again.
#include "reports/invariants/checks/all.hpp"

#include <fmt/format.h>

namespace squall::invariants {

namespace {

constexpr double seconds(std::int64_t ns) { return static_cast<double>(ns) / 1e9; }

class bounded_calls final : public invariant {
public:
  bounded_calls() : invariant("bounded", {entry_kind::message_delivered, entry_kind::message_sent}) {}

  void step(const entry& e, const world& w) override {
    const auto& seen = w.callers.seen();
    checked((seen.asked_to_wait ? 1 : 0) + (seen.tried ? 1 : 0));
    if (seen.flaw == call_flaw::too_early)
      violate(w, "asked before its time", {e.actor, 0, 0}, [&] {
        return fmt::format("d{} sends the server a request {:.3f} s after it was asked to wait for {:.3f} s", e.actor,
                           seconds(seen.since_ns), seconds(seen.asked_ns));
      });
    if (seen.flaw == call_flaw::breaker)
      violate(w, "failing server not spared", {e.actor, 0, 0}, [&] {
        return fmt::format("d{} sends the server a request {:.3f} s after the one before, though so many have failed "
                           "that it may try once in {:.0f} s",
                           e.actor, seconds(seen.since_ns), seconds(seen.asked_ns));
      });
  }

  // Where nobody was asked to wait and nothing failed often it says nothing of the run.
  bool applies(const world&) const override { return said(); }
};

} // namespace

std::unique_ptr<invariant> make_bounded_calls() { return std::make_unique<bounded_calls>(); }

} // namespace squall::invariants
