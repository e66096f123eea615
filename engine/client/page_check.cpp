#include "engine/client/page_check.hpp"

#include "engine/client/task_book.hpp"
#include "engine/telemetry/fact.hpp"

#include <algorithm>

namespace squall::client {

io::cursor from_wire(const wire::Cursor& from) { return {from.generation(), from.sequence(), from.scope_version()}; }

void to_wire(const io::cursor& from, wire::Cursor& to) {
  to.set_generation(from.generation);
  to.set_sequence(from.sequence);
  to.set_scope_version(from.scope_version);
}

bool readable(const wire::RowState& row, const merge::schema& model) {
  if (row.change() == static_cast<std::uint32_t>(telemetry::row_change::exit))
    return true;
  if (row.change() > static_cast<std::uint32_t>(telemetry::row_change::exit) ||
      row.collection() >= model.collections.size() || row.record().seq_ordinal() == 0)
    return false;
  const std::size_t fields = model.collections[row.collection()].fields.size();
  return std::all_of(row.fields().begin(), row.fields().end(),
                     [&](const wire::FieldState& f) { return f.field() < fields && !f.value().has_sealed(); });
}

namespace {

bool chained(const wire::PullResponse& page, const durable_scope& state) {
  std::uint64_t last = state.at.sequence;
  bool first = true;
  for (const wire::ChangeEntry& e : page.entries()) {
    const bool follows = !first              ? e.previous() == last
                         : state.entry_known ? e.previous() == state.last_entry
                                             : e.previous() <= state.at.sequence;
    if (!follows || e.sequence() <= last)
      return false;
    last = e.sequence();
    first = false;
  }
  return page.next().sequence() >= last;
}

} // namespace

page_fault check_page(const wire::PullResponse& page, const durable_scope& state, const merge::schema& model) {
  // Who has nothing asks from the beginning of whatever generation there is.
  const bool beginning = state.at == io::cursor{};
  if (from_wire(page.from()) != state.at || (!beginning && page.next().generation() != state.at.generation))
    return page_fault::another_cursor;
  if (!chained(page, state))
    return page_fault::broken_chain;
  for (const wire::ChangeEntry& e : page.entries())
    for (const wire::RowState& row : e.rows())
      if (!readable(row, model))
        return page_fault::unreadable;
  for (const wire::TaskState& task : page.tasks())
    if (!readable(task, model))
      return page_fault::unreadable;
  return page_fault::none;
}

} // namespace squall::client
