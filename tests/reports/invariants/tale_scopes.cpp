// What tales tell of feeds, of scopes that devices hold, and of grants.
#include "tests/reports/invariants/tale.hpp"

#include <algorithm>

namespace squall::told {

// -- where records are --------------------------------------------------------------------------------------------------------

void tale::move_row(rows& in, record_index record, std::uint32_t to, std::uint64_t s) const {
  auto& moved = in.at(record);
  moved.scope = to;
  moved.presence = s;
  const auto digest = digest_of(names.record(record));
  for (auto& [other, row] : in)
    for (const auto& [number, cell] : row.cells) {
      const auto& field = plan.model().collections(row.collection).fields(number);
      if (row.live && row.scope != to && field.on_delete() == "cascade" && cell.is.number == digest)
        move_row(in, other, to, s);
    }
}

tale::rows tale::confirmed(std::uint32_t device) const {
  rows all;
  std::map<record_index, std::uint64_t> as_of;
  for (const auto& [scope, holding] : devices_[device].holds) {
    const auto& line = holding.line < lines_.size() ? lines_[holding.line] : states_;
    for (const auto& [record, row] : line[holding.cursor]) {
      // When it came to the scope, or left it.
      const auto in_scope = [&](std::uint64_t s) {
        return line[s].contains(record) && line[s].at(record).scope == scope;
      };
      auto since = holding.cursor;
      while (since > 0 && in_scope(since - 1) == in_scope(holding.cursor))
        --since;
      const bool comes = row.scope == scope;
      if (since == 0 || as_of[record] > since || (as_of[record] == since && !comes))
        continue;
      as_of[record] = since;
      all.erase(record);
      if (comes)
        all[record] = row;
    }
  }
  return all;
}

std::uint32_t tale::scope_of(std::uint32_t device, const std::vector<op>& ops) const {
  const auto sees = visible(device);
  for (const auto& item : ops)
    if (plan.model().collections(collection(item.collection)).wide())
      return plan.topology().teams() + 1;
  for (const auto& item : ops)
    if (item.code != operation_code::create && sees.contains(item.record))
      return sees.at(item.record).scope;
  for (const auto& item : ops)
    for (const auto& w : item.writes) {
      const auto& of = plan.model().collections(collection(item.collection)).fields(field(item.collection, w.field));
      if (!of.on_delete().empty() && sees.contains(w.to.record))
        return sees.at(w.to.record).scope;
    }
  return 1;
}

std::set<std::uint32_t> tale::scopes() const {
  std::set<std::uint32_t> all{1};
  for (const auto& user : users_)
    for (const auto& [scope, role] : user.scopes)
      all.insert(scope);
  for (const auto& one : committed_)
    all.insert(one.scope);
  all.erase(0);
  return all;
}

// -- the way back -----------------------------------------------------------------------------------------------------------

std::uint64_t tale::entry_before(std::uint32_t scope, std::uint64_t s) const {
  while (--s > 0 && !committed_[s].is_in(scope)) {
  }
  return s;
}

void tale::tell_entry(std::uint32_t device, std::uint32_t scope, std::uint64_t s) {
  tell({.kind = entry_kind::feed_entry,
        .intent = committed_[s].intent,
        .peer = device,
        .scope = scope,
        .s = s,
        .ref = entry_before(scope, s)});
  for (const auto& [record, row] : states_[s]) {
    const auto old = states_[s - 1].find(record);
    const bool is_new = old == states_[s - 1].end();
    const bool leaves = !is_new && old->second.scope == scope && row.scope != scope;
    const bool comes = !is_new && old->second.scope != scope && row.scope == scope;
    const bool revived = is_new || old->second.live != row.live || comes;
    const bool written =
        std::any_of(row.cells.begin(), row.cells.end(), [&](const auto& c) { return c.second.s == s; });
    if (!leaves && (row.scope != scope || (!revived && !written)))
      continue;
    const auto code = leaves ? row_code::exit : row.live ? row_code::upsert : row_code::deleted;
    const entry with{.record = record, .collection = row.collection, .peer = device, .scope = scope};
    auto told = with;
    told.kind = entry_kind::feed_row;
    told.code = static_cast<std::uint8_t>(code);
    told.s = s;
    tell(told);
    told = with;
    told.kind = entry_kind::feed_field;
    if (code == row_code::upsert)
      tell_cells(row, told, true, true);
  }
}

void tale::page(std::uint32_t device, std::uint32_t scope) {
  ask(device);
  auto& d = devices_[device];
  const auto head = states_.size() - 1;
  const auto message = ++messages_;
  if (!users_[device].scopes.contains(scope)) {
    tell({.kind = entry_kind::request_refused, .code = 3, .peer = device, .message = message});
    tell({.kind = entry_kind::message_delivered, .actor = device, .message = message});
    return take_grants(device);
  }
  tell({.kind = entry_kind::page_served,
        .peer = device,
        .scope = scope,
        .s = head,
        .message = message,
        .value = static_cast<std::int64_t>(head),
        .ref = d.cursor(scope),
        .aux = generation_});
  for (auto s = d.cursor(scope) + 1; s <= head; ++s)
    if (committed_[s].is_in(scope))
      tell_entry(device, scope, s);
  const bool news = d.grants != users_[device].change;
  if (enterprise_ || backs_up_ || news)
    tell({.kind = entry_kind::message_delivered, .actor = device, .message = message});
  if (news)
    take_grants(device);
}

void tale::pull_scope(std::uint32_t device, std::uint32_t scope) {
  tick();
  page(device, scope);
  auto& d = devices_[device];
  const auto found = d.holds.find(scope);
  if (found == d.holds.end())
    return;
  auto& holding = found->second;
  const auto head = states_.size() - 1;
  holding.known.clear();
  for (const auto& [number, one] : tasks_)
    if (one.about.scope == scope)
      holding.known[number] = one;
  tick();
  for (auto s = holding.cursor + 1; s <= head; ++s)
    if (committed_[s].is_in(scope))
      tell(
          {.kind = entry_kind::group_applied, .actor = device, .intent = committed_[s].intent, .scope = scope, .s = s});
  tell({.kind = entry_kind::cursor_moved,
        .actor = device,
        .scope = scope,
        .s = head,
        .ref = holding.cursor,
        .aux = generation_});
  told(device, scope);
  holding.cursor = head;
  drop_confirmed(device);
}

void tale::pull(std::uint32_t device) {
  std::set<std::uint32_t> done;
  for (bool more = true; more;) {
    more = false;
    for (const auto& [scope, holding] : devices_[device].holds)
      if (!done.contains(scope)) {
        done.insert(scope);
        pull_scope(device, scope);
        more = true; // what it holds may have changed
        break;
      }
  }
}

void tale::snapshot(std::uint32_t device, std::uint32_t scope) {
  tick();
  ask(device);
  auto& d = devices_[device];
  const auto head = states_.size() - 1;
  tell({.kind = entry_kind::page_served,
        .code = static_cast<std::uint8_t>(page_code::snapshot_last),
        .peer = device,
        .scope = scope,
        .s = head,
        .message = ++messages_,
        .value = static_cast<std::int64_t>(head),
        .ref = d.cursor(scope),
        .aux = generation_});
  for (const auto& [record, row] : states_[head]) {
    if (row.scope != scope || !is_shown(row, fences_[scope]))
      continue;
    tell({.kind = entry_kind::feed_row,
          .code = static_cast<std::uint8_t>(row.live ? row_code::upsert : row_code::deleted),
          .record = record,
          .collection = row.collection,
          .peer = device,
          .scope = scope});
    const entry with{
        .kind = entry_kind::feed_field, .record = record, .collection = row.collection, .peer = device, .scope = scope};
    if (row.live)
      tell_cells(row, with, false, true);
  }
  tell({.kind = entry_kind::cursor_moved,
        .code = static_cast<std::uint8_t>(cursor_code::snapshot),
        .actor = device,
        .scope = scope,
        .s = head,
        .ref = d.cursor(scope),
        .aux = generation_});
  told(device, scope);
  d.holds[scope].cursor = head;
  enter_generation(device, scope);
  drop_confirmed(device);
}

// -- grants -----------------------------------------------------------------------------------------------------------------

void tale::also_holds(std::uint32_t device, std::uint32_t scope, std::uint32_t role) {
  users_[device].scopes[scope] = role;
  devices_[device].holds[scope];
  entry given{
      .kind = entry_kind::grant, .code = static_cast<std::uint8_t>(role), .scope = scope, .ref = device, .aux = 1};
  if (scope == 1)
    first(entry_kind::grant, [&](const entry& e) { return e.ref == device; }) = given;
  else
    insert_after(last(entry_kind::grant), given);
}

void tale::give(std::uint32_t device, std::uint32_t scope, std::uint32_t role) {
  tick();
  users_[device].scopes[scope] = role;
  users_[device].change = ++changes_;
  tell({.kind = entry_kind::grant,
        .code = static_cast<std::uint8_t>(role),
        .scope = scope,
        .ref = device,
        .aux = ++users_[device].version});
}

void tale::withdraw(std::uint32_t device, std::uint32_t scope) {
  tick();
  users_[device].scopes.erase(scope);
  users_[device].change = ++changes_;
  tell({.kind = entry_kind::revoke, .scope = scope, .ref = device, .aux = ++users_[device].version});
}

void tale::take_grants(std::uint32_t device) {
  auto& d = devices_[device];
  d.grants = users_[device].change;
  tell({.kind = entry_kind::grants_told, .actor = device, .aux = users_[device].version});
  std::vector<std::uint32_t> lost;
  for (const auto& [scope, holding] : d.holds)
    if (!users_[device].scopes.contains(scope))
      lost.push_back(scope);
  for (const auto scope : lost) {
    d.holds.erase(scope);
    std::erase_if(d.acknowledged, [&](intent_index one) { return bodies_.at(one).scope == scope; });
    tell({.kind = entry_kind::scope_purged, .actor = device, .scope = scope});
  }
  for (const auto& [scope, role] : users_[device].scopes)
    if (auto& one = d.holds[scope]; one.cursor == 0) {
      one.generation = generation_;
      one.line = lines_.size();
    }
  drop_confirmed(device);
}

} // namespace squall::told
