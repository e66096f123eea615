#include "engine/server/unit_of_work.hpp"

namespace squall::server {

using telemetry::probe;
using telemetry::sabotage;

unit_of_work::slot& unit_of_work::load(const record_id& id) {
  for (slot& s : slots_)
    if (s.id == id)
      return s;
  slot& s = slots_.emplace_back();
  s.id = id;
  auto found = tables_.rows.find(id);
  if (!found) {
    if (!failure_)
      failure_ = found.err();
    return s;
  }
  if (*found) {
    s.known = true;
    s.scope = (*found)->scope;
    s.number = (*found)->number;
    s.row = std::move((*found)->state);
    s.before = tables_.derived.of(s.row);
    s.found_by = tables_.constraints.of(s.row);
    s.buried_at = tombstone_table::buried_at(s.row);
  }
  return s;
}

bool unit_of_work::visible(const slot& s) {
  return s.known && (s.scope == scope_ || tables_.counts.sabotaged(sabotage::scope_not_checked));
}

merge::row* unit_of_work::find(const record_id& id) {
  slot& s = load(id);
  return visible(s) ? &s.row : nullptr;
}

merge::row& unit_of_work::create(const record_id& id, collection_number collection) {
  slot& s = load(id);
  if (s.known) // only an intent that is applied twice gets here
    return s.row;
  s.known = s.created = true;
  s.scope = scope_;
  s.row.id = id;
  s.row.collection = collection;
  s.row.fields.resize(model_.collections[collection].fields.size());
  return s.row;
}

bool unit_of_work::create_was_rejected(const intent_id& creator) {
  auto refused = tables_.dedupe.was_refused(creator);
  if (!refused) {
    if (!failure_)
      failure_ = refused.err();
    return false;
  }
  return *refused;
}

template <class T>
T unit_of_work::noting(result<T> answer) {
  if (answer)
    return std::move(*answer);
  if (!failure_)
    failure_ = answer.err();
  return {};
}

const merge::task* unit_of_work::find_task(std::uint64_t number) {
  auto known = tasks_known_.find(number);
  if (known == tasks_known_.end())
    known = tasks_known_.emplace(number, noting(tables_.tasks.find(number, scope_))).first;
  return known->second ? &*known->second : nullptr;
}

std::vector<record_id> unit_of_work::referrers_of(const record_id& parent) {
  return noting(tables_.constraints.referrers_of(parent));
}

std::vector<record_id> unit_of_work::holders_of(std::uint64_t key) {
  const auto known = holders_.find(key);
  if (known != holders_.end())
    return known->second;
  return holders_.emplace(key, noting(tables_.constraints.holders_of(scope_, key))).first->second;
}

bool unit_of_work::revived(const record_id& id) {
  const slot& s = load(id);
  return s.buried_at != 0 && !s.row.deleted;
}

bool unit_of_work::foreign(const record_id& id) {
  const slot& s = load(id);
  return s.known && !visible(s);
}

void unit_of_work::add_to_parent(const contribution& c, std::uint64_t amount) {
  slot& parent = load(c.parent);
  if (!visible(parent) || parent.row.collection != c.collection || amount == 0)
    return;
  value& current = parent.row.fields[c.field].current;
  const auto* sum = std::get_if<std::int64_t>(&current);
  current = static_cast<std::int64_t>((sum ? static_cast<std::uint64_t>(*sum) : 0) + amount);
  parent.changed = true;
}

// Children counted are as they were before this intent: what the intent changed in them comes as a difference.
result<void> unit_of_work::adopt_orphans(slot& parent) {
  auto children = tables_.rows.orphans_of(parent.id);
  if (!children)
    return children.err();
  for (const record_id& child : *children) {
    const slot& s = load(child);
    if (!visible(s))
      continue;
    for (const contribution& c : s.before)
      if (c.parent == parent.id) {
        tables_.counts.hit(probe::orphan_adopted);
        add_to_parent(c, static_cast<std::uint64_t>(c.amount));
      }
  }
  return {};
}

result<void> unit_of_work::settle(const std::vector<record_id>& touched) {
  for (const record_id& id : touched) {
    slot& s = load(id);
    s.changed = true;
    if (!s.created)
      continue;
    const auto& sums = tables_.derived.fields_of(s.row.collection);
    for (const field_number f : sums)
      s.row.fields[f].current = std::int64_t{0};
    if (!sums.empty())
      if (auto adopted = adopt_orphans(s); !adopted)
        return adopted;
  }
  for (const record_id& id : touched) {
    const slot& s = load(id);
    for (const contribution& c : s.before)
      add_to_parent(c, 0 - static_cast<std::uint64_t>(c.amount));
    for (const contribution& c : tables_.derived.of(s.row)) {
      if (!load(c.parent).known)
        if (auto noted = tables_.rows.add_orphan(c.parent, id); !noted)
          return noted;
      add_to_parent(c, static_cast<std::uint64_t>(c.amount));
    }
  }
  if (failure_)
    return *failure_;
  return {};
}

result<void> unit_of_work::write(time_ns now) {
  for (slot& s : slots_) {
    if (!s.changed)
      continue;
    auto written = s.created ? tables_.rows.insert(s.scope, s.row) : tables_.rows.update(s.number, s.row);
    if (!written)
      return written;
    auto found_by = tables_.constraints.of(s.row);
    if (auto indexed = tables_.constraints.replace({s.scope, s.id, s.found_by, found_by}); !indexed)
      return indexed;
    s.found_by = std::move(found_by);
    const std::uint64_t buried_at = tombstone_table::buried_at(s.row);
    if (auto buried = tables_.tombstones.replace({s.scope, s.id, s.buried_at, buried_at, now}); !buried)
      return buried;
    s.buried_at = buried_at;
    s.changed = false;
  }
  return {};
}

} // namespace squall::server
