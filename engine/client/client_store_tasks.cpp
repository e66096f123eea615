#include "engine/base/hash.hpp"
#include "engine/client/client_store.hpp"
#include "engine/client/row_codec.hpp"

namespace squall::client {

// -- keys --------------------------------------------------------------------------------------------------------------

void client_store::put_key(std::uint64_t number, const record_id& id) {
  const std::string key = key_of(id);
  run("INSERT OR IGNORE INTO keys VALUES(?1, ?2)", [&](store::statement& s) {
    s.bind(1, static_cast<std::int64_t>(number));
    s.bind_blob(2, key);
  });
}

void client_store::erase_key(std::uint64_t number, const record_id& id) {
  const std::string key = key_of(id);
  run("DELETE FROM keys WHERE number=?1 AND id=?2", [&](store::statement& s) {
    s.bind(1, static_cast<std::int64_t>(number));
    s.bind_blob(2, key);
  });
}

std::vector<record_id> client_store::holders_of(std::uint64_t number) {
  std::vector<record_id> out;
  each(
      "SELECT id FROM keys WHERE number=?1 ORDER BY id",
      [&](store::statement& s) { s.bind(1, static_cast<std::int64_t>(number)); },
      [&](store::statement& s) {
        if (s.blob(0).size() != key_bytes)
          return fail({errc::corrupt, "a stored record's id is damaged"});
        out.push_back(id_of(s.blob(0)));
      });
  return out;
}

// -- tasks -------------------------------------------------------------------------------------------------------------

void client_store::put_task(const task_place& at, std::string_view body) {
  run("INSERT OR REPLACE INTO tasks VALUES(?1, ?2, ?3, ?4)", [&](store::statement& s) {
    s.bind(1, static_cast<std::int64_t>(at.task));
    s.bind(2, static_cast<std::int64_t>(content_hash(body)));
    s.bind_blob(3, body);
    s.bind(4, at.scope.value);
  });
}

void client_store::clear_tasks(scope_id scope) {
  run("DELETE FROM tasks WHERE scope=?1", [&](store::statement& s) { s.bind(1, scope.value); });
}

void client_store::find_task(std::uint64_t task, const task_sink& sink) {
  each(
      "SELECT hash, body, scope FROM tasks WHERE task=?1",
      [&](store::statement& s) { s.bind(1, static_cast<std::int64_t>(task)); },
      [&](store::statement& s) {
        if (content_hash(s.blob(1)) != static_cast<std::uint64_t>(s.integer(0)))
          return fail({errc::corrupt, "a stored task is damaged"});
        sink({static_cast<std::uint32_t>(s.integer(2))}, s.blob(1));
      });
}

void client_store::for_each_task(const task_sink& sink) {
  each("SELECT hash, body, scope FROM tasks ORDER BY task", nothing, [&](store::statement& s) {
    if (content_hash(s.blob(1)) != static_cast<std::uint64_t>(s.integer(0)))
      return fail({errc::corrupt, "a stored task is damaged"});
    sink({static_cast<std::uint32_t>(s.integer(2))}, s.blob(1));
  });
}

} // namespace squall::client
