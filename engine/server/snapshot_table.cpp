#include "engine/server/snapshot_table.hpp"

#include "engine/server/sql.hpp"
#include "engine/wire/serialize.hpp"

#include <algorithm>
#include <vector>

namespace squall::server {

using telemetry::probe;

namespace {

error unreadable() { return {errc::corrupt, "a stored snapshot page or row cannot be read"}; }

std::optional<snapshot_info> info_of(const store::statement& s) {
  return snapshot_info{sql::unsigned_at(s, 0),
                       sql::unsigned_at(s, 1),
                       static_cast<std::uint32_t>(s.integer(2)),
                       {s.integer(3), static_cast<std::uint32_t>(s.integer(4))}};
}

} // namespace

result<std::optional<snapshot_info>> snapshot_table::newest(scope_id scope) {
  auto s = sql::start(db_,
                      "SELECT id, s, pages, stamp_wall, stamp_logical FROM snapshots WHERE scope = ? "
                      "ORDER BY id DESC LIMIT 1",
                      scope.value);
  if (!s)
    return s.err();
  auto there = s->step();
  if (!there)
    return there.err();
  return *there ? info_of(*s) : std::nullopt;
}

result<std::optional<snapshot_info>> snapshot_table::find(std::uint64_t id, scope_id scope) {
  auto s = sql::start(db_, "SELECT id, s, pages, stamp_wall, stamp_logical FROM snapshots WHERE id = ? AND scope = ?",
                      id, scope.value);
  if (!s)
    return s.err();
  auto there = s->step();
  if (!there)
    return there.err();
  return *there ? info_of(*s) : std::nullopt;
}

result<snapshot_info> snapshot_table::at_head(scope_id scope, const point& at) {
  auto last = newest(scope);
  if (!last)
    return last.err();
  if (*last && (*last)->sequence == at.head) {
    counts_.hit(probe::snapshot_reused);
    return **last;
  }
  if (*last && counts_.sabotaged(telemetry::sabotage::snapshot_cursor_at_end)) {
    if (auto relabelled = sql::run(db_, "UPDATE snapshots SET s = ? WHERE id = ?", at.head, (*last)->id); !relabelled)
      return relabelled.err();
    return snapshot_info{(*last)->id, at.head, (*last)->pages, at.greatest};
  }
  counts_.hit(probe::snapshot_made);
  return make(scope, at);
}

result<snapshot_info> snapshot_table::make(scope_id scope, const point& at) {
  auto transaction = store::transaction::begin(db_);
  if (!transaction)
    return transaction.err();
  // The newest snapshot of all is never dropped before a newer one is made: numbers are not used again.
  auto id = sql::number(db_, 1, "SELECT max(id) + 1 FROM snapshots");
  if (!id)
    return id.err();
  auto pages = write_pages(scope, *id);
  if (!pages)
    return pages.err();
  if (auto put = sql::run(db_,
                          "INSERT INTO snapshots(id, scope, s, pages, stamp_wall, stamp_logical) "
                          "VALUES(?, ?, ?, ?, ?, ?)",
                          *id, scope.value, at.head, *pages, at.greatest.wall, at.greatest.logical);
      !put)
    return put.err();
  if (auto dropped = drop_old(scope); !dropped)
    return dropped.err();
  if (auto committed = transaction->commit(); !committed)
    return committed.err();
  return snapshot_info{*id, at.head, *pages, at.greatest};
}

result<std::uint32_t> snapshot_table::write_pages(scope_id scope, std::uint64_t id) {
  std::uint32_t pages = 0;
  wire::SnapshotResponse page;
  const auto flush = [&] {
    const std::string content = wire::serialize(page);
    page.Clear();
    return sql::run(db_, "INSERT INTO snapshot_pages(snapshot, page, content) VALUES(?, ?, ?)", id, pages++, content);
  };
  auto read = rows_.read_encoded(scope, [&](std::string_view row) -> result<void> {
    if (page.rows_size() == static_cast<int>(settings_.page_rows))
      if (auto done = flush(); !done)
        return done;
    if (!wire::parse(row, *page.add_rows()))
      return unreadable();
    return {};
  });
  if (!read)
    return read.err();
  if (auto done = flush(); !done)
    return done.err();
  return pages;
}

result<void> snapshot_table::drop_old(scope_id scope) {
  auto oldest = sql::number(db_, 0, "SELECT id FROM snapshots WHERE scope = ? ORDER BY id DESC LIMIT 1 OFFSET ?",
                            scope.value, settings_.kept - 1);
  if (!oldest)
    return oldest.err();
  if (auto done = sql::run(db_,
                           "DELETE FROM snapshot_pages WHERE snapshot IN "
                           "(SELECT id FROM snapshots WHERE scope = ? AND id < ?)",
                           scope.value, *oldest);
      !done)
    return done;
  return sql::run(db_, "DELETE FROM snapshots WHERE scope = ? AND id < ?", scope.value, *oldest);
}

result<void> snapshot_table::read_page(const snapshot_info& snapshot, std::uint32_t page,
                                       wire::SnapshotResponse& into) {
  CHECK(page < snapshot.pages);
  auto s = sql::start(db_, "SELECT content FROM snapshot_pages WHERE snapshot = ? AND page = ?", snapshot.id, page);
  if (!s)
    return s.err();
  auto there = s->step();
  if (!there)
    return there.err();
  wire::SnapshotResponse stored;
  if (!*there || !wire::parse(s->blob(0), stored))
    return unreadable();
  into.mutable_rows()->Swap(stored.mutable_rows());
  return {};
}

result<void> snapshot_table::read_live(scope_id scope, std::uint32_t page, wire::SnapshotResponse& into) {
  std::vector<wire::RowState> rows;
  auto read = rows_.read_encoded(scope, [&](std::string_view row) -> result<void> {
    return wire::parse(row, rows.emplace_back()) ? result<void>{} : result<void>{unreadable()};
  });
  if (!read)
    return read;
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.last_sequence() > b.last_sequence(); });
  const std::size_t from = std::size_t{page} * settings_.page_rows;
  for (std::size_t i = from; i < rows.size() && i < from + settings_.page_rows; ++i)
    into.add_rows()->Swap(&rows[i]);
  return {};
}

} // namespace squall::server
