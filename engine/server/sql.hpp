// Binding and running a statement in one line. The arguments must outlive the returned statement: blobs are not copied.
#pragma once

#include "engine/store/sqlite.hpp"

#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace squall::server::sql {

inline void bind_one(store::statement& s, int at, std::int64_t v) { s.bind(at, v); }
inline void bind_one(store::statement& s, int at, std::uint64_t v) { s.bind(at, static_cast<std::int64_t>(v)); }
inline void bind_one(store::statement& s, int at, std::uint32_t v) { s.bind(at, static_cast<std::int64_t>(v)); }
inline void bind_one(store::statement& s, int at, int v) { s.bind(at, v); }
inline void bind_one(store::statement& s, int at, std::string_view v) { s.bind_blob(at, v); }

/// The statement of the literal `text`, bound and ready to step.
template <class... Args>
result<store::statement> start(store::connection& db, const char* text, const Args&... args) {
  auto s = db.prepare(text);
  if (s) {
    [[maybe_unused]] int at = 0;
    (bind_one(*s, ++at, args), ...);
  }
  return s;
}

/// Runs a statement that returns no rows.
template <class... Args>
result<void> run(store::connection& db, const char* text, const Args&... args) {
  auto s = start(db, text, args...);
  if (!s)
    return s.err();
  return s->run();
}

inline std::uint64_t unsigned_at(const store::statement& s, int column) {
  return static_cast<std::uint64_t>(s.integer(column));
}

/// The first column of the only row, or `otherwise` if there is no row or it is null.
template <class... Args>
result<std::uint64_t> number(store::connection& db, std::uint64_t otherwise, const char* text, const Args&... args) {
  auto s = start(db, text, args...);
  if (!s)
    return s.err();
  auto row = s->step();
  if (!row)
    return row.err();
  return *row && !s->is_null(0) ? unsigned_at(*s, 0) : otherwise;
}

/// Calls `row` with the statement at each of its rows; it returns nothing, or a `result<void>` of which an error ends it all.
template <class Row>
result<void> each(result<store::statement> from, Row&& row) {
  if (!from)
    return from.err();
  for (;;) {
    auto there = from->step();
    if (!there)
      return there.err();
    if (!*there)
      return {};
    if constexpr (std::is_void_v<decltype(row(*from))>)
      row(*from);
    else if (auto taken = row(*from); !taken)
      return taken;
  }
}

/// What `read` makes of each row.
template <class Read>
auto all(result<store::statement> from, Read&& read) -> result<std::vector<decltype(read(*from))>> {
  std::vector<decltype(read(*from))> out;
  auto done = each(std::move(from), [&](const store::statement& s) { out.push_back(read(s)); });
  if (!done)
    return done.err();
  return out;
}

} // namespace squall::server::sql
