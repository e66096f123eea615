#include "tests/faults/crash_explorer.hpp"

#include "engine/base/hash.hpp"
#include "engine/base/keyed_draw.hpp"

namespace squall::faults::testing {
namespace {

constexpr std::uint32_t image_disk = 0;
constexpr std::uint32_t run_disk = 1;
constexpr const char* whole_table = "SELECT id, length(body), hex(substr(body, 1, 8)) FROM t ORDER BY id";

std::string body(keyed_stream& s) {
  // Now and then a row that spills over pages.
  const std::uint64_t length = s.happens(120'000) ? 900 + s.below(1500) : 8 + s.below(180);
  return std::string(1, static_cast<char>('a' + s.below(26))) + std::to_string(s.next()) +
         std::string(length, static_cast<char>('a' + s.below(26)));
}

/// The statements of a shape's transactions: what kind, how many rows and how large are drawn by the shape's number.
std::vector<std::vector<std::string>> transactions_of(std::uint64_t seed, std::uint32_t shape) {
  keyed_stream s({seed, draw_domain::plan, mix(7, shape)});
  std::vector<std::vector<std::string>> all(1 + s.below(3));
  for (auto& statements : all)
    for (std::uint64_t n = 1 + s.below(s.happens(150'000) ? 30 : 4); n > 0; --n) {
      const std::string id = std::to_string(1 + s.below(60));
      if (s.happens(150'000))
        statements.push_back("DELETE FROM t WHERE id=" + id);
      else
        statements.push_back("INSERT OR REPLACE INTO t(id, body) VALUES(" + id + ",'" + body(s) + "')");
    }
  return all;
}

} // namespace

crash_explorer::crash_explorer(world w) : world_(w), disks_(w.seed) {
  disk& image = disks_.add(image_disk, w.disk);
  database db(image_disk, w.settings);
  CHECK(db.run("CREATE TABLE t(id INTEGER PRIMARY KEY, body TEXT NOT NULL); CREATE INDEX by_body ON t(body)"));
  keyed_stream s({w.seed, draw_domain::plan, 3});
  for (int i = 1; i <= 40; ++i)
    CHECK(db.run("INSERT INTO t(id, body) VALUES(" + std::to_string(i) + ",'" + body(s) + "')"));
  db.close();
  image.sync_all();
}

crash_explorer::outcome crash_explorer::run_shape(std::uint32_t shape, disk& on, std::uint64_t crash_at,
                                                  crash_moment moment) {
  disks_.set_current(run_disk, shape);
  outcome o;
  database db(run_disk, world_.settings);
  const std::uint64_t before = on.counters().mutating();
  if (crash_at != 0)
    on.arm_crash(crash_at, moment);
  for (const auto& statements : transactions_of(world_.seed, shape)) {
    bool good = db.run("BEGIN IMMEDIATE");
    for (const std::string& sql : statements)
      good = good && db.run(sql);
    if (good && !db.run("COMMIT"))
      o.in_doubt = true;
    if (!good || o.in_doubt)
      break;
    ++o.committed;
  }
  db.close();
  o.crashed = on.frozen();
  o.operations = on.counters().mutating() - before;
  return o;
}

std::vector<std::string> crash_explorer::states_of(std::uint32_t shape, std::uint64_t& operations) {
  disk& d = disks_.add_clone(run_disk, disks_.at(image_disk));
  const outcome whole = run_shape(shape, d, 0, crash_moment::during);
  operations = whole.operations;
  CHECK(whole.committed == transactions_of(world_.seed, shape).size());

  std::vector<std::string> states;
  disks_.add_clone(run_disk, disks_.at(image_disk));
  database db(run_disk, world_.settings);
  states.push_back(db.rows(whole_table));
  for (const auto& statements : transactions_of(world_.seed, shape)) {
    for (const std::string& sql : statements)
      CHECK(db.run(sql));
    states.push_back(db.rows(whole_table));
  }
  return states;
}

std::string crash_explorer::recovered_state(std::uint64_t crash_key, exploration& found) {
  // One crash in four is followed by another, while SQLite recovers.
  if (const std::uint64_t again = mix(crash_key, 1); again % 4 == 0) {
    disk& d = disks_.at(run_disk);
    d.arm_crash(1 + again / 4 % 6, static_cast<crash_moment>(again / 32 % 3));
    {
      database db(run_disk, world_.settings);
      db.rows(whole_table);
    }
    if (d.frozen()) {
      ++found.crashed_again;
      d.crash({world_.seed, again});
    }
    d.disarm_crash();
  }
  database db(run_disk, world_.settings);
  const std::string intact = db.rows("PRAGMA integrity_check");
  if (intact != "ok|")
    return "integrity: " + intact + " rc " + std::to_string(db.rc());
  const std::string state = db.rows(whole_table);
  return db.rc() == SQLITE_OK ? state : "unreadable: rc " + std::to_string(db.rc());
}

void crash_explorer::explore_point(std::uint32_t shape, std::uint64_t operation, crash_moment moment,
                                   const std::vector<std::string>& states, exploration& found) {
  disk& d = disks_.add_clone(run_disk, disks_.at(image_disk));
  const outcome o = run_shape(shape, d, operation, moment);
  CHECK(o.crashed);
  const std::uint64_t key = mix(mix(shape, operation), static_cast<std::uint64_t>(moment));
  d.crash({world_.seed, key});
  const std::string state = recovered_state(key, found);
  ++found.points;
  if (o.in_doubt && state == states[o.committed + 1]) {
    ++found.in_doubt_kept;
  } else if (state == states[o.committed]) {
    found.in_doubt_gone += o.in_doubt;
  } else {
    if (found.broken++ == 0)
      found.first_broken = "shape " + std::to_string(shape) + ", operation " + std::to_string(operation) + ", moment " +
                           std::to_string(static_cast<int>(moment)) + ", " + std::to_string(o.committed) +
                           " committed: " + state.substr(0, 120);
  }
}

exploration crash_explorer::explore(std::uint32_t first, std::uint32_t count, std::uint32_t stride) {
  exploration found;
  std::uint64_t number = 0;
  for (std::uint32_t shape = first; shape < first + count; ++shape) {
    std::uint64_t operations = 0;
    const std::vector<std::string> states = states_of(shape, operations);
    for (std::uint64_t op = 1; op <= operations; ++op)
      for (const auto moment : {crash_moment::before, crash_moment::during, crash_moment::after})
        if (number++ % stride == 0)
          explore_point(shape, op, moment, states, found);
  }
  return found;
}

} // namespace squall::faults::testing
