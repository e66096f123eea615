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

durable_tasks client_store::load_told() {
  durable_tasks out;
  each("SELECT generation, tasks_through FROM told", nothing, [&](store::statement& s) {
    out = {static_cast<std::uint64_t>(s.integer(0)), static_cast<std::uint64_t>(s.integer(1))};
  });
  return out;
}

void client_store::save_told(const durable_tasks& t) {
  run("UPDATE told SET generation=?1, tasks_through=?2 WHERE one=1", [&](store::statement& s) {
    s.bind(1, static_cast<std::int64_t>(t.generation));
    s.bind(2, static_cast<std::int64_t>(t.through));
  });
}

void client_store::put_task(std::uint64_t task, std::string_view body) {
  run("INSERT OR REPLACE INTO tasks VALUES(?1, ?2, ?3)", [&](store::statement& s) {
    s.bind(1, static_cast<std::int64_t>(task));
    s.bind(2, static_cast<std::int64_t>(content_hash(body)));
    s.bind_blob(3, body);
  });
}

void client_store::clear_tasks() { run("DELETE FROM tasks", nothing); }

void client_store::find_task(std::uint64_t task, const std::function<void(std::string_view)>& sink) {
  each(
      "SELECT hash, body FROM tasks WHERE task=?1",
      [&](store::statement& s) { s.bind(1, static_cast<std::int64_t>(task)); },
      [&](store::statement& s) {
        if (content_hash(s.blob(1)) != static_cast<std::uint64_t>(s.integer(0)))
          return fail({errc::corrupt, "a stored task is damaged"});
        sink(s.blob(1));
      });
}

void client_store::for_each_task(const std::function<void(std::string_view)>& sink) {
  each("SELECT hash, body FROM tasks ORDER BY task", nothing, [&](store::statement& s) {
    if (content_hash(s.blob(1)) != static_cast<std::uint64_t>(s.integer(0)))
      return fail({errc::corrupt, "a stored task is damaged"});
    sink(s.blob(1));
  });
}

} // namespace squall::client
