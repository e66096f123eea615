// A user approves a record: an approval is written and the record's state moves on, on condition that its content is still
// what the user read and its state still the first. Others go on changing the content meanwhile.
#include "scenarios/data_model.hpp"
#include "scenarios/workloads/kinds.hpp"
#include "scenarios/workloads/values.hpp"

#include <algorithm>

namespace squall::scenarios {

namespace {

/// What is approved, and by which of its fields.
struct approved {
  const Collection* of = nullptr;
  const Field* reference = nullptr;
  const Field* content = nullptr; ///< a hash
  const Field* state = nullptr;
};

approved approved_by(const DataModel& model, const Collection& approvals) {
  for (const Field& f : approvals.fields()) {
    if (f.type() != "reference")
      continue;
    approved out{find_collection(model, f.target()), &f};
    for (const Field& g : out.of ? out.of->fields() : approvals.fields()) {
      if (out.of && !out.content && g.derivation() == "hash")
        out.content = &g;
      if (out.of && !out.state && g.states_size() > 1)
        out.state = &g;
    }
    return out;
  }
  return {};
}

bool in_a_key(const Collection& c, const std::string& field) {
  return std::any_of(c.unique().begin(), c.unique().end(), [&](const UniqueKey& k) {
    return std::find(k.fields().begin(), k.fields().end(), field) != k.fields().end();
  });
}

Condition& guard_on(const approved& what, symbolic_record record, const Field& field, Intention& out) {
  Condition& c = *out.add_guards();
  c.set_record(record);
  c.set_collection(what.of->name());
  c.set_field(field.name());
  c.set_compare("equal");
  return c;
}

Assignment& assignment_of(Act& act, const Field& field) {
  for (Assignment& a : *act.mutable_fields())
    if (a.field() == field.name())
      return a;
  Assignment& added = *act.add_fields();
  added.set_field(field.name());
  return added;
}

bool fill_approve(occasion& o, Intention& out) {
  const Collection& approvals = *find_collection(o.model, o.workload.collection());
  const approved what = approved_by(o.model, approvals);
  const std::uint64_t draw = o.draws.next();
  const std::uint64_t hot_draw = o.draws.next();
  const auto record = o.records.pick({.collection = what.of->name(),
                                      .device = o.device,
                                      .due_ns = o.due_ns,
                                      .hot = o.workload.has_hot() ? &o.workload.hot() : nullptr,
                                      .draw = draw,
                                      .hot_draw = hot_draw});
  if (!record)
    return false;
  Act& approval = *out.add_acts();
  assign_create(o, approvals, 0, parent_record{what.of->name(), *record}, approval);
  // One approval of each role: the key is the record and who approves.
  for (Assignment& a : *approval.mutable_fields())
    if (a.has_text() && in_a_key(approvals, a.field()))
      a.set_text(o.role.empty() ? "user" : std::string(o.role));
  // What was approved, for who asks later.
  for (const Field& f : approvals.fields())
    if (f.type() == "integer" && f.name() == what.content->name())
      assignment_of(approval, f).set_seen(what.reference->name() + "." + f.name());
  const State& first = what.state->states(0);
  Act& moves = *out.add_acts();
  moves.set_kind(Act::SET);
  moves.set_collection(what.of->name());
  moves.set_record(*record);
  Assignment& to = *moves.add_fields();
  to.set_field(what.state->name());
  to.set_text(first.next(0));
  guard_on(what, *record, *what.content, out).set_as_seen(true);
  guard_on(what, *record, *what.state, out).set_text(first.name());
  return true;
}

std::vector<workload_problem> check_approve(const Workload& w, const DataModel& model) {
  const Collection& approvals = *find_collection(model, w.collection());
  const approved what = approved_by(model, approvals);
  if (!what.of)
    return {{"collection", "`" + w.collection() + "` refers to nothing that could be approved"}};
  if (!what.content)
    return {{"collection", "`" + what.of->name() +
                               "` has no hash of its content; expected a field such as {derived: "
                               "hash(lines.sku, lines.quantity)}"}};
  if (!what.state || what.state->states(0).next().empty())
    return {{"collection", "`" + what.of->name() + "` has no field with {states: ...} that could move on"}};
  return {};
}

} // namespace

workload_kind approve_kind() {
  return {.name = "approve",
          .about =
              "creates an approval and moves the approved record on, if its content is as seen and its state the first",
          .keys = {"collection", "hot"},
          .collection = "approvals",
          .check = check_approve,
          .fill = fill_approve};
}

} // namespace squall::scenarios
