// Two devices change one record at the very same moment. Long stories of bugs between two requests come down to that: where
// much happens, or idle devices poll, only so that requests may meet by chance, it need not be left to chance.
#include "campaigns/shrink/reduction.hpp"
#include "campaigns/shrink/surgery.hpp"
#include "engine/base/time.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace squall::campaigns {

namespace {

using scenarios::Act;
using scenarios::Plan;

constexpr std::size_t pairs_max = 24;
/// How long a step of the server takes; 0: as it is.
constexpr std::int64_t steps[] = {0, 200 * millisecond_ns, 5 * millisecond_ns};

std::set<std::uint64_t> changed_by(const scenarios::Intention& intention) {
  std::set<std::uint64_t> records;
  for (const auto& act : intention.acts())
    if (act.kind() != Act::CREATE)
      records.insert(act.record());
  return records;
}

/// Pairs of places in `intentions`: different devices, one record; the latest first, one for each record and two devices.
std::vector<std::pair<int, int>> pairs_of(const Plan& plan) {
  std::vector<std::pair<int, int>> out;
  std::set<std::tuple<std::uint64_t, std::uint32_t, std::uint32_t>> seen;
  for (int later = plan.intentions_size() - 1; later > 0; --later) {
    const auto& b = plan.intentions(later);
    const auto records = changed_by(b);
    for (int earlier = later - 1; earlier >= 0 && !records.empty(); --earlier) {
      const auto& a = plan.intentions(earlier);
      if (a.device() == b.device())
        continue;
      for (const auto record : changed_by(a))
        if (records.count(record) > 0 &&
            seen.emplace(record, std::min(a.device(), b.device()), std::max(a.device(), b.device())).second)
          out.emplace_back(earlier, later);
      if (out.size() >= pairs_max)
        return out;
    }
  }
  return out;
}

std::optional<Plan> only(const Plan& plan, const std::pair<int, int>& pair, std::int64_t step) {
  const auto a = plan.intentions(pair.first).id(), b = plan.intentions(pair.second).id();
  const auto kept = needed_by(plan, {a, b});
  Plan free = plan; // of whoever waited for what goes
  for (auto& intention : *free.mutable_intentions())
    if (intention.after() != 0 && (kept.count(intention.after()) == 0 || intention.id() == a || intention.id() == b))
      intention.clear_after();
  std::vector<std::uint64_t> gone, faults;
  for (const auto& intention : free.intentions())
    if (kept.count(intention.id()) == 0)
      gone.push_back(intention.id());
  for (const auto& fault : free.faults())
    faults.push_back(fault.id());
  Plan out = without_entries(free, gone, faults);
  for (auto& intention : *out.mutable_intentions())
    if (intention.id() == a || intention.id() == b)
      intention.set_due_ns(std::max(free.intentions(pair.first).due_ns(), free.intentions(pair.second).due_ns()));
  out = with_devices(out, busy_devices(out));
  if (step > 0) {
    out.mutable_knobs()->set_server_step_low_ns(step);
    out.mutable_knobs()->set_server_step_high_ns(step);
  }
  const bool smaller = entries_of(out).size() < entries_of(plan).size() ||
                       out.topology().devices_size() < plan.topology().devices_size();
  return smaller ? std::optional(std::move(out)) : std::nullopt;
}

bool worth_trying(const Plan& plan) {
  return entries_of(plan).size() > long_story ||
         busy_devices(plan).size() < static_cast<std::size_t>(plan.topology().devices_size());
}

} // namespace

reduction at_once() {
  return {
      "two at once",
      [](const Plan& plan) { return worth_trying(plan) ? pairs_of(plan).size() * std::size(steps) : std::size_t{0}; },
      [](const Plan& plan, std::size_t i) -> std::optional<Plan> {
        return only(plan, pairs_of(plan)[i / std::size(steps)], steps[i % std::size(steps)]);
      }};
}

} // namespace squall::campaigns
