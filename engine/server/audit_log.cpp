#include "engine/server/audit_log.hpp"

#include "engine/server/audit.pb.h"
#include "engine/server/sql.hpp"
#include "engine/wire/codec.hpp"
#include "engine/wire/message_room.hpp"
#include "engine/wire/serialize.hpp"

#include <limits>
#include <optional>

namespace squall::server {

namespace {

/// `whole`: with what the log does not have, because the intent did not commit.
void put_intent(const audit_record& r, bool whole, AuditNote& note) {
  note.set_user(r.user);
  note.set_role(r.role);
  note.set_time_ns(r.time);
  wire::to_wire(r.decision, *note.mutable_decision());
  if (!whole)
    return note.mutable_decision()->clear_sequence();
  wire::to_wire(r.id, *note.mutable_id());
  note.set_hash(r.hash);
  note.set_wall_ns(r.wall);
  wire::to_wire(r.stamp, *note.mutable_stamp());
}

void put(const audit_record& r, AuditNote& note) {
  if (r.kind == audit_kind::intent)
    put_intent(r, true, note);
  for (const audited_grant& g : r.grants) {
    AuditGrant& to = *note.add_grants();
    to.set_user(g.what.user);
    to.set_scope(g.what.scope.value);
    to.set_role(g.what.role);
    to.set_version(g.version);
  }
  note.set_scope(r.scope.value);
  note.set_fence(r.fence);
}

audit_record record_of(const AuditNote& note, audit_kind kind) {
  audit_record r;
  r.kind = kind;
  r.id = wire::from_wire(note.id());
  r.hash = note.hash();
  r.user = note.user();
  r.role = static_cast<std::uint8_t>(note.role());
  r.time = note.time_ns();
  r.wall = note.wall_ns();
  r.stamp = wire::from_wire(note.stamp());
  r.decision = wire::from_wire(note.decision());
  for (const AuditGrant& g : note.grants())
    r.grants.push_back({{g.user(), {g.scope()}, static_cast<std::uint8_t>(g.role())}, g.version()});
  r.scope = {note.scope()};
  r.fence = note.fence();
  return r;
}

constexpr const char* commits =
    "SELECT s, incarnation, seq, hash, wall, stamp_wall, stamp_logical, audit, body FROM log "
    "WHERE s > ? AND length(audit) > 0 ORDER BY s LIMIT 1";

/// The first commit beyond `after`; nothing if there is none.
result<std::optional<audit_record>> next_commit(store::connection& db, std::uint64_t after) {
  auto row = sql::start(db, commits, after);
  if (!row)
    return row.err();
  auto there = row->step();
  if (!there)
    return there.err();
  if (!*there)
    return std::optional<audit_record>{};
  wire::message_room room;
  auto& note = room.make<AuditNote>();
  if (!wire::parse(row->blob(7), note))
    return error{errc::corrupt, "an audit record of a commit cannot be read"};
  audit_record r = record_of(note, audit_kind::intent);
  const std::uint64_t author = sql::unsigned_at(*row, 1);
  r.decision.sequence = sql::unsigned_at(*row, 0);
  r.id = {static_cast<std::uint32_t>(author >> 32), static_cast<std::uint32_t>(author), sql::unsigned_at(*row, 2)};
  r.hash = sql::unsigned_at(*row, 3);
  r.wall = row->integer(4);
  r.stamp = {row->integer(5), static_cast<std::uint32_t>(row->integer(6))};
  r.body = row->blob(8);
  return std::optional<audit_record>{std::move(r)};
}

} // namespace

std::string audit_log::note_of(const audit_record& r) {
  wire::message_room room;
  auto& note = room.make<AuditNote>();
  put_intent(r, false, note);
  return wire::serialize(note);
}

result<void> audit_log::add(const audit_record& r, std::string_view body, std::uint64_t after) {
  wire::message_room room;
  auto& note = room.make<AuditNote>();
  put(r, note);
  return sql::run(db_, "INSERT INTO audit(after, kind, note, body) VALUES(?, ?, ?, ?)", after,
                  static_cast<std::uint32_t>(r.kind), wire::serialize(note), body);
}

result<void> audit_log::amend(std::uint64_t sequence, std::string_view note) {
  auto transaction = store::transaction::begin(db_);
  if (!transaction)
    return transaction.err();
  if (auto done = sql::run(db_, "UPDATE log SET audit = ? WHERE s = ?", note, sequence); !done)
    return done;
  return transaction->commit();
}

result<void> audit_log::drop_with_feed() {
  return sql::run(db_, "UPDATE log SET audit = NULL WHERE entry IS NULL AND audit IS NOT NULL");
}

result<void> audit_log::read(const std::function<void(audit_record&&)>& sink) {
  std::uint64_t through = 0;
  const auto commits_through = [&](std::uint64_t s) -> result<void> {
    while (through < s) {
      auto next = next_commit(db_, through);
      if (!next)
        return next.err();
      if (!*next || (*next)->decision.sequence > s) {
        through = s;
        break;
      }
      through = (*next)->decision.sequence;
      sink(std::move(**next));
    }
    return {};
  };
  auto read = sql::each(sql::start(db_, "SELECT after, kind, note, body FROM audit ORDER BY n"),
                        [&](const store::statement& row) -> result<void> {
                          if (auto before = commits_through(sql::unsigned_at(row, 0)); !before)
                            return before;
                          AuditNote note;
                          if (!wire::parse(row.blob(2), note))
                            return error{errc::corrupt, "an audit record cannot be read"};
                          audit_record r = record_of(note, static_cast<audit_kind>(row.integer(1)));
                          r.body = row.blob(3);
                          sink(std::move(r));
                          return {};
                        });
  return read ? commits_through(std::numeric_limits<std::int64_t>::max()) : read;
}

} // namespace squall::server
