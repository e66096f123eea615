// Users enter the same thing: whoever of a team creates a record within the same window of time gives it the same business key.
#include "scenarios/data_model.hpp"
#include "scenarios/workloads/kinds.hpp"
#include "scenarios/workloads/values.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace squall::scenarios {

namespace {

bool fill(occasion& o, Intention& out) {
  const Collection& collection = *find_collection(o.model, o.workload.collection());
  Act& act = *out.add_acts();
  assign_create(o, collection, 0, std::nullopt, act);
  const std::int64_t window = o.due_ns / o.workload.window_ns();
  const auto& key = collection.unique(0).fields();
  for (Assignment& a : *act.mutable_fields()) {
    if (std::find(key.begin(), key.end(), a.field()) == key.end())
      continue;
    if (a.has_text())
      a.set_text(fmt::format("{} {}.{}.{}", a.field(), o.workload.name(), o.team, window));
    else if (a.has_integer())
      a.set_integer(window);
  }
  return true;
}

std::vector<workload_problem> check(const Workload& w, const DataModel& model) {
  if (find_collection(model, w.collection())->unique().empty())
    return {{"collection", "`" + w.collection() + "` has no `unique` key that two could share"}};
  return {};
}

} // namespace

workload_kind twin_kind() {
  return {.name = "twin",
          .about =
              "creates a record with the business key that others of the team choose at about the same time (window)",
          .keys = {"collection", "window"},
          .collection = "orders",
          .creates = true,
          .check = check,
          .fill = fill};
}

} // namespace squall::scenarios
