#include "engine/client/row_flags.hpp"

#include "engine/client/working_set.hpp"
#include "engine/io/io.hpp"
#include "engine/merge/constraints.hpp"

#include <algorithm>

namespace squall::client {

namespace {

bool live(const merge::row* row) { return row != nullptr && !row->deleted; }

/// Another visible record has a key of `row`, which the server has not confirmed to be this one's.
bool key_taken(const merge::schema& model, client_store& store, working_set& rows, const merge::row& row) {
  const merge::row* confirmed = rows.look(layer::confirmed, row.id);
  for (std::size_t k = 0; k < model.collections[row.collection].unique.size(); ++k) {
    const auto number = merge::key_number(model, row, k);
    if (!number || (live(confirmed) && confirmed->scope == row.scope && merge::same_key(model, *confirmed, row, k)))
      continue;
    const auto holders = store.holders_of(*number);
    const bool taken = std::any_of(holders.begin(), holders.end(), [&](const record_id& id) {
      const merge::row* other = id != row.id ? rows.look(layer::visible, id) : nullptr;
      return live(other) && other->collection == row.collection && other->scope == row.scope &&
             merge::same_key(model, *other, row, k);
    });
    if (taken)
      return true;
  }
  return false;
}

} // namespace

row_flags::row_flags(const merge::schema& model, telemetry::counters& counts) : model_(model), counts_(counts) {
  for (const merge::collection_schema& c : model.collections)
    concerned_.push_back(!c.unique.empty() || merge::has_references(c));
}

std::uint8_t row_flags::of(client_store& store, const record_id& id) const {
  working_set rows(model_, store, nullptr); // looked at only, never written
  const merge::row* row = rows.look(layer::visible, id);
  if (!live(row))
    return 0;
  std::uint8_t flags = 0;
  if (key_taken(model_, store, rows, *row) && !counts_.sabotaged(telemetry::sabotage::taken_key_not_flagged))
    flags |= static_cast<std::uint8_t>(io::row_flag::key_taken);
  const auto references = merge::held_references(model_, *row);
  if (std::any_of(references.begin(), references.end(),
                  [&](const record_id& to) { return !live(rows.look(layer::visible, to)); }))
    flags |= static_cast<std::uint8_t>(io::row_flag::reference_gone);
  return flags;
}

} // namespace squall::client
