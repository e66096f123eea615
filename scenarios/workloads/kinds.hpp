// The kinds, for the registry alone.
#pragma once

#include "scenarios/workloads/registry.hpp"

namespace squall::scenarios {

workload_kind create_order_kind();
workload_kind edit_kind();
workload_kind edit_same_kind();
workload_kind reserve_kind();
workload_kind cancel_kind();
workload_kind delete_kind();
workload_kind restore_kind();
workload_kind tag_kind();
workload_kind approve_kind();
workload_kind twin_kind();
workload_kind move_kind();
workload_kind transfer_kind();

} // namespace squall::scenarios
