#include "engine/merge/policy.hpp"

#include "engine/merge/judging.hpp"

namespace squall::merge {

const std::vector<policy>& policies() {
  static const std::vector<policy> all{crdt_policy, field_merge_policy, lww_clock_policy, lww_server_policy,
                                       manual_policy};
  return all;
}

const policy* find_policy(std::string_view name) {
  for (const policy& p : policies())
    if (p.name == name)
      return &p;
  return nullptr;
}

} // namespace squall::merge
