// A deleted record is back only by `restore`: wherever a row is shown as live, the resolver has it live.
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"

namespace squall::invariants {

namespace {

class no_resurrection final : public invariant {
public:
  no_resurrection() : invariant("no_resurrection", {}) {}

  void conclude(const world& w) override {
    for (const auto& d : w.seen.differences)
      if (d.why == flaw::resurrected)
        violate(w, shape_of(d), {d.device, d.record, d.expected_writer}, [&] { return say(w, d); });
  }

  void finish(const world& w) override {
    for (const auto count : w.done.compared)
      checked(count);
    checked(w.done.pages);
  }
};

} // namespace

std::unique_ptr<invariant> make_no_resurrection() { return std::make_unique<no_resurrection>(); }

} // namespace squall::invariants
