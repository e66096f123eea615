#include "actors/system/squall_system.hpp"

#include "engine/server/audit.pb.h"
#include "engine/store/sqlite.hpp"
#include "engine/wire/codec.hpp"
#include "engine/wire/serialize.hpp"

#include <functional>

namespace squall::actors {

namespace {

using kept_connection = std::unique_ptr<store::connection>;

/// One reading of a store. A connection to a place whose content is exchanged goes back to `kept` when all went well.
class reading {
public:
  static result<reading> open(const store_place& place, const std::string& pragmas, kept_connection& kept) {
    if (place.exchanged && kept)
      return reading{std::move(kept), &kept};
    auto db = store::connection::open(
        {.path = place.path, .vfs = place.vfs, .exclusive = !place.exchanged, .pragmas = pragmas});
    return db ? result<reading>(reading{std::move(*db), place.exchanged ? &kept : nullptr}) : result<reading>(db.err());
  }
  reading(reading&&) = default;
  reading& operator=(reading&&) = delete;
  ~reading() {
    if (!db_ || !kept_ || failed_)
      return;
    db_->release_memory(false); // nothing of this content may be taken for the next one's
    *kept_ = std::move(db_);
  }

  result<void> each(const char* sql, std::int64_t parameter, const std::function<void(const store::statement&)>& row) {
    auto done = try_each(sql, parameter, row);
    failed_ = failed_ || !done;
    return done;
  }
  /// A process that died before it had made its tables left none.
  result<bool> made(const char* sql) {
    bool found = false;
    if (auto done = each(sql, -1, [&](const store::statement&) { found = true; }); !done)
      return done.err();
    return found;
  }

private:
  reading(kept_connection db, kept_connection* kept) : db_(std::move(db)), kept_(kept) {}
  result<void> try_each(const char* sql, std::int64_t parameter,
                        const std::function<void(const store::statement&)>& row) {
    auto rows = db_->prepare(sql);
    if (!rows)
      return rows.err();
    if (parameter >= 0)
      rows->bind(1, parameter);
    for (;;) {
      const auto more = rows->step();
      if (!more)
        return more.err();
      if (!*more)
        return {};
      row(*rows);
    }
  }

  kept_connection db_;
  kept_connection* kept_; ///< null: closed afterwards
  bool failed_ = false;
};

stored_intent intent_of(const store::statement& row) {
  return {{static_cast<std::uint32_t>(row.integer(0)), static_cast<std::uint32_t>(row.integer(1)),
           static_cast<std::uint64_t>(row.integer(2))},
          static_cast<verdict_kind>(row.integer(3)),
          static_cast<verdict_rule>(row.integer(4)),
          static_cast<std::uint64_t>(row.integer(5))};
}

/// What is called otherwise than it was, in order of acceptance.
result<void> read_renamed(reading& from, client_reading& out) {
  const auto known = from.made("SELECT 1 FROM sqlite_master WHERE name = 'names'");
  if (!known || !*known)
    return known ? result<void>{} : result<void>{known.err()};
  return from.each(
      "SELECT body, device, was_incarnation, was_seq FROM queue JOIN names USING(incarnation, seq) ORDER BY n", -1,
      [&](const store::statement& row) {
        if (auto content = wire::decode_intent(row.blob(0)); content)
          out.renamed.push_back(
              {{static_cast<std::uint32_t>(row.integer(1)), static_cast<std::uint32_t>(row.integer(2)),
                static_cast<std::uint64_t>(row.integer(3))},
               std::move(*content)});
      });
}

/// Big-endian: device, incarnation, seq_ordinal.
record_id record_at(const store::statement& row, int column) {
  const std::string_view bytes = row.blob(column);
  const auto number = [&](std::size_t from, std::size_t count) {
    std::uint64_t n = 0;
    for (std::size_t i = from; i < from + count && i < bytes.size(); ++i)
      n = n << 8 | static_cast<unsigned char>(bytes[i]);
    return n;
  };
  return {static_cast<std::uint32_t>(number(0, 4)), static_cast<std::uint32_t>(number(4, 4)), number(8, 8)};
}

io::cursor cursor_at(const store::statement& row, int column) {
  return {static_cast<std::uint64_t>(row.integer(column)), static_cast<std::uint64_t>(row.integer(column + 1)),
          static_cast<std::uint32_t>(row.integer(column + 2))};
}

result<void> read_newest(reading& from, client_reading& out) {
  return from.each("SELECT body FROM queue ORDER BY n DESC LIMIT 1", -1, [&](const store::statement& row) {
    if (const auto newest = wire::decode_intent(row.blob(0)); newest) {
      out.newest_context = newest->context;
      out.newest_scope = newest->scope;
      out.newest_stamp = newest->stamp;
    }
  });
}

} // namespace

void squall_system::end_readings() {
  client_reader_.reset();
  server_reader_.reset();
}

result<client_reading> squall_system::read_client(const store_place& place) {
  auto from = reading::open(place, store_pragmas_, client_reader_);
  if (!from)
    return from.err();
  client_reading out;
  const auto made = from->made("SELECT 1 FROM sqlite_master WHERE name = 'queue'");
  if (!made || !*made)
    return made ? result<client_reading>(out) : result<client_reading>(made.err());
  auto done = from->each("SELECT incarnation, generation, sequence, scope_version, offline, grant_changes,"
                         " grant_generation FROM state",
                         -1, [&](const store::statement& row) {
                           out.incarnation = static_cast<std::uint32_t>(row.integer(0));
                           out.at.emplace_back(scope_id{}, cursor_at(row, 1));
                           out.offline = static_cast<io::offline_rule>(row.integer(4));
                           out.grants_version = static_cast<std::uint64_t>(row.integer(5)) + 1;
                           out.grants_generation = static_cast<std::uint64_t>(row.integer(6));
                         });
  if (done)
    done = from->each("SELECT scope, generation, sequence, scope_version FROM scopes ORDER BY scope", -1,
                      [&](const store::statement& row) {
                        const scope_id scope{static_cast<std::uint32_t>(row.integer(0))};
                        out.at.emplace_back(scope, cursor_at(row, 1));
                        if (out.grants_generation > 0)
                          out.held.push_back(scope);
                      });
  if (done)
    done = from->each("SELECT device, incarnation, seq, verdict, 0, sequence FROM queue ORDER BY n", -1,
                      [&](const store::statement& row) { out.queue.push_back(intent_of(row)); });
  if (done)
    done = from->each("SELECT device, incarnation, seq, verdict, rule, 0 FROM surfaced ORDER BY n", -1,
                      [&](const store::statement& row) { out.ended.push_back(intent_of(row)); });
  if (done && !out.queue.empty())
    done = read_newest(*from, out);
  if (done && !out.queue.empty())
    done = read_renamed(*from, out);
  return done ? result<client_reading>(std::move(out)) : result<client_reading>(done.err());
}

result<std::vector<stored_commit>> squall_system::read_commits(const store_place& place, std::uint64_t after) {
  auto from = reading::open(place, store_pragmas_, server_reader_);
  if (!from)
    return from.err();
  std::vector<stored_commit> out;
  const auto made = from->made("SELECT 1 FROM sqlite_master WHERE name = 'log'");
  if (!made || !*made)
    return made ? result<std::vector<stored_commit>>(out) : result<std::vector<stored_commit>>(made.err());
  std::uint64_t generation = 0;
  auto done = from->each("SELECT generation FROM meta", -1,
                         [&](const store::statement& row) { generation = static_cast<std::uint64_t>(row.integer(0)); });
  if (done)
    done = from->each("SELECT incarnation, seq, s, stamp_wall, stamp_logical FROM log WHERE s > ? ORDER BY s",
                      static_cast<std::int64_t>(after), [&](const store::statement& row) {
                        const auto author = static_cast<std::uint64_t>(row.integer(0));
                        out.push_back({{static_cast<std::uint32_t>(author >> 32), static_cast<std::uint32_t>(author),
                                        static_cast<std::uint64_t>(row.integer(1))},
                                       generation,
                                       static_cast<std::uint64_t>(row.integer(2)),
                                       {row.integer(3), static_cast<std::uint32_t>(row.integer(4))}});
                      });
  return done ? result<std::vector<stored_commit>>(std::move(out)) : result<std::vector<stored_commit>>(done.err());
}

result<std::vector<stored_branch>> squall_system::read_branches(const store_place& place, std::uint64_t from_number) {
  auto from = reading::open(place, store_pragmas_, server_reader_);
  if (!from)
    return from.err();
  std::vector<stored_branch> out;
  const auto made = from->made("SELECT 1 FROM sqlite_master WHERE name = 'branches'");
  if (!made || !*made)
    return made ? result<std::vector<stored_branch>>(out) : result<std::vector<stored_branch>>(made.err());
  auto done = from->each("SELECT number, incarnation, seq, branches.task, record, collection, subject FROM branches "
                         "JOIN tasks ON tasks.task = branches.task WHERE number >= ? ORDER BY number",
                         static_cast<std::int64_t>(from_number), [&](const store::statement& row) {
                           const auto author = static_cast<std::uint64_t>(row.integer(1));
                           out.push_back({static_cast<std::uint64_t>(row.integer(0)),
                                          {static_cast<std::uint32_t>(author >> 32), static_cast<std::uint32_t>(author),
                                           static_cast<std::uint64_t>(row.integer(2))},
                                          static_cast<std::uint64_t>(row.integer(3)),
                                          record_at(row, 4),
                                          static_cast<collection_number>(row.integer(5)),
                                          static_cast<field_number>(row.integer(6))});
                         });
  return done ? result<std::vector<stored_branch>>(std::move(out)) : result<std::vector<stored_branch>>(done.err());
}

result<std::vector<stored_fence>> squall_system::read_fences(const store_place& place) {
  auto from = reading::open(place, store_pragmas_, server_reader_);
  if (!from)
    return from.err();
  std::vector<stored_fence> out;
  const auto made = from->made("SELECT 1 FROM sqlite_master WHERE name = 'tombstones'");
  if (!made || !*made)
    return made ? result<std::vector<stored_fence>>(out) : result<std::vector<stored_fence>>(made.err());
  auto done = from->each(
      "SELECT scope, fence FROM scopes WHERE fence > 0 ORDER BY scope", -1, [&](const store::statement& row) {
        out.push_back({{static_cast<std::uint32_t>(row.integer(0))}, static_cast<std::uint64_t>(row.integer(1))});
      });
  return done ? result<std::vector<stored_fence>>(std::move(out)) : result<std::vector<stored_fence>>(done.err());
}

result<stored_grants> squall_system::read_grants(const store_place& place) {
  auto from = reading::open(place, store_pragmas_, server_reader_);
  if (!from)
    return from.err();
  stored_grants out;
  const auto made = from->made("SELECT 1 FROM sqlite_master WHERE name = 'grant_versions'");
  if (!made || !*made)
    return made ? result<stored_grants>(out) : result<stored_grants>(made.err());
  auto done =
      from->each("SELECT user, scope, role FROM grants ORDER BY user, scope", -1, [&](const store::statement& row) {
        out.held.push_back({static_cast<std::uint32_t>(row.integer(0)),
                            {{static_cast<std::uint32_t>(row.integer(1))}, static_cast<std::uint8_t>(row.integer(2))}});
      });
  if (done)
    done = from->each("SELECT user, version FROM grant_versions ORDER BY user", -1, [&](const store::statement& row) {
      out.versions.emplace_back(static_cast<std::uint32_t>(row.integer(0)), static_cast<std::uint64_t>(row.integer(1)));
    });
  return done ? result<stored_grants>(std::move(out)) : result<stored_grants>(done.err());
}

result<std::vector<stored_verdicts>> squall_system::read_verdicts(const store_place& place) {
  auto from = reading::open(place, store_pragmas_, server_reader_);
  if (!from)
    return from.err();
  std::vector<stored_verdicts> out;
  const auto made = from->made("SELECT 1 FROM sqlite_master WHERE name = 'verdicts'");
  if (!made || !*made)
    return made ? result<std::vector<stored_verdicts>>(out) : result<std::vector<stored_verdicts>>(made.err());
  auto done = from->each(
      "SELECT incarnation, count(*), max(seq) FROM verdicts GROUP BY incarnation ORDER BY incarnation", -1,
      [&](const store::statement& row) {
        const auto author = static_cast<std::uint64_t>(row.integer(0));
        out.push_back({static_cast<std::uint32_t>(author >> 32), static_cast<std::uint32_t>(author),
                       static_cast<std::uint64_t>(row.integer(1)), static_cast<std::uint64_t>(row.integer(2))});
      });
  return done ? result<std::vector<stored_verdicts>>(std::move(out)) : result<std::vector<stored_verdicts>>(done.err());
}

result<std::optional<std::vector<stored_judgement>>> squall_system::read_audit(const store_place& place) {
  auto from = reading::open(place, store_pragmas_, server_reader_);
  if (!from)
    return from.err();
  std::vector<stored_judgement> out;
  const auto made = from->made("SELECT 1 FROM sqlite_master WHERE name = 'audit'");
  if (!made)
    return made.err();
  bool readable = true;
  result<void> done;
  if (*made)
    done = from->each(
        "SELECT s, 0, s, incarnation, seq, stamp_wall, stamp_logical, audit FROM log WHERE length(audit) > 0 "
        "UNION ALL SELECT after, 1, n, 0, 0, 0, 0, note FROM audit WHERE kind = 0 ORDER BY 1, 2, 3",
        -1, [&](const store::statement& row) {
          squall::server::AuditNote note;
          readable = readable && wire::parse(row.blob(7), note);
          const auto author = static_cast<std::uint64_t>(row.integer(3));
          stored_judgement one{.decision = wire::from_wire(note.decision())};
          if (row.integer(1) == 0) {
            one.id = {static_cast<std::uint32_t>(author >> 32), static_cast<std::uint32_t>(author),
                      static_cast<std::uint64_t>(row.integer(4))};
            one.stamp = {row.integer(5), static_cast<std::uint32_t>(row.integer(6))};
            one.decision.sequence = static_cast<std::uint64_t>(row.integer(0));
          } else {
            one.id = wire::from_wire(note.id());
            one.stamp = wire::from_wire(note.stamp());
          }
          out.push_back(std::move(one));
        });
  if (!done)
    return done.err();
  if (!readable)
    return error{errc::corrupt, "an audit record cannot be read"};
  return std::optional{std::move(out)};
}

} // namespace squall::actors
