// A user changes one field of a record, now and then two. Which, by the weights: so different users mostly write different
// fields of the same record.
#include "scenarios/data_model.hpp"
#include "scenarios/workloads/kinds.hpp"
#include "scenarios/workloads/values.hpp"

#include <array>

namespace squall::scenarios {

namespace {

/// One in so many edits writes a second field.
constexpr std::uint64_t two_fields_in = 4;

const Field* weighted_field(occasion& o, const Collection& collection) {
  std::uint64_t total = 0;
  for (const Amount& a : o.workload.fields())
    total += a.value();
  std::uint64_t at = o.draws.below(total);
  for (const Amount& a : o.workload.fields()) {
    if (at < a.value())
      return find_field(collection, a.name());
    at -= a.value();
  }
  return nullptr;
}

bool fill_edit(occasion& o, Intention& out) {
  const Collection& collection = *find_collection(o.model, o.workload.collection());
  const auto record = pick_record(o);
  const std::array<const Field*, 2> fields{weighted_field(o, collection), weighted_field(o, collection)};
  const bool second = o.draws.below(two_fields_in) == 0 && fields[0] != fields[1];
  if (!record)
    return false;
  for (int i = 0; i < (second ? 2 : 1); ++i) {
    const Act::Kind kind = draw_edit_kind(o, *fields[i]);
    Act* act = i == 1 && out.acts(0).kind() == kind ? out.mutable_acts(0) : out.add_acts();
    act->set_kind(kind);
    act->set_collection(collection.name());
    act->set_record(*record);
    assign_edit(o, *fields[i], out.acts_size() - 1, *act);
  }
  return true;
}

std::vector<workload_problem> check_edit(const Workload& w, const DataModel& model) {
  std::uint64_t total = 0;
  for (const Amount& a : w.fields()) {
    total += a.value();
    const Field& f = *find_field(*find_collection(model, w.collection()), a.name());
    if (f.type() == "reference")
      return {{"fields", "`" + a.name() + "` is a reference; users do not edit it"}};
  }
  if (total == 0)
    return {{"fields", "no field has a weight above 0"}};
  return {};
}

} // namespace

workload_kind edit_kind() {
  return {.name = "edit",
          .about = "changes one field of a record, one time in four two, chosen by weight",
          .keys = {"collection", "fields", "hot"},
          .check = check_edit,
          .fill = fill_edit};
}

} // namespace squall::scenarios
