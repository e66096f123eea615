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

bool unit_of_work::same_scope(scope_id a, scope_id b) {
  return a == b || tables_.counts.sabotaged(sabotage::scope_not_checked);
}

bool unit_of_work::visible(const slot& s) { return s.known && same_scope(s.scope, scope_); }

merge::row* unit_of_work::find(const record_id& id) {
  slot& s = load(id);
  return visible(s) ? &s.row : nullptr;
}

merge::row& unit_of_work::create(const record_id& id, collection_number collection) {
  slot& s = load(id);
  if (s.known) // only an intent that is applied twice gets here
    return s.row;
  s.known = s.created = true;
  s.scope = s.row.scope = scope_;
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

const merge::row* unit_of_work::moved(const record_id& id) {
  const slot& s = load(id);
  return s.row.scope != s.scope ? &s.row : nullptr;
}

bool unit_of_work::revived(const record_id& id) {
  const slot& s = load(id);
  return s.buried_at != 0 && !s.row.deleted;
}

const merge::row* unit_of_work::find_anywhere(const record_id& id) {
  const slot& s = load(id);
  return s.known ? &s.row : nullptr;
}

bool unit_of_work::foreign(const record_id& id) {
  const slot& s = load(id);
  return s.known && !visible(s);
}

bool unit_of_work::may_enter(scope_id scope) { return tables_.grants.holds(author_, scope); }

bool unit_of_work::awaits_decision(const record_id& id) { return noting(tables_.tasks.waits_on(id)); }

std::vector<record_id> unit_of_work::holders_in(scope_id scope, std::uint64_t key) {
  return noting(tables_.constraints.holders_of(scope, key));
}

const merge::row* unit_of_work::find_in(scope_id scope, const record_id& id) {
  const slot& s = load(id);
  return s.known && s.scope == scope ? &s.row : nullptr;
}

/// A child counts where its parent is.
void unit_of_work::take_from_parent(const contribution& c, scope_id child) {
  slot& parent = load(c.parent);
  if (parent.known && same_scope(parent.scope, child))
    put_sum(parent, c, 0 - static_cast<std::uint64_t>(c.amount));
}

void unit_of_work::add_to_parent(const contribution& c, std::uint64_t amount, scope_id child) {
  slot& parent = load(c.parent);
  if (parent.known && same_scope(parent.row.scope, child))
    put_sum(parent, c, amount);
}

void unit_of_work::put_sum(slot& parent, const contribution& c, std::uint64_t amount) {
  if (parent.row.collection != c.collection || amount == 0)
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
        add_to_parent(c, static_cast<std::uint64_t>(c.amount), s.scope);
      }
  }
  return {};
}

/// Of a record that has moved: who stayed behind counts no more, who was there before it does now.
result<void> unit_of_work::recount(slot& parent) {
  for (const field_number f : tables_.derived.fields_of(parent.row.collection)) {
    const merge::derivation& how = model_.collections[parent.row.collection].fields[f].derived;
    std::deque<merge::row> there;
    auto read = tables_.rows.read(parent.row.scope, [&](const merge::row& r) { there.push_back(r); });
    if (!read)
      return read;
    for (const slot& s : slots_)
      if (s.known && s.row.scope == parent.row.scope && s.scope != s.row.scope)
        there.push_back(s.row);
    std::vector<const merge::row*> counted;
    for (const merge::row& r : there)
      if (r.collection == how.child && !r.deleted && r.fields[how.reference].current == value{parent.id})
        counted.push_back(&r);
    parent.row.fields[f].current = merge::derive(how, counted);
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
      take_from_parent(c, s.scope);
    for (const contribution& c : tables_.derived.of(s.row)) {
      if (!load(c.parent).known)
        if (auto noted = tables_.rows.add_orphan(c.parent, id); !noted)
          return noted;
      add_to_parent(c, static_cast<std::uint64_t>(c.amount), s.row.scope);
    }
  }
  for (const record_id& id : touched)
    if (slot& s = load(id); s.row.scope != s.scope)
      if (auto counted = recount(s); !counted)
        return counted;
  if (failure_)
    return *failure_;
  return {};
}

/// The row is another scope's from here on, and only there found by its keys.
result<void> unit_of_work::write_moved(slot& s) {
  const constraint_index::entry nowhere{{}, s.found_by.references};
  if (auto left = tables_.constraints.replace({s.scope, s.id, s.found_by, nowhere}); !left)
    return left;
  s.scope = s.row.scope;
  s.found_by = nowhere;
  return tables_.rows.move(s.id, s.row.scope);
}

result<void> unit_of_work::write(time_ns now) {
  for (slot& s : slots_) {
    if (!s.changed)
      continue;
    if (s.scope != s.row.scope)
      if (auto left = write_moved(s); !left)
        return left;
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
