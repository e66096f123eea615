#include "engine/client/client_store.hpp"

#include "engine/base/check.hpp"
#include "engine/base/hash.hpp"
#include "engine/client/store_schema.hpp"

#include <fmt/core.h>

namespace squall::client {

namespace {

std::int64_t stored(std::uint64_t v) { return static_cast<std::int64_t>(v); }
std::uint64_t loaded(std::int64_t v) { return static_cast<std::uint64_t>(v); }

intent_id id_at(const store::statement& s, int column) {
  return {static_cast<std::uint32_t>(s.integer(column)), static_cast<std::uint32_t>(s.integer(column + 1)),
          loaded(s.integer(column + 2))};
}

queue_row read_queue_row(const store::statement& s) {
  queue_row row;
  row.n = s.integer(0);
  row.id = id_at(s, 1);
  row.quarantined = s.integer(4) != 0;
  row.folded = s.integer(5) != 0;
  row.kind = static_cast<verdict_kind>(s.integer(6));
  row.sequence = loaded(s.integer(7));
  row.generation = loaded(s.integer(8));
  return row;
}

error damaged_intent(const intent_id& id) {
  return {errc::corrupt, fmt::format("the stored bytes of intent {} are damaged", to_string(id))};
}

} // namespace

// -- plumbing ----------------------------------------------------------------------------------------------------------

void client_store::fail(error e) {
  if (!failure_)
    failure_ = std::move(e);
}

result<std::unique_ptr<client_store>> client_store::open(const store::open_options& options, scope_id home) {
  auto db = store::connection::open(options);
  if (!db)
    return db.err();
  std::unique_ptr<client_store> opened{new client_store(std::move(db).value(), home)};
  opened->migrate();
  if (opened->failure_)
    return *opened->failure_;
  return opened;
}

void client_store::migrate() {
  std::int64_t version = 0;
  each("PRAGMA user_version", nothing, [&](store::statement& s) { version = s.integer(0); });
  if (failure_ || version == current_store_version())
    return;
  if (version < 0 || version > current_store_version())
    return fail(
        {errc::unsupported, fmt::format("store version {}; this build has {}", version, current_store_version())});
  begin();
  if (!failure_)
    if (auto done = version == 0 ? make_store(*db_) : migrate_store(*db_, version); !done)
      fail(done.err());
  constexpr std::int64_t first_with_buried = 3;
  if (version > 0 && version < first_with_buried)
    note_buried();
  if (version > 0)
    note_scope();
  commit();
}

void client_store::begin() {
  if (failure_)
    return;
  CHECK(!work_);
  auto begun = store::transaction::begin(*db_);
  if (!begun)
    return fail(begun.err());
  work_.emplace(std::move(begun).value());
}

void client_store::commit() {
  if (!failure_) {
    CHECK(work_);
    if (auto done = work_->commit(); !done)
      fail(done.err());
  }
  work_.reset();
}

void client_store::roll_back() { work_.reset(); }

// -- state and credentials ---------------------------------------------------------------------------------------------

durable_state client_store::load_state() {
  durable_state out;
  each("SELECT incarnation, next_seq, stamp_wall, stamp_logical, offline, grant_changes, grant_generation FROM state",
       nothing, [&](store::statement& s) {
         out.incarnation = static_cast<std::uint32_t>(s.integer(0));
         out.next_seq = loaded(s.integer(1));
         out.stamp = {s.integer(2), static_cast<std::uint32_t>(s.integer(3))};
         out.offline = static_cast<io::offline_rule>(s.integer(4));
         out.grant_changes = loaded(s.integer(5));
         out.grant_generation = loaded(s.integer(6));
       });
  return out;
}

void client_store::save_state(const durable_state& state, const durable_scope& home) {
  run("UPDATE state SET incarnation=?1, next_seq=?2, stamp_wall=?3, stamp_logical=?4, generation=?5, sequence=?6,"
      " scope_version=?7, last_entry=?8, entry_known=?9, offline=?10 WHERE one=1",
      [&](store::statement& s) {
        s.bind(1, state.incarnation);
        s.bind(2, stored(state.next_seq));
        s.bind(3, state.stamp.wall);
        s.bind(4, state.stamp.logical);
        s.bind(5, stored(home.at.generation));
        s.bind(6, stored(home.at.sequence));
        s.bind(7, home.at.scope_version);
        s.bind(8, stored(home.last_entry));
        s.bind(9, home.entry_known ? 1 : 0);
        s.bind(10, static_cast<int>(state.offline));
      });
}

durable_credentials client_store::load_credentials() {
  durable_credentials out;
  each("SELECT key_seed, access_token, refresh_token, expires_wall, lifetime, locked FROM credentials", nothing,
       [&](store::statement& s) {
         out.key_seed = loaded(s.integer(0));
         out.access_token = s.blob(1);
         out.refresh_token = s.blob(2);
         out.expires_wall = s.integer(3);
         out.lifetime = s.integer(4);
         out.locked = s.integer(5) != 0;
       });
  return out;
}

void client_store::save_credentials(const durable_credentials& c) {
  run("UPDATE credentials SET key_seed=?1, access_token=?2, refresh_token=?3, expires_wall=?4, lifetime=?5, locked=?6"
      " WHERE one=1",
      [&](store::statement& s) {
        s.bind(1, stored(c.key_seed));
        s.bind_blob(2, c.access_token);
        s.bind_blob(3, c.refresh_token);
        s.bind(4, c.expires_wall);
        s.bind(5, c.lifetime);
        s.bind(6, c.locked ? 1 : 0);
      });
}

// -- queue -------------------------------------------------------------------------------------------------------------

void client_store::insert_queued(const queue_row& row, std::string_view body) {
  run("INSERT INTO queue VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)", [&](store::statement& s) {
    s.bind(1, row.n);
    s.bind(2, row.id.device);
    s.bind(3, row.id.incarnation);
    s.bind(4, stored(row.id.seq));
    s.bind(5, row.quarantined ? 1 : 0);
    s.bind(6, row.folded ? 1 : 0);
    s.bind(7, static_cast<std::int64_t>(row.kind));
    s.bind(8, stored(row.sequence));
    s.bind(9, stored(row.generation));
    s.bind(10, stored(content_hash(body)));
    s.bind_blob(11, body);
    s.bind(12, row.scope.value);
  });
}

void client_store::update_queued(const queue_row& row) {
  run("UPDATE queue SET quarantined=?2, folded=?3, verdict=?4, sequence=?5, generation=?6 WHERE n=?1",
      [&](store::statement& s) {
        s.bind(1, row.n);
        s.bind(2, row.quarantined ? 1 : 0);
        s.bind(3, row.folded ? 1 : 0);
        s.bind(4, static_cast<std::int64_t>(row.kind));
        s.bind(5, stored(row.sequence));
        s.bind(6, stored(row.generation));
      });
}

void client_store::relabel_queued(const queue_row& row, std::string_view body) {
  run("UPDATE queue SET incarnation=?2, seq=?3, hash=?4, body=?5 WHERE n=?1", [&](store::statement& s) {
    s.bind(1, row.n);
    s.bind(2, row.id.incarnation);
    s.bind(3, stored(row.id.seq));
    s.bind(4, stored(content_hash(body)));
    s.bind_blob(5, body);
  });
}

void client_store::erase_queued(std::int64_t n) {
  run("DELETE FROM queue WHERE n=?1", [&](store::statement& s) { s.bind(1, n); });
}

void client_store::note_old_name(const intent_id& id, const intent_id& was) {
  run("INSERT OR REPLACE INTO names VALUES(?1, ?2, ?3, ?4)", [&](store::statement& s) {
    s.bind(1, id.incarnation);
    s.bind(2, stored(id.seq));
    s.bind(3, was.incarnation);
    s.bind(4, stored(was.seq));
  });
}

void client_store::forget_old_names() {
  run("DELETE FROM names WHERE NOT EXISTS"
      " (SELECT 1 FROM queue WHERE queue.incarnation = names.incarnation AND queue.seq = names.seq)",
      nothing);
}

void client_store::for_each_queued(const std::function<void(const queue_row&, std::string_view)>& sink) {
  each("SELECT n, device, incarnation, seq, quarantined, folded, verdict, sequence, generation, hash, body, scope FROM "
       "queue"
       " ORDER BY n",
       nothing, [&](store::statement& s) {
         queue_row row = read_queue_row(s);
         row.scope = {static_cast<std::uint32_t>(s.integer(11))};
         if (content_hash(s.blob(10)) != loaded(s.integer(9)))
           return fail(damaged_intent(row.id));
         sink(row, s.blob(10));
       });
}

std::string client_store::queued_body(std::int64_t n) {
  std::string out;
  each(
      "SELECT device, incarnation, seq, hash, body FROM queue WHERE n=?1", [&](store::statement& s) { s.bind(1, n); },
      [&](store::statement& s) {
        out = s.blob(4);
        if (content_hash(out) != loaded(s.integer(3)))
          fail(damaged_intent(id_at(s, 0)));
      });
  return out;
}

void client_store::insert_surfaced(const surfaced_row& row) {
  run("INSERT INTO surfaced(device, incarnation, seq, verdict, rule, task, body) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
      [&](store::statement& s) {
        s.bind(1, row.id.device);
        s.bind(2, row.id.incarnation);
        s.bind(3, stored(row.id.seq));
        s.bind(4, static_cast<std::int64_t>(row.told.kind));
        s.bind(5, static_cast<std::int64_t>(row.told.rule));
        s.bind(6, stored(row.told.task));
        s.bind_blob(7, row.body);
      });
}

std::uint32_t client_store::count_surfaced() {
  std::uint32_t out = 0;
  each("SELECT count(*) FROM surfaced", nothing,
       [&](store::statement& s) { out = static_cast<std::uint32_t>(s.integer(0)); });
  return out;
}

std::int64_t client_store::number_of(const char* sql) {
  std::int64_t out = 0;
  each(sql, nothing, [&](store::statement& s) { out = s.integer(0); });
  return out;
}

bool client_store::shrink() {
  CHECK(!work_);
  constexpr std::int64_t worth_it = 16; // pages
  const std::int64_t idle = number_of("PRAGMA freelist_count");
  if (idle < worth_it || 4 * idle <= number_of("PRAGMA page_count"))
    return false;
  run("VACUUM", nothing);
  return !failure_;
}

void client_store::release_memory() { db_->release_memory(true); }

} // namespace squall::client
