#include "campaigns/shrink/casting.hpp"

#include "campaigns/shrink/surgery.hpp"

namespace squall::campaigns {

namespace {

constexpr std::uint64_t seeds_tried = 12;
/// Casts with witnesses: each is tried with each seed.
constexpr std::size_t casts_before_teams_max = 4;

} // namespace

std::vector<std::set<std::uint32_t>> casts_of(const scenarios::Plan& plan, const reports::Run& run) {
  std::vector<std::set<std::uint32_t>> out;
  auto kept = busy_devices(plan);
  if (kept.empty())
    kept.insert(1);
  out.push_back(kept);
  const auto devices = static_cast<std::uint32_t>(plan.topology().devices_size());
  for (const auto& invariant : run.invariants())
    for (const auto& violation : invariant.violations())
      if (violation.has_device() && violation.device() >= 1 && violation.device() <= devices &&
          out.size() < casts_before_teams_max && kept.insert(violation.device()).second)
        out.push_back(kept);
  std::set<std::uint32_t> teams, all;
  for (const auto& device : plan.topology().devices())
    if (kept.count(device.id()) > 0)
      teams.insert(device.team());
  for (const auto& device : plan.topology().devices()) {
    all.insert(device.id());
    if (teams.count(device.team()) > 0)
      kept.insert(device.id());
  }
  out.push_back(kept);
  out.push_back(all);
  return out;
}

std::vector<std::uint64_t> seeds_to_try(const scenarios::Plan& plan) {
  std::vector<std::uint64_t> seeds{1, plan.seed()};
  for (std::uint64_t seed = 2; seed <= seeds_tried; ++seed)
    seeds.push_back(seed);
  return seeds;
}

} // namespace squall::campaigns
