// A user labels a record, or takes a label off: one of a few that everybody uses, or one of the user's own.
#include "scenarios/data_model.hpp"
#include "scenarios/workloads/kinds.hpp"
#include "scenarios/workloads/values.hpp"

namespace squall::scenarios {

namespace {

bool fill_tag(occasion& o, Intention& out) {
  const auto record = pick_record(o);
  const bool erases = o.draws.happens(o.workload.release_ppm());
  if (!record)
    return false;
  Act& act = *out.add_acts();
  act.set_kind(erases ? Act::ERASE : Act::INSERT);
  act.set_collection(o.workload.collection());
  act.set_record(*record);
  assign_edit(o, *find_field(*find_collection(o.model, o.workload.collection()), o.workload.field()), 0, act);
  return true;
}

std::vector<workload_problem> check_tag(const Workload& w, const DataModel& model) {
  const Field& f = *find_field(*find_collection(model, w.collection()), w.field());
  if (f.type() != "set")
    return {{"field", "`" + w.field() + "` is a " + f.type() + "; expected a set (add_wins or remove_wins)"}};
  return {};
}

} // namespace

workload_kind tag_kind() {
  return {.name = "tag",
          .about = "puts a text into a set, or takes one out (release); most are texts that everybody uses (common)",
          .keys = {"collection", "field", "release", "common", "hot"},
          .collection = "orders",
          .field = "tags",
          .check = check_tag,
          .fill = fill_tag};
}

} // namespace squall::scenarios
