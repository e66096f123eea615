#include "engine/client/client_store.hpp"
#include "engine/client/row_codec.hpp"

namespace squall::client {

namespace {

error damaged_key() { return {errc::corrupt, "a stored record's id is damaged"}; }

} // namespace

// -- rows --------------------------------------------------------------------------------------------------------------

void client_store::find_row(const record_id& id, const std::function<void(const stored_row&)>& sink) {
  const std::string key = key_of(id);
  each(
      "SELECT n, collection, confirmed, visible FROM rows WHERE id=?1",
      [&](store::statement& s) { s.bind_blob(1, key); },
      [&](store::statement& s) {
        sink({s.integer(0), id, static_cast<collection_number>(s.integer(1)), s.blob(2), s.blob(3)});
      });
}

void client_store::put_row(const stored_row& row) {
  const auto bind_states = [&](store::statement& s, int at) {
    row.confirmed.empty() ? s.bind_null(at) : s.bind_blob(at, row.confirmed);
    row.visible.empty() ? s.bind_null(at + 1) : s.bind_blob(at + 1, row.visible);
  };
  if (row.n != 0) {
    return run("UPDATE rows SET confirmed=?2, visible=?3 WHERE n=?1", [&](store::statement& s) {
      s.bind(1, row.n);
      bind_states(s, 2);
    });
  }
  const std::string key = key_of(row.id);
  run("INSERT INTO rows(id, collection, confirmed, visible) VALUES(?1, ?2, ?3, ?4)", [&](store::statement& s) {
    s.bind_blob(1, key);
    s.bind(2, row.collection);
    bind_states(s, 3);
  });
}

void client_store::erase_row(std::int64_t n) {
  run("DELETE FROM rows WHERE n=?1", [&](store::statement& s) { s.bind(1, n); });
}

void client_store::for_each_row(const std::function<void(const stored_row&)>& sink) {
  each("SELECT n, id, collection, confirmed, visible FROM rows ORDER BY id", nothing, [&](store::statement& s) {
    if (s.blob(1).size() != key_bytes)
      return fail(damaged_key());
    sink({s.integer(0), id_of(s.blob(1)), static_cast<collection_number>(s.integer(2)), s.blob(3), s.blob(4)});
  });
}

void client_store::link_child(const record_id& parent, const record_id& child) {
  const std::string parent_key = key_of(parent);
  const std::string child_key = key_of(child);
  run("INSERT OR IGNORE INTO links VALUES(?1, ?2)", [&](store::statement& s) {
    s.bind_blob(1, parent_key);
    s.bind_blob(2, child_key);
  });
}

std::vector<record_id> client_store::children_of(const record_id& parent) {
  std::vector<record_id> out;
  const std::string key = key_of(parent);
  each(
      "SELECT child FROM links WHERE parent=?1 ORDER BY child", [&](store::statement& s) { s.bind_blob(1, key); },
      [&](store::statement& s) {
        if (s.blob(0).size() != key_bytes)
          return fail(damaged_key());
        out.push_back(id_of(s.blob(0)));
      });
  return out;
}

// -- snapshot ----------------------------------------------------------------------------------------------------------

void client_store::clear_staging() { run("DELETE FROM staging", nothing); }

void client_store::stage_row(const record_id& id, collection_number collection, std::string_view bytes) {
  const std::string key = key_of(id);
  run("INSERT INTO staging(id, collection, confirmed) VALUES(?1, ?2, ?3)", [&](store::statement& s) {
    s.bind_blob(1, key);
    s.bind(2, collection);
    s.bind_blob(3, bytes);
  });
}

bool client_store::staging_lacks_rows() {
  bool lacks = false;
  each("SELECT 1 FROM rows WHERE confirmed IS NOT NULL AND id NOT IN (SELECT id FROM staging) LIMIT 1", nothing,
       [&](store::statement&) { lacks = true; });
  return lacks;
}

void client_store::swap_in_staging(bool keep_ghosts) {
  if (!keep_ghosts)
    run("DELETE FROM rows", nothing);
  run("DELETE FROM links", nothing);
  run("DELETE FROM keys", nothing);
  run("INSERT OR REPLACE INTO rows(id, collection, confirmed) SELECT id, collection, confirmed FROM staging ORDER BY n",
      nothing);
  run("DELETE FROM staging", nothing);
}

} // namespace squall::client
