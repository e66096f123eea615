#include "engine/server/device_table.hpp"

#include "engine/server/sql.hpp"

#include <algorithm>

namespace squall::server {

namespace {

/// The one that a device begins with: a request of it that was long under way is not from a newer incarnation.
constexpr std::uint32_t first_incarnation = 1;

auto find_in(device_table::history& all, std::uint32_t incarnation) {
  return std::find_if(all.begin(), all.end(), [&](const auto& i) { return i.number == incarnation; });
}

} // namespace

void device_table::forget() {
  scopes_.clear();
  heard_.clear();
  heard_loaded_ = false;
}

// -- cursors -----------------------------------------------------------------------------------------------------------

result<std::map<std::uint32_t, device_table::history>*> device_table::slot(scope_id scope) {
  const auto found = scopes_.find(scope.value);
  if (found != scopes_.end())
    return &found->second;
  std::map<std::uint32_t, history> loaded;
  const auto done = sql::each(
      sql::start(db_, "SELECT device, incarnation, cursor, user FROM devices WHERE scope = ? ORDER BY device, number",
                 scope.value),
      [&](const store::statement& s) {
        const std::uint64_t cursor = sql::unsigned_at(s, 2);
        loaded[static_cast<std::uint32_t>(s.integer(0))].push_back(
            {static_cast<std::uint32_t>(s.integer(1)), cursor, cursor, true, static_cast<std::uint32_t>(s.integer(3))});
      });
  if (!done)
    return done.err();
  return &scopes_.emplace(scope.value, std::move(loaded)).first->second;
}

result<const std::map<std::uint32_t, device_table::history>*> device_table::of(scope_id scope) {
  auto all = slot(scope);
  if (!all)
    return all.err();
  return static_cast<const std::map<std::uint32_t, history>*>(*all);
}

result<const device_table::incarnation*> device_table::tell(const telling& t) {
  auto all = slot(t.scope);
  if (!all)
    return all.err();
  history& mine = (**all)[t.device];
  auto at = find_in(mine, t.incarnation);
  if (at == mine.end()) {
    const bool first = t.incarnation == first_incarnation;
    if (first)
      for (incarnation& later : mine)
        later.known = false; // its place changes
    at = mine.insert(first ? mine.begin() : mine.end(), {t.incarnation});
  }
  at->cursor = std::max(at->cursor, t.cursor);
  at->user = t.user;
  return &*at == &mine.back() ? &*at : nullptr;
}

result<void> device_table::begin_again() { return sql::run(db_, "UPDATE devices SET cursor = 0"); }

result<void> device_table::keep(const telling& t) {
  auto all = slot(t.scope);
  if (!all)
    return all.err();
  history& mine = (**all)[t.device];
  for (std::size_t i = 0; i < mine.size(); ++i) {
    incarnation& one = mine[i];
    if (one.known && one.stored == one.cursor)
      continue;
    auto put = sql::run(db_,
                        "INSERT OR REPLACE INTO devices(scope, device, incarnation, number, cursor, user) "
                        "VALUES(?, ?, ?, ?, ?, ?)",
                        t.scope.value, t.device, one.number, std::uint64_t{i}, one.cursor, one.user);
    if (!put)
      return put;
    one.stored = one.cursor;
    one.known = true;
  }
  return {};
}

result<void> device_table::drop(scope_id scope, std::uint32_t user) {
  auto all = slot(scope);
  if (!all)
    return all.err();
  std::erase_if(**all, [&](const auto& device) { return device.second.back().user == user; });
  return sql::run(db_, "DELETE FROM devices WHERE scope = ? AND user = ?", scope.value, user);
}

// -- heard of ----------------------------------------------------------------------------------------------------------

result<void> device_table::open(time_ns now) {
  if (expires_after_ == 0)
    return {};
  auto missing = sql::number(db_, 0, "SELECT 1 FROM devices WHERE device NOT IN (SELECT device FROM heard) LIMIT 1");
  if (!missing || *missing == 0)
    return missing ? result<void>{} : result<void>{missing.err()};
  return sql::run(db_, "INSERT OR IGNORE INTO heard(device, at) SELECT DISTINCT device, ? FROM devices", now);
}

result<void> device_table::load_heard() {
  if (heard_loaded_)
    return {};
  auto done =
      sql::each(sql::start(db_, "SELECT device, at FROM heard ORDER BY device"), [&](const store::statement& s) {
        const time_ns at = s.integer(1);
        heard_[static_cast<std::uint32_t>(s.integer(0))] = {at + lag(), at, true};
      });
  heard_loaded_ = done.ok();
  return done;
}

result<bool> device_table::hear(std::uint32_t device, time_ns now) {
  if (expires_after_ == 0)
    return false;
  if (auto loaded = load_heard(); !loaded)
    return loaded.err();
  hearing& h = heard_[device];
  h.at = std::max(h.at, now);
  return !h.known || now - h.stored > lag();
}

result<void> device_table::keep_heard(std::uint32_t device) {
  if (expires_after_ == 0)
    return {};
  hearing& h = heard_[device];
  h.stored = h.at;
  h.known = true;
  return sql::run(db_, "INSERT OR REPLACE INTO heard(device, at) VALUES(?, ?)", device, h.at);
}

result<bool> device_table::expired(std::uint32_t device, time_ns now) {
  if (expires_after_ == 0)
    return false;
  if (auto loaded = load_heard(); !loaded)
    return loaded.err();
  const auto h = heard_.find(device);
  return h != heard_.end() && now - h->second.at > expires_after_;
}

} // namespace squall::server
