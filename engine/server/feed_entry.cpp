#include "engine/server/feed_entry.hpp"

#include "engine/base/check.hpp"
#include "engine/telemetry/fact.hpp"
#include "engine/wire/codec.hpp"

#include <algorithm>
#include <vector>

namespace squall::server {

namespace {

void begin_entry(const intent& in, const merge::decision& d, const entry_place& of, wire::ChangeEntry& entry) {
  entry.set_sequence(d.outcome.sequence);
  entry.set_previous(of.previous);
  wire::to_wire(in.id, *entry.mutable_intent());
  wire::to_wire(of.stamp, *entry.mutable_stamp());
}

} // namespace

void fill_exits(const intent& in, const merge::decision& d, unit_of_work& rows, const entry_place& of,
                wire::ChangeEntry& entry) {
  begin_entry(in, d, of, entry);
  for (const record_id& id : d.rows) {
    const merge::row* row = rows.moved(id);
    CHECK(row);
    wire::RowState& out = *entry.add_rows();
    wire::to_wire(id, *out.mutable_record());
    out.set_collection(row->collection);
    out.set_change(static_cast<std::uint32_t>(telemetry::row_change::exit));
  }
}

void fill_entry(const intent& in, const merge::decision& d, unit_of_work& rows, const entry_place& of,
                wire::ChangeEntry& entry) {
  begin_entry(in, d, of, entry);
  std::vector<field_number> only;
  for (const record_id& id : d.rows) {
    only.clear();
    for (const merge::changed_field& c : d.changed)
      if (c.record == id)
        only.push_back(c.field);
    std::sort(only.begin(), only.end());
    only.erase(std::unique(only.begin(), only.end()), only.end());
    const merge::row* row = rows.moved(id);
    const bool came = row != nullptr;
    if (!came)
      row = rows.find(id);
    CHECK(row);
    if (came || rows.revived(id)) // a reader may have forgotten what it looked like
      wire::to_wire(*row, *entry.add_rows());
    else
      wire::to_wire(*row, only, *entry.add_rows());
  }
}

} // namespace squall::server
