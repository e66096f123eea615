// A user enters an order with its lines: one intention, so that all of it arrives or nothing.
#include "scenarios/data_model.hpp"
#include "scenarios/workloads/kinds.hpp"
#include "scenarios/workloads/values.hpp"

namespace squall::scenarios {

namespace {

bool fill_order(occasion& o, Intention& out) {
  const Collection& collection = *find_collection(o.model, o.workload.collection());
  const Collection* child = child_of(o.model, collection);
  assign_create(o, collection, 0, std::nullopt, *out.add_acts());
  const IntegerRange& lines = o.workload.lines();
  const std::uint64_t range = static_cast<std::uint64_t>(lines.high() - lines.low()) + 1;
  const int count = static_cast<int>(lines.low()) + static_cast<int>(o.draws.below(range));
  const parent_record parent{collection.name(), out.acts(0).record()};
  for (int i = 1; child && i <= count; ++i)
    assign_create(o, *child, i, parent, *out.add_acts());
  return true;
}

} // namespace

workload_kind create_order_kind() {
  return {.name = "create_order",
          .about = "creates a record together with the records that belong to it, as an order with its lines",
          .keys = {"collection", "lines"},
          .collection = "orders",
          .creates = true,
          .fill = fill_order};
}

} // namespace squall::scenarios
