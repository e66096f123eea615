// A deleted record is back only by `restore`: wherever a row is shown as live, the resolver has it live. So that it stays so,
// nobody forgets a deletion before all who might bring the record back have seen it. A record lives in one scope: who has seen
// it leave does not show it there, nor as deleted.
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"

namespace squall::invariants {

namespace {

class no_resurrection final : public invariant {
public:
  no_resurrection() : invariant("no_resurrection", {}) {}

  void conclude(const world& w) override {
    for (const auto& d : w.seen.differences)
      if (d.why == flaw::resurrected || d.why == flaw::elsewhere ||
          (d.where == place::replica && (d.why == flaw::forgotten || d.why == flaw::unforgotten)))
        violate(w, shape_of(d), {d.device, d.record, d.expected_writer}, [&] { return say(w, d); });
    for (const auto& t : w.seen.fences)
      if (is_too_far(t.what))
        violate(w, shape_of(t), {t.device, t.record, 0}, [&] { return say(w, t); });
  }

  void finish(const world& w) override {
    for (const auto count : w.done.compared)
      checked(count);
    checked(w.done.pages + w.done.fences);
  }

private:
  static bool is_too_far(fence_flaw what) { return what <= fence_flaw::told_beyond; }
};

} // namespace

std::unique_ptr<invariant> make_no_resurrection() { return std::make_unique<no_resurrection>(); }

} // namespace squall::invariants
