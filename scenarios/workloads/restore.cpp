// A user brings a record back: one of the mortal ones, when somebody may have deleted it. If nobody has, nothing changes.
#include "scenarios/workloads/kinds.hpp"
#include "scenarios/workloads/values.hpp"

namespace squall::scenarios {

namespace {

bool fill_restore(occasion& o, Intention& out) {
  const auto record = pick_record(o, true);
  if (!record)
    return false;
  Act& act = *out.add_acts();
  act.set_kind(Act::RESTORE);
  act.set_collection(o.workload.collection());
  act.set_record(*record);
  return true;
}

} // namespace

workload_kind restore_kind() {
  return {.name = "restore",
          .about = "brings a record back that may have been deleted",
          .keys = {"collection"},
          .fill = fill_restore};
}

} // namespace squall::scenarios
