// What tales tell of sets, tasks and warnings.
#include "tests/reports/invariants/tale.hpp"

#include <algorithm>

namespace squall::told {

op settles(std::uint32_t task, std::vector<intent_index> branches, op by) {
  by.task = task;
  by.branches = std::move(branches);
  return by;
}

namespace {

scenarios::Field& add_ruled(scenarios::Collection& to, const std::string& name, const std::string& type,
                            const std::string& rule) {
  auto& field = *to.add_fields();
  field.set_name(name);
  field.set_type(type);
  field.set_rule(rule);
  return field;
}

scenarios::Collection& add_collection(scenarios::DataModel& to, const std::string& name, const std::string& policy) {
  auto& collection = *to.add_collections();
  collection.set_name(name);
  collection.set_policy(policy);
  return collection;
}

} // namespace

scenarios::DataModel enterprise_of_tales() {
  scenarios::DataModel model;
  model.add_roles("boss");
  model.add_roles("clerk");
  auto& notes = add_collection(model, "notes", "lww_clock");
  add_ruled(notes, "title", "text", "lww_clock");
  auto& briefs = add_collection(model, "briefs", "manual");
  add_ruled(briefs, "title", "text", "manual");
  add_ruled(briefs, "size", "integer", "manual");
  auto& counts = add_collection(model, "counts", "crdt");
  counts.set_deletes("add_wins");
  add_ruled(counts, "count", "counter", "counter");
  add_ruled(counts, "tags", "set", "add_wins");
  auto& boxes = add_collection(model, "boxes", "field_merge");
  boxes.add_unique()->add_fields("name");
  add_ruled(boxes, "name", "text", "lww_server");
  auto& amount = add_ruled(boxes, "amount", "counter", "counter");
  amount.set_at_least(0);
  amount.set_at_most(10);
  auto& status = add_ruled(boxes, "status", "text", "lww_server");
  auto& draft = *status.add_states();
  draft.set_name("draft");
  draft.add_next("sent");
  status.add_states()->set_name("sent");
  auto& items = add_collection(model, "items", "field_merge");
  auto& box = add_ruled(items, "box", "reference", "lww_server");
  box.set_target("boxes");
  box.set_on_delete("restrict");
  auto& labels = add_collection(model, "labels", "field_merge");
  auto& of = add_ruled(labels, "box", "reference", "lww_server");
  of.set_target("boxes");
  of.set_on_delete("cascade");
  return model;
}

// -- tasks --------------------------------------------------------------------------------------------------------------------

void tale::conflict(intent_index intent, rule_code rule, intent_index winner, record_index record,
                    const std::string& field) {
  tick();
  const auto of = states_.back().at(record).collection;
  const auto& name = plan.model().collections(of).name();
  const auto about = field.empty()    ? whole_record
                     : field == "key" ? static_cast<std::uint16_t>(whole_record - 1)
                                      : this->field(name, field);
  std::uint32_t number = 0;
  for (const auto& [n, one] : tasks_)
    if (one.about.record == record && one.about.field == about && !one.branches.empty())
      number = n;
  if (number == 0) {
    number = static_cast<std::uint32_t>(tasks_.size() + 1);
    tasks_[number].about = {
        .record = record, .collection = of, .field = about, .scope = states_.back().at(record).scope};
  }
  tasks_[number].branches.push_back(intent);
  refuse(intent, verdict_code::conflicted, rule, winner);
  bodies_[intent].is.task = number;
  tell({.kind = entry_kind::branch_kept,
        .intent = intent,
        .record = record,
        .collection = of,
        .field = about,
        .s = states_.size() - 1,
        .aux = number});
}

void tale::resolve(intent_index, const op& by) {
  if (by.task != 0)
    std::erase_if(tasks_.at(by.task).branches, [&](intent_index branch) {
      return std::find(by.branches.begin(), by.branches.end(), branch) != by.branches.end();
    });
}

void tale::tell_tasks(const tasks& all, entry with) {
  for (const auto& [number, one] : all) {
    if (one.about.scope != with.scope)
      continue;
    auto e = one.about;
    e.kind = entry_kind::export_task;
    e.actor = with.actor;
    e.scope = with.scope;
    e.aux = number;
    e.code = one.branches.empty() ? 0 : 1;
    e.value = static_cast<std::int64_t>(one.branches.size());
    tell(e);
    for (const auto branch : one.branches)
      tell({.kind = entry_kind::export_branch, .actor = with.actor, .intent = branch, .aux = number});
  }
}

void tale::flag(std::uint32_t device, record_index record, flag_code what) {
  flags_[{device, record}] |= static_cast<std::uint32_t>(what);
}

// -- sets ---------------------------------------------------------------------------------------------------------------------

void tale::tell_cells(const row& of, entry with, bool empty_sets, bool dated) {
  for (const auto& [f, c] : of.cells) {
    with.field = f;
    with.intent = c.writer;
    with.s = dated ? c.s : 0;
    const auto set = of.sets.find(f);
    if (set == of.sets.end()) {
      with.tag = c.is.tag;
      with.value = c.is.number;
      tell(with);
      continue;
    }
    with.tag = value_tag::text;
    for (const auto& [member, inserted] : set->second) {
      with.value = member;
      with.intent = inserted.writer;
      with.s = dated ? inserted.s : 0;
      tell(with);
    }
    with.intent = c.writer;
    with.s = dated ? c.s : 0;
    with.tag = value_tag::none;
    with.value = 0;
    if (set->second.empty() && empty_sets)
      tell(with);
  }
}

} // namespace squall::told
