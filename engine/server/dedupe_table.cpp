#include "engine/server/dedupe_table.hpp"

#include "engine/server/sql.hpp"
#include "engine/server/store_schema.hpp"
#include "engine/wire/codec.hpp"
#include "engine/wire/serialize.hpp"

#include <algorithm>

namespace squall::server {

using telemetry::sabotage;

namespace {

/// Fewer verdicts wait for the incarnation's next intent, in whose transaction they go for nothing.
constexpr std::uint64_t worth_a_transaction = 16;

constexpr std::uint32_t last_incarnation = ~std::uint32_t{0};

std::uint64_t key_of(const intent_id& id) { return incarnation_key(id.device, id.incarnation); }

} // namespace

result<dedupe_table::mark*> dedupe_table::slot(std::uint64_t incarnation) {
  const auto found = marks_.find(incarnation);
  if (found != marks_.end())
    return &found->second;
  auto s = sql::start(db_,
                      "SELECT high_water, verdicts_through, stamp_wall, stamp_logical, judged FROM incarnations "
                      "WHERE incarnation = ?",
                      incarnation);
  if (!s)
    return s.err();
  auto row = s->step();
  if (!row)
    return row.err();
  mark m;
  if (*row)
    m = {sql::unsigned_at(*s, 0),
         sql::unsigned_at(*s, 1),
         {s->integer(2), static_cast<std::uint32_t>(s->integer(3))},
         s->integer(4)};
  return &marks_.emplace(incarnation, m).first->second;
}

result<std::uint64_t> dedupe_table::high_water(std::uint32_t device, std::uint32_t incarnation) {
  auto m = slot(incarnation_key(device, incarnation));
  if (!m)
    return m.err();
  return (*m)->high_water;
}

result<std::vector<dedupe_table::known_mark>> dedupe_table::high_waters(std::uint32_t device) {
  return sql::all(sql::start(db_, "SELECT incarnation, high_water FROM incarnations WHERE incarnation BETWEEN ? AND ?",
                             incarnation_key(device, 0), incarnation_key(device, last_incarnation)),
                  [](const store::statement& s) {
                    return known_mark{static_cast<std::uint32_t>(sql::unsigned_at(s, 0)), sql::unsigned_at(s, 1)};
                  });
}

result<hlc_stamp> dedupe_table::last_stamp(std::uint32_t device, std::uint32_t incarnation) {
  auto m = slot(incarnation_key(device, incarnation));
  if (!m)
    return m.err();
  return (*m)->stamp;
}

result<std::optional<time_ns>> dedupe_table::latest_judgement() {
  auto s = sql::start(db_, "SELECT max(judged) FROM incarnations");
  if (!s)
    return s.err();
  auto row = s->step();
  if (!row)
    return row.err();
  return *row && !s->is_null(0) ? std::optional<time_ns>(s->integer(0)) : std::nullopt;
}

result<looked_up> dedupe_table::look_up(const intent_id& id, std::uint64_t hash) {
  auto m = slot(key_of(id));
  if (!m)
    return m.err();
  looked_up out{standing::fresh, (*m)->high_water, {}};
  if (id.seq > out.high_water) {
    if (id.seq != out.high_water + 1)
      out.is = standing::gap;
    return out;
  }
  if (counts_.sabotaged(sabotage::no_dedupe))
    return out;
  auto s = sql::start(db_, "SELECT hash, verdict FROM verdicts WHERE incarnation = ? AND seq = ?", key_of(id), id.seq);
  if (!s)
    return s.err();
  auto row = s->step();
  if (!row)
    return row.err();
  if (!*row) {
    out.is = counts_.sabotaged(sabotage::dedupe_pruned_early) ? standing::fresh : standing::forgotten;
    return out;
  }
  if (sql::unsigned_at(*s, 0) != hash) {
    out.is = standing::forked;
    return out;
  }
  wire::Verdict stored;
  if (!wire::parse(s->blob(1), stored))
    return error{errc::corrupt, "the verdict of " + to_string(id) + " cannot be read"};
  out.original = wire::from_wire(stored);
  // A row without a verdict is one that record_in_progress left behind.
  out.is = out.original.kind == verdict_kind::none ? standing::forgotten : standing::known;
  return out;
}

result<void> dedupe_table::put_verdict(const intent_id& id, std::uint64_t hash, const verdict& outcome) {
  wire::Verdict stored;
  wire::to_wire(outcome, stored);
  return sql::run(db_, "INSERT OR REPLACE INTO verdicts(incarnation, seq, hash, verdict) VALUES(?, ?, ?, ?)",
                  key_of(id), id.seq, hash, wire::serialize(stored));
}

result<void> dedupe_table::put_mark(std::uint64_t incarnation, const mark& m) {
  return sql::run(db_,
                  "INSERT OR REPLACE INTO incarnations(incarnation, high_water, verdicts_through, stamp_wall, "
                  "stamp_logical, judged) VALUES(?, ?, ?, ?, ?, ?)",
                  incarnation, m.high_water, m.verdicts_through, m.stamp.wall, m.stamp.logical, m.judged);
}

result<void> dedupe_table::record(const judged& j) {
  auto m = slot(key_of(j.id));
  if (!m)
    return m.err();
  mark& at = **m;
  at.high_water = std::max(at.high_water, j.id.seq);
  at.stamp = j.stamp;
  at.judged = j.at;
  // What a client says of verdicts that it cannot have is not believed.
  std::uint64_t through = std::min(j.verdicts_through, at.high_water - 1);
  constexpr std::uint64_t remembered = 3;
  if (at.high_water > remembered && counts_.sabotaged(sabotage::dedupe_pruned_early))
    through = std::max(through, at.high_water - remembered);
  if (through > at.verdicts_through) {
    auto pruned = sql::run(db_, "DELETE FROM verdicts WHERE incarnation = ? AND seq <= ?", key_of(j.id), through);
    if (!pruned)
      return pruned;
    at.verdicts_through = through;
  }
  if (at.high_water % 8 == 0 || !counts_.sabotaged(sabotage::high_water_late))
    if (auto put = put_mark(key_of(j.id), at); !put)
      return put;
  if (j.outcome.kind != verdict_kind::applied && j.outcome.kind != verdict_kind::merged) {
    auto put = sql::run(db_, "INSERT OR REPLACE INTO refusals(incarnation, seq, kind, rule) VALUES(?, ?, ?, ?)",
                        key_of(j.id), j.id.seq, static_cast<int>(j.outcome.kind), static_cast<int>(j.outcome.rule));
    if (!put)
      return put;
  }
  return put_verdict(j.id, j.hash, j.outcome);
}

result<void> dedupe_table::prune(const holding& h) {
  const std::uint64_t incarnation = incarnation_key(h.device, h.incarnation);
  auto m = slot(incarnation);
  if (!m)
    return m.err();
  mark& at = **m;
  const std::uint64_t through = std::min(h.verdicts_through, at.high_water);
  if (through < at.verdicts_through + worth_a_transaction)
    return {};
  auto transaction = store::transaction::begin(db_);
  if (!transaction)
    return transaction.err();
  auto done = sql::run(db_, "DELETE FROM verdicts WHERE incarnation = ? AND seq <= ?", incarnation, through);
  at.verdicts_through = through;
  if (done)
    done = put_mark(incarnation, at);
  return done ? transaction->commit() : done;
}

result<void> dedupe_table::drop(std::uint32_t device) {
  const std::uint64_t first = incarnation_key(device, 0);
  const std::uint64_t last = incarnation_key(device, last_incarnation);
  auto done = sql::run(db_, "DELETE FROM verdicts WHERE incarnation BETWEEN ? AND ?", first, last);
  if (done)
    done = sql::run(db_, "DELETE FROM incarnations WHERE incarnation BETWEEN ? AND ?", first, last);
  marks_.clear();
  return done;
}

result<void> dedupe_table::record_in_progress(const intent_id& id, std::uint64_t hash) {
  auto transaction = store::transaction::begin(db_);
  if (!transaction)
    return transaction.err();
  auto m = slot(key_of(id));
  if (!m)
    return m.err();
  (*m)->high_water = std::max((*m)->high_water, id.seq);
  if (auto put = put_mark(key_of(id), **m); !put)
    return put;
  if (auto put = put_verdict(id, hash, {}); !put)
    return put;
  return transaction->commit();
}

result<std::vector<dedupe_table::committed_intent>> dedupe_table::committed_of(std::uint32_t device,
                                                                               std::uint64_t through) {
  std::vector<committed_intent> out;
  const auto take = [&](const store::statement& s) -> result<void> {
    const auto incarnation = static_cast<std::uint32_t>(sql::unsigned_at(s, 0));
    const std::uint64_t seq = sql::unsigned_at(s, 1);
    wire::Verdict stored;
    if (!wire::parse(s.blob(2), stored))
      return error{errc::corrupt,
                   "the verdict of " + to_string(intent_id{device, incarnation, seq}) + " cannot be read"};
    const verdict v = wire::from_wire(stored);
    const bool committed = v.kind == verdict_kind::applied || v.kind == verdict_kind::merged;
    if (committed && v.sequence <= through)
      out.push_back({incarnation, seq, v.sequence});
    return {};
  };
  auto done = sql::each(sql::start(db_,
                                   "SELECT incarnation, seq, verdict FROM verdicts WHERE incarnation BETWEEN ? AND ? "
                                   "ORDER BY incarnation, seq",
                                   incarnation_key(device, 0), incarnation_key(device, last_incarnation)),
                        take);
  if (!done)
    return done.err();
  return out;
}

result<bool> dedupe_table::was_refused(const intent_id& id) {
  auto found = sql::number(db_, 0, "SELECT 1 FROM refusals WHERE incarnation = ? AND seq = ?", key_of(id), id.seq);
  if (!found)
    return found.err();
  return *found == 1;
}

} // namespace squall::server
