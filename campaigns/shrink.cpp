#include "campaigns/shrink.hpp"

#include "campaigns/run_plan.hpp"
#include "campaigns/stopwatch.hpp"
#include "campaigns/workers.hpp"

#include <algorithm>
#include <set>

namespace squall::campaigns {

namespace {

/// One thing that can be left out.
struct item {
  enum class kind : std::uint8_t { intention, fault } what{};
  std::uint64_t id = 0;
  bool operator==(const item&) const = default;
};

using items = std::vector<item>;

items items_of(const scenarios::Plan& plan) {
  items all;
  for (const auto& fault : plan.faults())
    all.push_back({item::kind::fault, fault.id()});
  for (const auto& intention : plan.intentions())
    all.push_back({item::kind::intention, intention.id()});
  return all;
}

scenarios::Plan without(const scenarios::Plan& plan, items::const_iterator from, items::const_iterator to) {
  std::vector<std::uint64_t> intentions, faults;
  for (auto it = from; it != to; ++it)
    (it->what == item::kind::fault ? faults : intentions).push_back(it->id);
  return without_entries(plan, intentions, faults);
}

bool refers_to(const scenarios::Intention& intention, const std::set<std::uint64_t>& gone) {
  const auto created_by_gone = [&](std::uint64_t record) { return record != 0 && gone.count(record >> 8) > 0; };
  if (intention.after() != 0 && gone.count(intention.after()) > 0)
    return true;
  for (const auto& act : intention.acts()) {
    if (act.kind() != scenarios::Act::CREATE && created_by_gone(act.record()))
      return true;
    for (const auto& field : act.fields())
      if (field.value_case() == scenarios::Assignment::kRecord && created_by_gone(field.record()))
        return true;
  }
  for (const auto& guard : intention.guards())
    if (created_by_gone(guard.record()))
      return true;
  return false;
}

void drop_noise(scenarios::Network& network) {
  network.set_loss_ppm(0);
  network.set_duplicate_ppm(0);
  network.set_reorder_ppm(0);
  network.set_corrupt_ppm(0);
  network.set_jitter_ns(0);
}

/// Tries candidates in worker processes and keeps count.
class laboratory {
public:
  laboratory(const shrink_options& options, std::size_t& tried)
      : options_(options), tried_(tried), until_(real_time_ns() + options.real_time_ns_max) {}

  bool out_of_time() const { return (options_.stop && *options_.stop) || real_time_ns() >= until_; }

  /// Index of the first candidate that fails with the signature, or `candidates.size()`.
  std::size_t first_failing(const std::vector<scenarios::Plan>& candidates) {
    const auto work = [&](std::size_t i) {
      auto outcome = run_plan(candidates[i], {});
      return outcome ? std::move(outcome->run) : reports::Run{};
    };
    const auto describe = [](std::size_t, reports::Run&) {};
    worker_options how;
    how.jobs = options_.jobs;
    how.stop = options_.stop;
    const auto outcome = run_in_workers(candidates.size(), work, describe, how);
    tried_ += candidates.size();
    for (std::size_t i = 0; i < outcome.runs.size(); ++i)
      if (outcome.runs[i].signature() == options_.signature)
        return i;
    return candidates.size();
  }

private:
  const shrink_options& options_;
  std::size_t& tried_;
  std::int64_t until_;
};

/// One pass over the plan with chunks of `size` items; true if anything could go.
bool sweep(scenarios::Plan& plan, std::size_t size, laboratory& lab, const shrink_options& options, std::size_t tried) {
  bool changed = false;
  std::size_t at = 0;
  while (!lab.out_of_time()) {
    const items all = items_of(plan);
    if (options.progress)
      options.progress({all.size(), tried});
    if (at >= all.size())
      break;
    std::vector<scenarios::Plan> candidates;
    std::vector<std::size_t> starts;
    for (std::size_t from = at; from < all.size() && candidates.size() < static_cast<std::size_t>(options.jobs);
         from += size) {
      const auto to = all.begin() + static_cast<std::ptrdiff_t>(std::min(from + size, all.size()));
      candidates.push_back(without(plan, all.begin() + static_cast<std::ptrdiff_t>(from), to));
      starts.push_back(from);
    }
    const std::size_t hit = lab.first_failing(candidates);
    if (hit < candidates.size()) {
      plan = std::move(candidates[hit]);
      at = starts[hit];
      changed = true;
    } else {
      at = starts.back() + size;
    }
  }
  return changed;
}

bool keep_if_failing(scenarios::Plan simpler, scenarios::Plan& plan, laboratory& lab) {
  if (simpler.SerializeAsString() == plan.SerializeAsString() || lab.first_failing({simpler}) != 0)
    return false;
  plan = std::move(simpler);
  return true;
}

/// Settings that make a plan simpler to read, kept where the failure survives; true if any could go.
bool simplify_settings(scenarios::Plan& plan, laboratory& lab) {
  scenarios::Plan quiet = plan;
  drop_noise(*quiet.mutable_network());
  const bool quieter = keep_if_failing(std::move(quiet), plan, lab);
  scenarios::Plan exact = plan;
  for (auto& device : *exact.mutable_topology()->mutable_devices())
    device.clear_clock();
  return keep_if_failing(std::move(exact), plan, lab) || quieter;
}

std::size_t busy_devices(const scenarios::Plan& plan) {
  std::set<std::uint32_t> busy;
  for (const auto& intention : plan.intentions())
    busy.insert(intention.device());
  for (const auto& fault : plan.faults())
    busy.insert(fault.devices().begin(), fault.devices().end());
  return busy.size();
}

} // namespace

scenarios::Plan without_entries(const scenarios::Plan& plan, const std::vector<std::uint64_t>& intentions,
                                const std::vector<std::uint64_t>& faults) {
  std::set<std::uint64_t> gone(intentions.begin(), intentions.end());
  const std::set<std::uint64_t> gone_faults(faults.begin(), faults.end());
  for (bool grew = true; grew;) { // dependants of dependants
    grew = false;
    for (const auto& intention : plan.intentions())
      if (gone.count(intention.id()) == 0 && refers_to(intention, gone))
        grew = gone.insert(intention.id()).second;
  }
  scenarios::Plan out = plan;
  out.clear_intentions();
  out.clear_faults();
  for (const auto& intention : plan.intentions())
    if (gone.count(intention.id()) == 0)
      *out.add_intentions() = intention;
  for (const auto& fault : plan.faults())
    if (gone_faults.count(fault.id()) == 0)
      *out.add_faults() = fault;
  return out;
}

shrink_result shrink(const scenarios::Plan& plan, const shrink_options& options) {
  shrink_result result;
  result.plan = plan;
  result.plan.clear_expect(); // a small run need not reach what the whole one did
  result.entries_before = items_of(plan).size();
  laboratory lab(options, result.tried);
  simplify_settings(result.plan, lab);
  std::size_t size = std::max<std::size_t>(1, result.entries_before / 2);
  while (!lab.out_of_time()) {
    const bool changed = sweep(result.plan, size, lab, options, result.tried);
    if (size > 1) {
      size = std::max<std::size_t>(1, size / 2);
    } else if (!changed && !simplify_settings(result.plan, lab)) { // simpler settings may let more entries go
      result.minimal = !lab.out_of_time();
      break;
    }
  }
  result.entries_after = items_of(result.plan).size();
  result.devices_after = busy_devices(result.plan);
  return result;
}

} // namespace squall::campaigns
