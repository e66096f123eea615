// Same scope, cursor at the head, queue empty: the exported rows equal the resolver's projection. Devices that had not
// settled are left out, and listed.
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"

#include <fmt/format.h>

namespace squall::invariants {

namespace {

constexpr int listed_max = 10;

class convergence final : public invariant {
public:
  convergence() : invariant("convergence", {}) {}

  void conclude(const world& w) override {
    for (const auto& d : w.seen.differences)
      if (d.where == place::settled && d.why != flaw::writer && d.why != flaw::elsewhere && d.why != flaw::withdrawn)
        violate(w, shape_of(d), {d.device, d.record, d.expected_writer},
                [&] { return say(w, d) + ", as on every replica that has settled"; });
    for (const auto& t : w.seen.tasks)
      if (t.where == place::settled && t.what != task_flaw::withdrawn)
        violate(w, shape_of(t), {t.device, t.record, t.intent},
                [&] { return say(w, t) + ", unlike the server, though it is at rest"; });
    for (const auto& t : w.seen.fences)
      if (t.what == fence_flaw::exported)
        violate(w, shape_of(t), {t.device, 0, 0}, [&] { return say(w, t); });
  }

  void finish(const world& w) override {
    checked(w.done.compared[static_cast<std::size_t>(place::settled)]);
    int excluded = 0;
    std::string list;
    for (std::uint32_t i = 1; i < w.devices.size(); ++i) {
      if (!w.devices[i].exported() || w.devices[i].settled())
        continue;
      if (excluded++ < listed_max)
        list += fmt::format("{}d{}", list.empty() ? "" : ", ", i);
    }
    if (excluded > 0)
      remark(fmt::format("{} devices had not settled: {}{}", excluded, list, excluded > listed_max ? ", ..." : ""));
  }
};

} // namespace

std::unique_ptr<invariant> make_convergence() { return std::make_unique<convergence>(); }

} // namespace squall::invariants
