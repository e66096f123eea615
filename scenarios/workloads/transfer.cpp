// A user hands a record over to the other team that they hold, or tries to without holding one.
#include "scenarios/workloads/kinds.hpp"
#include "scenarios/workloads/values.hpp"

namespace squall::scenarios {

namespace {

bool fill(occasion& o, Intention& out) {
  if (o.other_team == 0)
    return false;
  const auto record = pick_record(o, false);
  if (!record)
    return false;
  Act& act = *out.add_acts();
  act.set_kind(Act::MOVE);
  act.set_collection(o.workload.collection());
  act.set_record(*record);
  act.set_to_team(o.other_team);
  act.set_or_team(o.team);
  return true;
}

} // namespace

workload_kind transfer_kind() {
  return {.name = "transfer",
          .about = "moves a record, with what goes along, to another team",
          .keys = {"collection"},
          .fill = fill};
}

} // namespace squall::scenarios
