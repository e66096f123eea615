// A user takes some of what is on hand, on condition that there is enough at commit; or gives some back.
#include "scenarios/data_model.hpp"
#include "scenarios/workloads/kinds.hpp"
#include "scenarios/workloads/values.hpp"

namespace squall::scenarios {

namespace {

bool fill_reserve(occasion& o, Intention& out) {
  const auto record = pick_record(o);
  const bool release = o.draws.happens(o.workload.release_ppm());
  const IntegerRange& range = o.workload.amount();
  const std::int64_t amount =
      range.low() +
      static_cast<std::int64_t>(o.draws.below(static_cast<std::uint64_t>(range.high() - range.low()) + 1));
  if (!record)
    return false;
  Act& act = *out.add_acts();
  act.set_kind(Act::ADD);
  act.set_collection(o.workload.collection());
  act.set_record(*record);
  Assignment& a = *act.add_fields();
  a.set_field(o.workload.field());
  a.set_integer(release ? amount : -amount);
  const Field& field = *find_field(*find_collection(o.model, o.workload.collection()), o.workload.field());
  if (release || field.has_at_least()) // what has a floor is asked at commit, without a guard
    return true;
  Condition& enough = *out.add_guards();
  enough.set_record(*record);
  enough.set_collection(o.workload.collection());
  enough.set_field(o.workload.field());
  enough.set_compare("at_least");
  enough.set_integer(amount);
  return true;
}

std::vector<workload_problem> check_reserve(const Workload& w, const DataModel& model) {
  const Field& f = *find_field(*find_collection(model, w.collection()), w.field());
  if (f.type() != "counter" && f.type() != "integer")
    return {{"field", "`" + w.field() + "` is a " + f.type() + "; expected a counter or an integer"}};
  return {};
}

} // namespace

workload_kind reserve_kind() {
  return {.name = "reserve",
          .about = "takes from a number if there is enough (a guard, or the number's own bound), or gives back",
          .keys = {"collection", "field", "amount", "release", "hot"},
          .collection = "stock",
          .field = "on_hand",
          .check = check_reserve,
          .fill = fill_reserve};
}

} // namespace squall::scenarios
