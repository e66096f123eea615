// Users enter the same thing: whoever of a team creates a record within the same window of time gives it the same business key.
// Most of what it creates never comes to be, so nobody else is sent there.
#include "scenarios/data_model.hpp"
#include "scenarios/workloads/kinds.hpp"
#include "scenarios/workloads/values.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace squall::scenarios {

namespace {

bool in_key(const Collection& collection, const std::string& field) {
  const auto& key = collection.unique(0).fields();
  return std::find(key.begin(), key.end(), field) != key.end();
}

void share_key(const occasion& o, Assignment& a) {
  const std::int64_t window = o.due_ns / o.workload.window_ns();
  if (a.has_text())
    a.set_text(fmt::format("{} {}.{}.{}", a.field(), o.workload.name(), o.team, window));
  else if (a.has_integer())
    a.set_integer(window);
}

/// A record that is there gets the key; its old one is free again.
bool rename(occasion& o, const Collection& collection, Act& act) {
  const auto record = pick_record(o);
  if (!record)
    return false;
  act.set_kind(Act::SET);
  act.set_collection(collection.name());
  act.set_record(*record);
  for (const Field& field : collection.fields())
    if (in_key(collection, field.name()) && field.type() != "reference") {
      assign_edit(o, field, 0, act);
      share_key(o, *act.mutable_fields(act.fields_size() - 1));
    }
  return act.fields_size() > 0;
}

bool fill_twin(occasion& o, Intention& out) {
  const Collection& collection = *find_collection(o.model, o.workload.collection());
  Act& act = *out.add_acts();
  if (o.draws.happens(o.workload.release_ppm()))
    return rename(o, collection, act);
  assign_create(o, collection, 0, std::nullopt, act);
  for (Assignment& a : *act.mutable_fields())
    if (in_key(collection, a.field()))
      share_key(o, a);
  return true;
}

std::vector<workload_problem> check_twin(const Workload& w, const DataModel& model) {
  if (find_collection(model, w.collection())->unique().empty())
    return {{"collection", "`" + w.collection() + "` has no `unique` key that two could share"}};
  return {};
}

} // namespace

workload_kind twin_kind() {
  return {.name = "twin",
          .about =
              "creates a record with the key that others of the team choose at about the same time (window), or gives "
              "that key to one that is there (release)",
          .keys = {"collection", "window", "release", "hot"},
          .collection = "orders",
          .check = check_twin,
          .fill = fill_twin};
}

} // namespace squall::scenarios
