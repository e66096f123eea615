// What a store keeps by scope: where the device stands in each, and the rows that come and go with a whole scope.
#include "engine/client/client_store.hpp"
#include "engine/client/row_codec.hpp"

namespace squall::client {

namespace {

std::int64_t stored(std::uint64_t v) { return static_cast<std::int64_t>(v); }
std::uint64_t loaded(std::int64_t v) { return static_cast<std::uint64_t>(v); }

} // namespace

// -- positions ---------------------------------------------------------------------------------------------------------

durable_scope client_store::load_home() {
  durable_scope out;
  out.scope = home_;
  each("SELECT generation, sequence, scope_version, last_entry, entry_known FROM state", nothing,
       [&](store::statement& s) {
         out.at = {loaded(s.integer(0)), loaded(s.integer(1)), static_cast<std::uint32_t>(s.integer(2))};
         out.last_entry = loaded(s.integer(3));
         out.entry_known = s.integer(4) != 0;
       });
  each("SELECT generation, tasks_through FROM told", nothing, [&](store::statement& s) {
    out.told = {loaded(s.integer(0)), loaded(s.integer(1))};
  });
  each("SELECT generation, fence FROM forgotten", nothing, [&](store::statement& s) {
    out.fence = {loaded(s.integer(0)), loaded(s.integer(1))};
  });
  return out;
}

void client_store::save_home_tasks(const durable_tasks& t) {
  run("UPDATE told SET generation=?1, tasks_through=?2 WHERE one=1", [&](store::statement& s) {
    s.bind(1, stored(t.generation));
    s.bind(2, stored(t.through));
  });
}

void client_store::save_home_fence(const durable_fence& f) {
  run("UPDATE forgotten SET generation=?1, fence=?2 WHERE one=1", [&](store::statement& s) {
    s.bind(1, stored(f.generation));
    s.bind(2, stored(f.through));
  });
}

std::vector<durable_scope> client_store::load_scopes() {
  std::vector<durable_scope> out;
  each("SELECT scope, role, generation, sequence, scope_version, last_entry, entry_known, tasks_generation, "
       "tasks_through,"
       " fence_generation, fence FROM scopes ORDER BY scope",
       nothing, [&](store::statement& s) {
         out.push_back({.scope = {static_cast<std::uint32_t>(s.integer(0))},
                        .role = static_cast<std::uint8_t>(s.integer(1)),
                        .at = {loaded(s.integer(2)), loaded(s.integer(3)), static_cast<std::uint32_t>(s.integer(4))},
                        .last_entry = loaded(s.integer(5)),
                        .entry_known = s.integer(6) != 0,
                        .told = {loaded(s.integer(7)), loaded(s.integer(8))},
                        .fence = {loaded(s.integer(9)), loaded(s.integer(10))}});
       });
  return out;
}

void client_store::save_scope(const durable_scope& of) {
  run("INSERT OR REPLACE INTO scopes VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)", [&](store::statement& s) {
    s.bind(1, of.scope.value);
    s.bind(2, of.role);
    s.bind(3, stored(of.at.generation));
    s.bind(4, stored(of.at.sequence));
    s.bind(5, of.at.scope_version);
    s.bind(6, stored(of.last_entry));
    s.bind(7, of.entry_known ? 1 : 0);
    s.bind(8, stored(of.told.generation));
    s.bind(9, stored(of.told.through));
    s.bind(10, stored(of.fence.generation));
    s.bind(11, stored(of.fence.through));
  });
}

void client_store::save_grant_changes(const durable_state& state) {
  run("UPDATE state SET grant_changes=?1, grant_generation=?2 WHERE one=1", [&](store::statement& s) {
    s.bind(1, stored(state.grant_changes));
    s.bind(2, stored(state.grant_generation));
  });
  run("DELETE FROM scopes", nothing);
}

/// Of a store whose version knew one scope only.
void client_store::note_scope() {
  for (const char* sql : {"UPDATE rows SET scope=?1", "UPDATE queue SET scope=?1", "UPDATE tasks SET scope=?1"})
    run(sql, [&](store::statement& s) { s.bind(1, home_.value); });
}

// -- a whole scope's rows ----------------------------------------------------------------------------------------------

std::vector<record_id> client_store::shown_in(scope_id scope) {
  std::vector<record_id> out;
  each(
      "SELECT id FROM rows WHERE shown_in=?1 ORDER BY id", [&](store::statement& s) { s.bind(1, scope.value); },
      [&](store::statement& s) {
        if (s.blob(0).size() != key_bytes)
          return fail(damaged_key());
        out.push_back(id_of(s.blob(0)));
      });
  return out;
}

void client_store::purge_rows(scope_id scope) {
  run("DELETE FROM rows WHERE scope=?1", [&](store::statement& s) { s.bind(1, scope.value); });
  run("DELETE FROM links WHERE child NOT IN (SELECT id FROM rows)", nothing);
  run("DELETE FROM keys WHERE id NOT IN (SELECT id FROM rows)", nothing);
}

// -- snapshot ----------------------------------------------------------------------------------------------------------

void client_store::clear_staging() { run("DELETE FROM staging", nothing); }

void client_store::stage_row(const record_id& id, const staged_row& row) {
  const std::string key = key_of(id);
  run("INSERT INTO staging(id, collection, confirmed, buried) VALUES(?1, ?2, ?3, ?4)", [&](store::statement& s) {
    s.bind_blob(1, key);
    s.bind(2, row.collection);
    s.bind_blob(3, row.bytes);
    row.buried == 0 ? s.bind_null(4) : s.bind(4, static_cast<std::int64_t>(row.buried));
  });
}

bool client_store::staging_lacks_rows(scope_id scope) {
  bool lacks = false;
  each(
      "SELECT 1 FROM rows WHERE confirmed IS NOT NULL AND scope=?1 AND id NOT IN (SELECT id FROM staging) LIMIT 1",
      [&](store::statement& s) { s.bind(1, scope.value); }, [&](store::statement&) { lacks = true; });
  return lacks;
}

void client_store::for_each_staged_elsewhere(
    scope_id scope, const std::function<void(const stored_row& known, std::string_view staged)>& sink) {
  each(
      "SELECT rows.id, rows.collection, rows.confirmed, staging.confirmed, rows.scope FROM rows JOIN staging ON "
      "staging.id = "
      "rows.id"
      " WHERE rows.scope <> ?1 AND rows.confirmed IS NOT NULL ORDER BY rows.id",
      [&](store::statement& s) { s.bind(1, scope.value); },
      [&](store::statement& s) {
        if (s.blob(0).size() != key_bytes)
          return fail(damaged_key());
        stored_row known;
        known.id = id_of(s.blob(0));
        known.collection = static_cast<collection_number>(s.integer(1));
        known.confirmed = s.blob(2);
        known.scope = {static_cast<std::uint32_t>(s.integer(4))};
        sink(known, s.blob(3));
      });
}

void client_store::unstage(const record_id& id) {
  const std::string key = key_of(id);
  run("DELETE FROM staging WHERE id=?1", [&](store::statement& s) { s.bind_blob(1, key); });
}

void client_store::swap_in_staging(scope_id scope, bool keep_ghosts) {
  if (!keep_ghosts)
    run("DELETE FROM rows WHERE scope=?1", [&](store::statement& s) { s.bind(1, scope.value); });
  run("DELETE FROM links", nothing);
  run("DELETE FROM keys", nothing);
  run("INSERT OR REPLACE INTO rows(id, collection, confirmed, buried, scope)"
      " SELECT id, collection, confirmed, buried, ?1 FROM staging ORDER BY n",
      [&](store::statement& s) { s.bind(1, scope.value); });
  run("DELETE FROM staging", nothing);
}

} // namespace squall::client
