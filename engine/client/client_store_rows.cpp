#include "engine/client/client_store.hpp"
#include "engine/client/row_codec.hpp"

namespace squall::client {

namespace {

/// 0 where there is none.
scope_id scope_at(const store::statement& s, int column) { return {static_cast<std::uint32_t>(s.integer(column))}; }

} // namespace

// -- rows --------------------------------------------------------------------------------------------------------------

void client_store::find_row(const record_id& id, const std::function<void(const stored_row&)>& sink) {
  const std::string key = key_of(id);
  each(
      "SELECT n, collection, confirmed, visible, scope, shown_in FROM rows WHERE id=?1",
      [&](store::statement& s) { s.bind_blob(1, key); },
      [&](store::statement& s) {
        sink({s.integer(0), id, static_cast<collection_number>(s.integer(1)), s.blob(2), s.blob(3), 0, scope_at(s, 4),
              scope_at(s, 5)});
      });
}

std::int64_t client_store::put_row(const stored_row& row) {
  const auto bind_states = [&](store::statement& s, int at) {
    row.confirmed.empty() ? s.bind_null(at) : s.bind_blob(at, row.confirmed);
    row.visible.empty() ? s.bind_null(at + 1) : s.bind_blob(at + 1, row.visible);
  };
  const auto bind_place = [&](store::statement& s, int at) {
    row.buried == 0 ? s.bind_null(at) : s.bind(at, static_cast<std::int64_t>(row.buried));
    s.bind(at + 1, row.scope.value);
    row.shown_in.value == 0 ? s.bind_null(at + 2) : s.bind(at + 2, row.shown_in.value);
  };
  if (row.n != 0 && row.in_place) { // nearly all: no index is touched
    run("UPDATE rows SET confirmed=?2, visible=?3 WHERE n=?1", [&](store::statement& s) {
      s.bind(1, row.n);
      bind_states(s, 2);
    });
    return row.n;
  }
  if (row.n != 0) {
    run("UPDATE rows SET confirmed=?2, visible=?3, buried=?4, scope=?5, shown_in=?6 WHERE n=?1",
        [&](store::statement& s) {
          s.bind(1, row.n);
          bind_states(s, 2);
          bind_place(s, 4);
        });
    return row.n;
  }
  const std::string key = key_of(row.id);
  run("INSERT INTO rows(id, collection, confirmed, visible, buried, scope, shown_in) VALUES(?1, ?2, ?3, ?4, ?5, ?6, "
      "?7)",
      [&](store::statement& s) {
        s.bind_blob(1, key);
        s.bind(2, row.collection);
        bind_states(s, 3);
        bind_place(s, 5);
      });
  return db_->last_inserted();
}

void client_store::erase_row(std::int64_t n) {
  run("DELETE FROM rows WHERE n=?1", [&](store::statement& s) { s.bind(1, n); });
}

void client_store::for_each_row(const std::function<void(const stored_row&)>& sink) {
  each("SELECT n, id, collection, confirmed, visible, scope, shown_in FROM rows ORDER BY id", nothing,
       [&](store::statement& s) {
         if (s.blob(1).size() != key_bytes)
           return fail(damaged_key());
         sink({s.integer(0), id_of(s.blob(1)), static_cast<collection_number>(s.integer(2)), s.blob(3), s.blob(4), 0,
               scope_at(s, 5), scope_at(s, 6)});
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

// -- forgetting --------------------------------------------------------------------------------------------------------

std::vector<record_id> client_store::buried_through(scope_id scope, std::uint64_t through) {
  std::vector<record_id> out;
  each(
      "SELECT id FROM rows WHERE buried IS NOT NULL AND buried <= ?1 AND scope = ?2 ORDER BY buried, id",
      [&](store::statement& s) {
        s.bind(1, static_cast<std::int64_t>(through));
        s.bind(2, scope.value);
      },
      [&](store::statement& s) {
        if (s.blob(0).size() != key_bytes)
          return fail(damaged_key());
        out.push_back(id_of(s.blob(0)));
      });
  return out;
}

void client_store::forget_rows(const std::vector<record_id>& ids) {
  for (const record_id& id : ids) {
    const std::string key = key_of(id);
    run("DELETE FROM rows WHERE id=?1", [&](store::statement& s) { s.bind_blob(1, key); });
    run("DELETE FROM links WHERE parent=?1", [&](store::statement& s) { s.bind_blob(1, key); });
  }
  // By child they are not found but by looking at all: once for many.
  run("DELETE FROM links WHERE child NOT IN (SELECT id FROM rows)", nothing);
}

/// Rows of a store whose version did not know when a record was deleted.
void client_store::note_buried() {
  std::vector<std::pair<std::int64_t, std::int64_t>> found;
  for_each_row([&](const stored_row& from) {
    merge::row row;
    row.id = from.id;
    if (from.confirmed.empty())
      return;
    if (auto done = decode_row(from.confirmed, row); !done)
      return fail(done.err());
    if (row.deleted)
      found.emplace_back(from.n, static_cast<std::int64_t>(row.presence_sequence));
  });
  for (const auto& [n, when] : found)
    run("UPDATE rows SET buried=?2 WHERE n=?1", [number = n, since = when](store::statement& s) {
      s.bind(1, number);
      s.bind(2, since);
    });
}

} // namespace squall::client
