// The first cuts, while every run is dear: the day after the violation, other teams, whole kinds of faults, whole devices.
#include "campaigns/shrink/reduction.hpp"
#include "campaigns/shrink/surgery.hpp"
#include "engine/base/time.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <map>
#include <set>
#include <string>

namespace squall::campaigns {

namespace {

using scenarios::Plan;

/// "d3:7", "d3.2:7/0": 3; 0 if it begins otherwise.
std::uint32_t device_in(const std::string& name) {
  std::uint32_t device = 0;
  if (!name.empty() && name[0] == 'd')
    std::from_chars(name.data() + 1, name.data() + name.size(), device);
  return device;
}

/// Nothing begins from `end` on, and adversity is over then.
Plan until(const Plan& plan, std::int64_t end) {
  std::vector<std::uint64_t> intentions, faults;
  for (const auto& intention : plan.intentions())
    if (intention.after() == 0 && intention.due_ns() >= end)
      intentions.push_back(intention.id());
  for (const auto& fault : plan.faults())
    if (fault.at_ns() >= end)
      faults.push_back(fault.id());
  Plan out = without_entries(plan, intentions, faults);
  out.set_heal_at_ns(end);
  for (auto& fault : *out.mutable_faults())
    fault.set_for_ns(std::min(fault.for_ns(), end - fault.at_ns()));
  return out;
}

/// A short day is a cheap run, so the shortest is tried first: all that do not fail cost little more than the whole day. A
/// day that ends right after the violation may end in others that would have been made good.
reduction shorter_day(std::int64_t violated_at_ns) {
  const auto ends_of = [=](const Plan& plan) {
    std::vector<std::int64_t> ends;
    for (const std::int64_t part : {64, 32, 16, 8, 4, 2})
      ends.push_back(plan.heal_at_ns() / part);
    for (const auto spare : {second_ns, 30 * second_ns, 2 * minute_ns, 5 * minute_ns, 15 * minute_ns})
      ends.push_back(violated_at_ns + spare);
    std::sort(ends.begin(), ends.end());
    return ends;
  };
  return {"end of the day", [=](const Plan& plan) { return ends_of(plan).size(); },
          [=](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            const auto end = std::max(duration_least_ns, ends_of(plan)[i] / second_ns * second_ns);
            return end < plan.heal_at_ns() ? std::optional(until(plan, end)) : std::nullopt;
          }};
}

/// Everything that these devices do or that is done to them, taken out; the devices stay.
Plan without_deeds(const Plan& plan, const std::function<bool(std::uint32_t)>& gone) {
  std::vector<std::uint64_t> intentions, faults;
  for (const auto& intention : plan.intentions())
    if (gone(intention.device()))
      intentions.push_back(intention.id());
  for (const auto& fault : plan.faults()) {
    const auto& devices = fault.devices();
    if (fault.has_message() ? gone(fault.message().device())
                            : !devices.empty() && std::all_of(devices.begin(), devices.end(), gone))
      faults.push_back(fault.id());
  }
  return without_entries(plan, intentions, faults);
}

std::map<std::uint32_t, std::uint32_t> teams_by_device(const Plan& plan) {
  std::map<std::uint32_t, std::uint32_t> teams;
  for (const auto& device : plan.topology().devices())
    teams[device.id()] = device.team();
  return teams;
}

/// Teams of which anybody does anything; that of `first` in front.
std::vector<std::uint32_t> teams_at_work(const Plan& plan, std::uint32_t first) {
  const auto team_of = teams_by_device(plan);
  std::set<std::uint32_t> teams;
  for (const auto device : busy_devices(plan))
    if (const auto it = team_of.find(device); it != team_of.end())
      teams.insert(it->second);
  std::vector<std::uint32_t> out(teams.begin(), teams.end());
  if (const auto it = team_of.find(first); it != team_of.end())
    std::stable_partition(out.begin(), out.end(), [&](std::uint32_t team) { return team == it->second; });
  return out;
}

/// Only what these teams do.
Plan of_teams(const Plan& plan, const std::set<std::uint32_t>& kept) {
  const auto team_of = teams_by_device(plan);
  return without_deeds(plan, [&](std::uint32_t device) {
    const auto it = team_of.find(device);
    return it != team_of.end() && kept.count(it->second) == 0;
  });
}

reduction one_team(std::uint32_t witness) {
  return {"team", [=](const Plan& plan) { return teams_at_work(plan, witness).size() > 1 ? std::size_t{1} : 0; },
          [=](const Plan& plan, std::size_t) -> std::optional<Plan> {
            return of_teams(plan, {teams_at_work(plan, witness).front()});
          }};
}

reduction half_of_the_teams(std::uint32_t witness) {
  return {"team", [=](const Plan& plan) { return teams_at_work(plan, witness).size() > 1 ? std::size_t{2} : 0; },
          [=](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            const auto teams = teams_at_work(plan, witness);
            const auto middle = teams.begin() + static_cast<std::ptrdiff_t>((teams.size() + 1) / 2);
            return of_teams(plan, i == 0 ? std::set(teams.begin(), middle) : std::set(middle, teams.end()));
          }};
}

std::vector<std::string> kinds_of_faults(const Plan& plan) {
  std::set<std::string> kinds;
  for (const auto& fault : plan.faults())
    kinds.insert(fault.name());
  return {kinds.begin(), kinds.end()};
}

reduction no_fault_of_a_kind() {
  return {"fault kind", [](const Plan& plan) { return kinds_of_faults(plan).size(); },
          [](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            const auto kind = kinds_of_faults(plan)[i];
            std::vector<std::uint64_t> gone;
            for (const auto& fault : plan.faults())
              if (fault.name() == kind)
                gone.push_back(fault.id());
            return without_entries(plan, {}, gone);
          }};
}

reduction no_deeds_of_devices(std::size_t size) {
  return {"device", [=](const Plan& plan) { return (busy_devices(plan).size() + size - 1) / size; },
          [=](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            const auto busy = busy_devices(plan);
            const auto from = std::next(busy.begin(), static_cast<std::ptrdiff_t>(i * size));
            const auto left = static_cast<std::size_t>(std::distance(from, busy.end()));
            const std::set gone(from, std::next(from, static_cast<std::ptrdiff_t>(std::min(size, left))));
            return without_deeds(plan, [&](std::uint32_t device) { return gone.count(device) > 0; });
          }};
}

} // namespace

sighting sighting_of(const std::string& signature, const reports::Run& run) {
  for (const auto& invariant : run.invariants())
    for (const auto& violation : invariant.violations()) {
      if (invariant.name() + "/" + violation.shape() != signature)
        continue;
      const auto author = device_in(violation.intent().empty() ? violation.record() : violation.intent());
      return {violation.at_ns(), violation.has_device() && violation.device() > 0 ? violation.device() : author};
    }
  return {};
}

std::vector<reduction> fewer_at_large(const Plan& plan, const sighting& seen) {
  std::vector<reduction> out{shorter_day(seen.at_ns), one_team(seen.device)};
  for (auto teams = teams_at_work(plan, 0).size(); teams > 1; teams /= 2)
    out.push_back(half_of_the_teams(seen.device));
  return out;
}

std::vector<reduction> fewer_kinds(const Plan& plan) {
  std::vector<reduction> out{no_fault_of_a_kind()};
  for (auto size = busy_devices(plan).size() / 2; size >= 1; size /= 2)
    out.push_back(no_deeds_of_devices(size));
  return out;
}

} // namespace squall::campaigns
