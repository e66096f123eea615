#include "scenarios/workloads/registry.hpp"

#include "scenarios/workloads/kinds.hpp"

namespace squall::scenarios {

const std::vector<workload_kind>& workload_kinds() {
  static const std::vector<workload_kind> all{create_order_kind(), edit_kind(),   edit_same_kind(), reserve_kind(),
                                              cancel_kind(),       delete_kind(), restore_kind(),   tag_kind(),
                                              approve_kind(),      twin_kind(),   move_kind(),      transfer_kind()};
  return all;
}

const workload_kind* find_workload(std::string_view name) {
  for (const workload_kind& k : workload_kinds())
    if (k.name == name)
      return &k;
  return nullptr;
}

std::vector<std::string_view> workload_names() {
  std::vector<std::string_view> out;
  for (const workload_kind& k : workload_kinds())
    out.push_back(k.name);
  return out;
}

} // namespace squall::scenarios
