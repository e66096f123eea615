#include "campaigns/signatures.hpp"

#include <map>
#include <tuple>

namespace squall::campaigns {

namespace {

constexpr int seeds_listed_max = 1000;

auto size_of(const reports::Run& run) { return std::tuple(run.operations(), run.events()); }

} // namespace

std::vector<failure_group> group_failures(const std::vector<reports::Run>& runs) {
  std::vector<failure_group> groups;
  std::map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].verdict() != reports::FAIL)
      continue;
    const auto [at, fresh] = known.try_emplace(runs[i].signature(), groups.size());
    if (fresh)
      groups.push_back({runs[i].signature(), {}, i});
    auto& group = groups[at->second];
    group.runs.push_back(i);
    if (size_of(runs[i]) < size_of(runs[group.representative]))
      group.representative = i;
  }
  return groups;
}

void tell_groups(reports::Batch& batch) {
  const std::vector<reports::Run> runs(batch.runs().begin(), batch.runs().end());
  for (const auto& group : group_failures(runs)) {
    auto& out = *batch.add_groups();
    out.set_signature(group.signature);
    out.set_count(group.runs.size());
    for (const std::size_t i : group.runs)
      if (out.seeds_size() < seeds_listed_max)
        out.add_seeds(runs[i].seed());
    out.set_smallest_seed(runs[group.representative].seed());
    out.set_failure(runs[group.representative].failure());
  }
}

} // namespace squall::campaigns
