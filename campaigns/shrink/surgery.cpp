#include "campaigns/shrink/surgery.hpp"

#include "engine/base/time.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <string>

namespace squall::campaigns {

namespace {

using scenarios::Act;
using scenarios::Assignment;
using scenarios::Plan;

bool refers_to(const scenarios::Intention& intention, const std::set<std::uint64_t>& gone) {
  const auto created_by_gone = [&](std::uint64_t record) { return record != 0 && gone.count(record >> 8) > 0; };
  if (intention.after() != 0 && gone.count(intention.after()) > 0)
    return true;
  for (const auto& act : intention.acts()) {
    if (act.kind() != Act::CREATE && created_by_gone(act.record()))
      return true;
    for (const auto& field : act.fields())
      if (field.value_case() == Assignment::kRecord && created_by_gone(field.record()))
        return true;
  }
  for (const auto& guard : intention.guards())
    if (created_by_gone(guard.record()))
      return true;
  return false;
}

/// Calls `change` on each symbol of a record that the plan uses, creations apart.
void for_each_use(Plan& plan,
                  const std::function<void(std::uint64_t symbol, std::function<void(std::uint64_t)>)>& change) {
  for (auto& intention : *plan.mutable_intentions()) {
    for (auto& act : *intention.mutable_acts()) {
      if (act.kind() != Act::CREATE)
        change(act.record(), [&](std::uint64_t to) { act.set_record(to); });
      for (auto& field : *act.mutable_fields())
        if (field.value_case() == Assignment::kRecord)
          change(field.record(), [&](std::uint64_t to) { field.set_record(to); });
    }
    for (auto& guard : *intention.mutable_guards())
      change(guard.record(), [&](std::uint64_t to) { guard.set_record(to); });
  }
}

bool used(const Plan& plan, std::uint64_t symbol) {
  bool found = false;
  Plan copy = plan;
  for_each_use(copy, [&](std::uint64_t s, const auto&) { found |= s == symbol; });
  return found;
}

int index_of(const Plan& plan, std::uint64_t intention) {
  for (int i = 0; i < plan.intentions_size(); ++i)
    if (plan.intentions(i).id() == intention)
      return i;
  return -1;
}

} // namespace

std::vector<entry> entries_of(const Plan& plan) {
  std::vector<entry> all;
  for (const auto& fault : plan.faults())
    all.push_back({entry::kind::fault, fault.id()});
  for (const auto& intention : plan.intentions())
    all.push_back({entry::kind::intention, intention.id()});
  return all;
}

Plan without_entries(const Plan& plan, const std::vector<std::uint64_t>& intentions,
                     const std::vector<std::uint64_t>& faults) {
  std::set<std::uint64_t> gone(intentions.begin(), intentions.end());
  const std::set<std::uint64_t> gone_faults(faults.begin(), faults.end());
  for (bool grew = true; grew;) { // dependants of dependants
    grew = false;
    for (const auto& intention : plan.intentions())
      if (gone.count(intention.id()) == 0 && refers_to(intention, gone))
        grew = gone.insert(intention.id()).second;
  }
  Plan out = plan;
  out.clear_intentions();
  out.clear_faults();
  for (const auto& intention : plan.intentions())
    if (gone.count(intention.id()) == 0)
      *out.add_intentions() = intention;
  for (const auto& fault : plan.faults())
    if (gone_faults.count(fault.id()) == 0 &&
        (fault.message().intention() == 0 || gone.count(fault.message().intention()) == 0))
      *out.add_faults() = fault;
  return out;
}

std::optional<Plan> without_act(const Plan& plan, int intention, int act) {
  const auto& from = plan.intentions(intention);
  const std::uint64_t first = from.id() << 8;
  if (from.acts_size() < 2 ||
      (from.acts(act).kind() == Act::CREATE && used(plan, first | static_cast<std::uint64_t>(act))))
    return std::nullopt;
  Plan out = plan;
  auto& left = *out.mutable_intentions(intention);
  left.mutable_acts()->DeleteSubrange(act, 1);
  for (int k = act; k < left.acts_size(); ++k)
    if (left.acts(k).kind() == Act::CREATE)
      left.mutable_acts(k)->set_record(first | static_cast<std::uint64_t>(k));
  for_each_use(out, [&](std::uint64_t symbol, const auto& becomes) {
    if (symbol >> 8 == from.id() && (symbol & 0xff) > static_cast<std::uint64_t>(act))
      becomes(symbol - 1);
  });
  return out;
}

std::optional<Plan> merged_records(const Plan& plan, std::uint64_t gone, std::uint64_t kept) {
  const int at = index_of(plan, gone >> 8);
  if (at < 0 || gone == kept)
    return std::nullopt;
  Plan out = plan;
  for_each_use(out, [&](std::uint64_t symbol, const auto& becomes) {
    if (symbol == gone)
      becomes(kept);
  });
  if (out.intentions(at).acts_size() == 1)
    return without_entries(out, {gone >> 8}, {});
  return without_act(out, at, static_cast<int>(gone & 0xff));
}

std::vector<created_record> records_of(const Plan& plan) {
  std::vector<created_record> all;
  for (const auto& intention : plan.intentions())
    for (int k = 0; k < intention.acts_size(); ++k)
      if (intention.acts(k).kind() == Act::CREATE)
        all.push_back({intention.id() << 8 | static_cast<std::uint64_t>(k), &intention.acts(k).collection()});
  std::sort(all.begin(), all.end(),
            [](const created_record& a, const created_record& b) { return a.symbol < b.symbol; });
  return all;
}

std::set<std::uint64_t> needed_by(const Plan& plan, std::set<std::uint64_t> ids) {
  for (bool grew = true; grew;) {
    grew = false;
    const auto need = [&](std::uint64_t record) { grew |= record != 0 && ids.insert(record >> 8).second; };
    for (const auto& intention : plan.intentions()) {
      if (ids.count(intention.id()) == 0)
        continue;
      for (const auto& act : intention.acts()) {
        need(act.record());
        for (const auto& field : act.fields())
          if (field.value_case() == Assignment::kRecord)
            need(field.record());
      }
      for (const auto& guard : intention.guards())
        need(guard.record());
    }
  }
  return ids;
}

std::set<std::uint32_t> busy_devices(const Plan& plan) {
  std::set<std::uint32_t> busy;
  for (const auto& intention : plan.intentions())
    busy.insert(intention.device());
  for (const auto& fault : plan.faults()) {
    busy.insert(fault.devices().begin(), fault.devices().end());
    if (fault.message().device() != 0)
      busy.insert(fault.message().device());
  }
  return busy;
}

Plan with_devices(const Plan& plan, const std::set<std::uint32_t>& kept) {
  std::vector<std::uint64_t> intentions, faults;
  for (const auto& intention : plan.intentions())
    if (kept.count(intention.device()) == 0)
      intentions.push_back(intention.id());
  const auto hits_kept = [&](const scenarios::Fault& f) {
    if (f.has_message())
      return kept.count(f.message().device()) > 0;
    return f.devices().empty() ||
           std::any_of(f.devices().begin(), f.devices().end(), [&](std::uint32_t d) { return kept.count(d) > 0; });
  };
  for (const auto& fault : plan.faults())
    if (!hits_kept(fault))
      faults.push_back(fault.id());
  Plan out = without_entries(plan, intentions, faults);
  std::map<std::uint32_t, std::uint32_t> number, team;
  out.mutable_topology()->clear_devices();
  for (const auto& device : plan.topology().devices()) {
    if (kept.count(device.id()) == 0)
      continue;
    auto& d = *out.mutable_topology()->add_devices();
    d = device;
    number[device.id()] = static_cast<std::uint32_t>(out.topology().devices_size());
    team.try_emplace(device.team(), static_cast<std::uint32_t>(team.size()) + 1);
    d.set_id(number[device.id()]);
    d.set_user(d.id());
    d.set_team(team[device.team()]);
  }
  out.mutable_topology()->set_teams(static_cast<std::uint32_t>(team.size()));
  for (auto& intention : *out.mutable_intentions())
    intention.set_device(number[intention.device()]);
  for (auto& fault : *out.mutable_faults()) {
    const auto before = fault.devices();
    fault.clear_devices();
    for (const auto device : before)
      if (number.count(device) > 0)
        fault.add_devices(number[device]);
    if (fault.has_message())
      fault.mutable_message()->set_device(number[fault.message().device()]);
  }
  return out;
}

Plan with_end(const Plan& plan, std::int64_t end_ns) {
  Plan out = plan;
  if (end_ns > plan.heal_at_ns())
    out.set_heal_at_ns((end_ns + minute_ns - 1) / minute_ns * minute_ns);
  return out;
}

namespace {

/// A collection has a field, if only one that nobody writes; it should need no other collection.
void add_plain_field(const scenarios::Collection& from, scenarios::Collection& to) {
  for (const auto& field : from.fields())
    if (to.fields().empty() && field.type() != "derived" && field.type() != "reference")
      *to.add_fields() = field;
}

/// What a field refers to; empty: nothing.
std::string target_of(const Plan& plan, const std::string& collection, const std::string& field) {
  for (const auto& c : plan.model().collections())
    if (c.name() == collection)
      for (const auto& f : c.fields())
        if (f.name() == field)
          return f.target();
  return {};
}

} // namespace

Plan with_model_pruned(const Plan& plan) {
  std::set<std::string> collections;
  std::set<std::pair<std::string, std::string>> fields;
  for (const auto& intention : plan.intentions()) {
    for (const auto& act : intention.acts()) {
      collections.insert(act.collection());
      for (const auto& field : act.fields()) {
        fields.emplace(act.collection(), field.field());
        if (const auto target = target_of(plan, act.collection(), field.field()); !target.empty())
          collections.insert(target);
      }
      if (!act.settle().field().empty())
        fields.emplace(act.collection(), act.settle().field());
    }
    for (const auto& guard : intention.guards()) {
      collections.insert(guard.collection());
      fields.emplace(guard.collection(), guard.field());
    }
  }
  Plan out = plan;
  auto& model = *out.mutable_model();
  model.clear_collections();
  for (const auto& c : plan.model().collections()) {
    if (collections.count(c.name()) == 0)
      continue;
    auto& left = *model.add_collections();
    left = c;
    left.clear_fields();
    left.clear_unique();
    for (const auto& f : c.fields()) {
      const bool derived_of_used = f.type() == "derived" && fields.count({f.child(), f.child_reference()}) > 0 &&
                                   std::all_of(f.factors().begin(), f.factors().end(), [&](const std::string& factor) {
                                     return fields.count({f.child(), factor}) > 0;
                                   });
      if (derived_of_used || fields.count({c.name(), f.name()}) > 0)
        *left.add_fields() = f;
    }
    for (const auto& key : c.unique())
      if (std::all_of(key.fields().begin(), key.fields().end(), [&](const std::string& field) {
            return fields.count({c.name(), field}) > 0;
          }))
        *left.add_unique() = key;
    if (left.fields().empty())
      add_plain_field(c, left);
  }
  if (model.collections().empty() && !plan.model().collections().empty()) { // a scenario has one, if nobody uses it
    const auto& first = plan.model().collections(0);
    auto& left = *model.add_collections();
    left = first;
    left.clear_fields();
    left.clear_unique();
    add_plain_field(first, left);
  }
  return out;
}

} // namespace squall::campaigns
