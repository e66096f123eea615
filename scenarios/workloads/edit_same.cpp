// Everyone changes the same field of the same few records: the worst neighbourhood for a conflict policy.
#include "scenarios/data_model.hpp"
#include "scenarios/workloads/kinds.hpp"
#include "scenarios/workloads/values.hpp"

namespace squall::scenarios {

namespace {

bool fill_edit_same(occasion& o, Intention& out) {
  const auto record = pick_record(o);
  if (!record)
    return false;
  const Field& field = *find_field(*find_collection(o.model, o.workload.collection()), o.workload.field());
  Act& act = *out.add_acts();
  act.set_kind(draw_edit_kind(o, field));
  act.set_collection(o.workload.collection());
  act.set_record(*record);
  assign_edit(o, field, 0, act);
  return true;
}

std::vector<workload_problem> check_edit_same(const Workload& w, const DataModel& model) {
  const Field& f = *find_field(*find_collection(model, w.collection()), w.field());
  if (f.type() == "reference" || f.type() == "derived")
    return {{"field", "`" + w.field() + "` is a " + f.type() + "; users do not edit it"}};
  return {};
}

} // namespace

workload_kind edit_same_kind() {
  return {.name = "edit_same",
          .about = "changes always the same field, of a few records that everyone wants",
          .keys = {"collection", "field", "hot"},
          .check = check_edit_same,
          .fill = fill_edit_same};
}

} // namespace squall::scenarios
