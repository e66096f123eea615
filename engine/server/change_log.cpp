#include "engine/server/change_log.hpp"

#include "engine/server/sql.hpp"

#include <algorithm>

namespace squall::server {

namespace {

/// Entries trimmed in one transaction, so that a shorter retention does not make one commit long.
constexpr int trim_max = 8;

} // namespace

result<void> change_log::load() {
  positions_.clear();
  late_.clear();
  auto newest = sql::number(db_, 0, "SELECT max(s) FROM log");
  if (!newest)
    return newest.err();
  next_ = *newest == 0 ? first_sequence_ : *newest + 1;
  auto meta =
      sql::each(sql::start(db_, "SELECT generation, backed_up_through FROM meta"), [&](const store::statement& s) {
        generation_ = sql::unsigned_at(s, 0);
        backed_up_through_ = sql::unsigned_at(s, 1);
      });
  if (!meta)
    return meta;
  if (generation_ == 0)
    return error{errc::corrupt, "the server store has no generation"};
  beginnings_.clear();
  if (generation_ == 1) // only later ones have a beginning
    return {};
  auto began = sql::all(sql::start(db_, "SELECT generation, sequence FROM generations ORDER BY generation"),
                        [](const store::statement& s) {
                          return beginning{sql::unsigned_at(s, 0), sql::unsigned_at(s, 1)};
                        });
  if (!began)
    return began.err();
  beginnings_ = std::move(*began);
  return {};
}

result<change_log::kept*> change_log::slot(scope_id scope) {
  const auto found = positions_.find(scope.value);
  if (found != positions_.end())
    return &found->second;
  kept p;
  auto arrived = sql::number(db_, 0, "SELECT 1 FROM arrivals WHERE scope = ? LIMIT 1", scope.value);
  if (!arrived)
    return arrived.err();
  p.arrivals = *arrived == 1;
  auto head = sql::number(
      db_, 0, of(p, "SELECT max(s) FROM log WHERE scope = ?", "SELECT max(s) FROM feed WHERE scope = ?"), scope.value);
  if (!head)
    return head.err();
  p.head = *head;
  {
    auto row = sql::start(db_, "SELECT floor, version, fence FROM scopes WHERE scope = ?", scope.value);
    if (!row)
      return row.err();
    auto there = row->step();
    if (!there)
      return there.err();
    if (*there) {
      p.floor = sql::unsigned_at(*row, 0);
      p.version = static_cast<std::uint32_t>(row->integer(1));
      p.fence = sql::unsigned_at(*row, 2);
    }
  }
  auto entries = sql::number(db_, 0,
                             of(p, "SELECT count(*) FROM log WHERE scope = ? AND s > ?",
                                "SELECT count(*) FROM feed WHERE scope = ? AND s > ?"),
                             scope.value, p.floor);
  if (!entries)
    return entries.err();
  p.entries = *entries;
  return &positions_.emplace(scope.value, p).first->second;
}

result<feed_position> change_log::position(scope_id scope) {
  auto p = slot(scope);
  if (!p)
    return p.err();
  return feed_position(**p);
}

result<hlc_stamp> change_log::greatest_stamp(scope_id scope) {
  auto p = slot(scope);
  if (!p)
    return p.err();
  if ((*p)->greatest)
    return *(*p)->greatest;
  auto s = sql::start(db_,
                      of(**p,
                         "SELECT stamp_wall, stamp_logical FROM log WHERE scope = ? "
                         "ORDER BY stamp_wall DESC, stamp_logical DESC LIMIT 1",
                         "SELECT stamp_wall, stamp_logical FROM feed WHERE scope = ? "
                         "ORDER BY stamp_wall DESC, stamp_logical DESC LIMIT 1"),
                      scope.value);
  if (!s)
    return s.err();
  auto there = s->step();
  if (!there)
    return there.err();
  (*p)->greatest = *there ? hlc_stamp{s->integer(0), static_cast<std::uint32_t>(s->integer(1))} : hlc_stamp{};
  return *(*p)->greatest;
}

result<std::uint64_t> change_log::before(scope_id scope, std::uint64_t sequence) {
  auto p = slot(scope);
  if (!p)
    return p.err();
  if ((*p)->head < sequence)
    return (*p)->head;
  return sql::number(
      db_, 0,
      of(**p, "SELECT max(s) FROM log WHERE scope = ? AND s < ?", "SELECT max(s) FROM feed WHERE scope = ? AND s < ?"),
      scope.value, sequence);
}

result<void> change_log::append(const log_entry& e) {
  auto p = slot(e.scope);
  if (!p)
    return p.err();
  auto done =
      sql::run(db_,
               "INSERT INTO log(s, scope, incarnation, seq, hash, wall, stamp_wall, stamp_logical, entry, body, "
               "audit) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               e.sequence, e.scope.value, e.incarnation, e.seq, e.hash, e.wall, e.stamp.wall, e.stamp.logical, e.entry,
               e.body, e.audit);
  if (!done)
    return done;
  count_in(**p, e);
  next_ = std::max(next_, e.sequence + 1);
  remember(e);
  return {};
}

result<void> change_log::append_arrival(const log_entry& e) {
  auto p = slot(e.scope);
  if (!p)
    return p.err();
  auto done =
      sql::run(db_, "INSERT INTO arrivals(scope, s, wall, stamp_wall, stamp_logical, entry) VALUES(?, ?, ?, ?, ?, ?)",
               e.scope.value, e.sequence, e.wall, e.stamp.wall, e.stamp.logical, e.entry);
  if (!done)
    return done;
  (*p)->arrivals = true;
  count_in(**p, e);
  late_entry& at = late_[e.sequence % late_max];
  CHECK(at.sequence == e.sequence);
  at.came_to = e.scope;
  at.arrival = e.entry;
  return {};
}

void change_log::count_in(kept& p, const log_entry& e) {
  p.head = std::max(p.head, e.sequence);
  p.entries += 1;
  if (p.greatest)
    p.greatest = std::max(*p.greatest, e.stamp);
}

void change_log::remember(const log_entry& e) {
  late_.resize(late_max);
  late_entry& at = late_[e.sequence % late_max];
  at.sequence = e.sequence;
  at.scope = e.scope;
  at.bytes = e.entry;
  at.came_to = {};
}

bool change_log::remembers_after(std::uint64_t cursor) const noexcept {
  if (late_.empty() || cursor >= next_ || next_ - cursor > late_max)
    return false;
  for (std::uint64_t s = cursor + 1; s < next_; ++s)
    if (late_[s % late_max].sequence != s)
      return false;
  return true;
}

result<bool> change_log::trim(scope_id scope, std::uint64_t keep) {
  auto p = slot(scope);
  if (!p)
    return p.err();
  feed_position& at = **p;
  bool trimmed = false;
  for (int i = 0; i < trim_max && at.entries > keep; ++i) {
    auto oldest = sql::number(db_, 0,
                              of(**p, "SELECT min(s) FROM log WHERE scope = ? AND s > ?",
                                 "SELECT min(s) FROM feed WHERE scope = ? AND s > ?"),
                              scope.value, at.floor);
    if (!oldest)
      return oldest.err();
    CHECK(*oldest > at.floor);
    auto done = sql::run(db_, "UPDATE log SET entry = NULL WHERE s = ? AND scope = ?", *oldest, scope.value);
    if (done && (*p)->arrivals)
      done = sql::run(db_, "UPDATE arrivals SET entry = NULL WHERE s = ? AND scope = ?", *oldest, scope.value);
    if (!done)
      return done.err();
    at.floor = *oldest;
    at.entries -= 1;
    trimmed = true;
  }
  if (!trimmed)
    return false;
  if (auto done = put(scope, at); !done)
    return done.err();
  return true;
}

result<void> change_log::put(scope_id scope, const feed_position& at) {
  return sql::run(db_, "INSERT OR REPLACE INTO scopes(scope, floor, version, fence) VALUES(?, ?, ?, ?)", scope.value,
                  at.floor, at.version, at.fence);
}

result<void> change_log::move_fence(scope_id scope, std::uint64_t to) {
  auto p = slot(scope);
  if (!p)
    return p.err();
  CHECK(to > (*p)->fence);
  (*p)->fence = to;
  return put(scope, **p);
}

result<void> change_log::begin_generation(std::uint64_t generation) {
  CHECK(generation > generation_);
  auto put = sql::run(db_, "INSERT INTO generations(generation, sequence) VALUES(?, ?)", generation, newest());
  if (put)
    put = sql::run(db_, "UPDATE meta SET generation = ?, backed_up_through = ?", generation, newest());
  if (!put)
    return put;
  generation_ = generation;
  backed_up_through_ = newest();
  beginnings_.push_back({generation, newest()});
  return {};
}

result<void> change_log::note_backup() {
  backed_up_through_ = newest();
  return sql::run(db_, "UPDATE meta SET backed_up_through = ?", backed_up_through_);
}

result<void> change_log::read(scope_id scope, std::uint64_t cursor, std::uint32_t limit, const entry_sink& sink) {
  if (remembers_after(cursor)) {
    for (std::uint64_t s = cursor + 1; s < next_ && limit > 0; ++s) {
      const late_entry& e = late_[s % late_max];
      if (e.scope != scope && e.came_to != scope)
        continue;
      sink(s, e.scope == scope ? e.bytes : e.arrival);
      --limit;
    }
    return {};
  }
  auto p = slot(scope);
  if (!p)
    return p.err();
  const char* entries = of(**p, "SELECT s, entry FROM log WHERE scope = ? AND s > ? ORDER BY s LIMIT ?",
                           "SELECT s, entry FROM feed WHERE scope = ? AND s > ? ORDER BY s LIMIT ?");
  return sql::each(sql::start(db_, entries, scope.value, cursor, limit),
                   [&](const store::statement& s) { sink(sql::unsigned_at(s, 0), s.blob(1)); });
}

result<std::uint64_t> change_log::last_of_second(scope_id scope, std::uint64_t sequence) {
  auto wall = sql::number(db_, 0, "SELECT wall FROM log WHERE s = ?", sequence);
  if (!wall)
    return wall.err();
  const auto second = static_cast<time_ns>(*wall) / second_ns;
  return sql::number(db_, sequence, "SELECT max(s) FROM log WHERE scope = ? AND s >= ? AND wall / 1000000000 = ?",
                     scope.value, sequence, second);
}

} // namespace squall::server
