#include "engine/server/server_store.hpp"

#include "engine/server/sql.hpp"
#include "engine/server/store_schema.hpp"

namespace squall::server {

server_store::server_store(std::unique_ptr<store::connection> connection, const options& o,
                           telemetry::counters& counters)
    : settings(o), counts(counters), db(std::move(connection)), log(*db, o.first_sequence), dedupe(*db, counts),
      derived(*o.model, counts), rows(*db, *o.model), constraints(*db, *o.model), tasks(*db, counts),
      tombstones(*db, o.tombstones_for > 0), devices(*db, o.device_expires_after),
      snapshots(*db, rows, counts, {o.snapshot_page_rows, o.snapshots_kept}), stamps(dedupe, counts, o.stamp_bound),
      grants(*db), audit(*db), told(o.invalidate_for), keys(*db, counts, {o.issuer, o.issuer_key}),
      tokens(keys, o.token_leeway, o.signatures, counts) {}

result<std::unique_ptr<server_store>> server_store::open(const options& o, telemetry::counters& counts) {
  store::open_options how = o.store;
  if (counts.sabotaged(telemetry::sabotage::server_commit_unsynced))
    how.synchronous_full = false;
  auto db = open_store(how);
  if (!db)
    return db.err();
  auto opened = std::make_unique<server_store>(std::move(*db), o, counts);
  if (auto loaded = opened->open_lifetimes(); !loaded)
    return loaded.err();
  const bool put_back = o.generation > opened->log.generation();
  if (put_back && !counts.sabotaged(telemetry::sabotage::restored_keeps_generation))
    if (auto begun = opened->begin_generation(o.generation); !begun)
      return begun.err();
  if (!opened->grants.empty() || o.grants.empty())
    return opened;
  auto transaction = store::transaction::begin(*opened->db);
  if (!transaction)
    return transaction.err();
  for (const grant& g : o.grants)
    if (auto added = opened->grants.add(g); !added)
      return added.err();
  audit_record given{.kind = audit_kind::given};
  for (const grant& g : opened->grants.all())
    given.grants.push_back({g});
  if (auto audited = opened->audit.add(given, {}, 0); !audited)
    return audited.err();
  if (auto committed = transaction->commit(); !committed)
    return committed.err();
  return opened;
}

result<void> server_store::begin_generation(std::uint64_t generation) {
  auto transaction = store::transaction::begin(*db);
  if (!transaction)
    return transaction.err();
  if (auto begun = log.begin_generation(generation); !begun)
    return begun;
  const audit_record began{.kind = audit_kind::generation, .generation = generation};
  if (auto audited = audit.add(began, {}, log.newest()); !audited)
    return audited;
  if (auto begun = devices.begin_again(); !begun)
    return begun;
  if (auto committed = transaction->commit(); !committed)
    return committed;
  counts.hit(telemetry::probe::generation_begun);
  return forget();
}

std::uint64_t server_store::backed_up(const feed_position& p) const {
  return settings.backups && !counts.sabotaged(telemetry::sabotage::backup_told_early) ? log.backed_up_through()
                                                                                       : p.head;
}

void tell_generations(const server_store& store, google::protobuf::RepeatedPtrField<wire::GenerationStart>& out) {
  for (const change_log::beginning& b : store.log.beginnings()) {
    wire::GenerationStart& told = *out.Add();
    told.set_generation(b.generation);
    told.set_sequence(b.sequence);
  }
}

unit_of_work server_store::work_on(scope_id scope) {
  return unit_of_work{{rows, dedupe, derived, constraints, tasks, tombstones, grants, counts}, *settings.model, scope};
}

result<void> server_store::open_lifetimes() {
  if (auto loaded = grants.load(); !loaded) // no transaction but their own changes them
    return loaded;
  if (auto loaded = stamps.load(); !loaded)
    return loaded;
  const auto now = stamps.time();
  if (auto opened = tombstones.open(rows, now.value_or(0)); !opened)
    return opened;
  if (now)
    if (auto opened = devices.open(*now); !opened)
      return opened;
  return forget();
}

result<void> server_store::set_ruling(io::offline_rule rule) {
  auto transaction = store::transaction::begin(*db);
  if (!transaction)
    return transaction.err();
  if (auto set = sql::run(*db, "UPDATE meta SET offline = ?", static_cast<std::uint32_t>(rule)); !set)
    return set;
  if (auto committed = transaction->commit(); !committed)
    return committed;
  ruling = rule;
  return {};
}

result<std::optional<std::uint64_t>> server_store::change_grant(const io::grant_change& c) {
  auto transaction = store::transaction::begin(*db);
  if (!transaction)
    return transaction.err();
  auto changes = grants.change(c);
  if (!changes || !*changes)
    return changes;
  if (c.withdrawn)
    if (auto dropped = devices.drop(c.scope, c.user); !dropped)
      return dropped.err();
  audit_record changed{.kind = c.withdrawn ? audit_kind::taken : audit_kind::given};
  changed.grants.push_back({{c.user, c.scope, c.withdrawn ? std::uint8_t{0} : c.role}, **changes + 1});
  if (auto audited = audit.add(changed, {}, log.newest()); !audited)
    return audited.err();
  if (auto committed = transaction->commit(); !committed)
    return committed.err();
  return changes;
}

result<void> server_store::forget() {
  dedupe.forget();
  rows.forget();
  devices.forget();
  tasks.forget();
  entries.clear();
  if (auto loaded = log.forget(); !loaded)
    return loaded;
  if (auto loaded = stamps.load(); !loaded)
    return loaded;
  const auto stored = sql::number(*db, 0, "SELECT offline FROM meta");
  if (!stored)
    return stored.err();
  ruling = static_cast<io::offline_rule>(*stored);
  return keys.load();
}

void server_store::doubt() {
  in_doubt = true;
  static_cast<void>(sure());
}

result<void> server_store::sure() {
  if (!in_doubt)
    return {};
  if (auto forgotten = forget(); !forgotten)
    return forgotten;
  in_doubt = false;
  return {};
}

} // namespace squall::server
