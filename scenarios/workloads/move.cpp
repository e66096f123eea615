// A user hangs a record on another one: its reference becomes another record of the team.
#include "scenarios/data_model.hpp"
#include "scenarios/workloads/kinds.hpp"
#include "scenarios/workloads/values.hpp"

namespace squall::scenarios {

namespace {

bool fill_move(occasion& o, Intention& out) {
  const auto record = pick_record(o);
  const Field& field = *find_field(*find_collection(o.model, o.workload.collection()), o.workload.field());
  const auto target =
      o.records.pick({.collection = field.target(), .device = o.device, .due_ns = o.due_ns, .draw = o.draws.next()});
  if (!record || !target)
    return false;
  Act& act = *out.add_acts();
  act.set_kind(Act::SET);
  act.set_collection(o.workload.collection());
  act.set_record(*record);
  Assignment& a = *act.add_fields();
  a.set_field(field.name());
  a.set_record(*target);
  return true;
}

std::vector<workload_problem> check_move(const Workload& w, const DataModel& model) {
  const Field& f = *find_field(*find_collection(model, w.collection()), w.field());
  if (f.type() != "reference")
    return {{"field", "`" + w.field() + "` is a " + f.type() + "; expected a reference"}};
  return {};
}

} // namespace

workload_kind move_kind() {
  return {.name = "move",
          .about = "points a record's reference at another record, as a line at another order",
          .keys = {"collection", "field", "hot"},
          .collection = "lines",
          .field = "order",
          .check = check_move,
          .fill = fill_move};
}

} // namespace squall::scenarios
