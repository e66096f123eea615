// A user deletes a record of some age: one of the mortal ones, which edits leave alone soon after.
#include "scenarios/workloads/kinds.hpp"
#include "scenarios/workloads/values.hpp"

namespace squall::scenarios {

namespace {

bool fill_delete(occasion& o, Intention& out) {
  const auto record = pick_record(o, true);
  if (!record)
    return false;
  Act& act = *out.add_acts();
  act.set_kind(Act::DELETE);
  act.set_collection(o.workload.collection());
  act.set_record(*record);
  return true;
}

} // namespace

workload_kind delete_kind() {
  return {.name = "delete", .about = "deletes a record that is old enough", .keys = {"collection"}, .fill = fill_delete};
}

} // namespace squall::scenarios
