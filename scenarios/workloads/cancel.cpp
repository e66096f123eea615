// A user calls a record off: its status becomes the value that beats all others.
#include "scenarios/data_model.hpp"
#include "scenarios/workloads/kinds.hpp"
#include "scenarios/workloads/values.hpp"

namespace squall::scenarios {

namespace {

/// The last of those that nothing follows: a dead end.
const std::string& last_state(const Field& field) {
  const State* last = &field.states(field.states_size() - 1);
  for (const State& s : field.states())
    if (s.next().empty())
      last = &s;
  return last->name();
}

bool fill_cancel(occasion& o, Intention& out) {
  const auto record = pick_record(o);
  if (!record)
    return false;
  const Field& field = *find_field(*find_collection(o.model, o.workload.collection()), o.workload.field());
  Act& act = *out.add_acts();
  act.set_kind(Act::SET);
  act.set_collection(o.workload.collection());
  act.set_record(*record);
  Assignment& a = *act.add_fields();
  a.set_field(field.name());
  a.set_text(field.precedence_size() > 0 ? field.precedence(0) : last_state(field));
  return true;
}

std::vector<workload_problem> check_cancel(const Workload& w, const DataModel& model) {
  const Field& f = *find_field(*find_collection(model, w.collection()), w.field());
  if (f.precedence_size() == 0 && f.states().empty())
    return {{"field", "`" + w.field() + "` has no list of values; expected a field with {precedence: [...]}"}};
  return {};
}

} // namespace

workload_kind cancel_kind() {
  return {.name = "cancel",
          .about = "sets a status to the value that beats all others, or to the last state that nothing follows",
          .keys = {"collection", "field", "hot"},
          .collection = "orders",
          .field = "status",
          .check = check_cancel,
          .fill = fill_cancel};
}

} // namespace squall::scenarios
