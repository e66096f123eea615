#include "engine/server/row_table.hpp"

#include "engine/base/hash.hpp"
#include "engine/server/sql.hpp"
#include "engine/server/store_schema.hpp"
#include "engine/wire/codec.hpp"
#include "engine/wire/message_room.hpp"
#include "engine/wire/serialize.hpp"

namespace squall::server {

namespace {

struct encoded_row {
  std::string state, derived;
};

encoded_row encode(const merge::row& row) {
  wire::message_room room;
  auto& state = room.make<wire::RowState>();
  auto& derived = room.make<wire::RowState>();
  wire::to_wire(row, state);
  for (std::size_t f = 0; f < row.fields.size(); ++f) {
    const merge::cell& cell = row.fields[f];
    if (!cell.writer.null() || kind_of(cell.current) == value_kind::none)
      continue;
    wire::FieldState& out = *derived.add_fields();
    out.set_field(static_cast<std::uint32_t>(f));
    wire::to_wire(cell.current, *out.mutable_value());
  }
  return {wire::serialize(state), wire::serialize(derived)};
}

} // namespace

result<merge::row> row_table::decode(const record_id& id, std::string_view state, std::string_view derived) const {
  const auto corrupt = [&] { return error{errc::corrupt, "the row of " + to_string(id) + " cannot be read"}; };
  wire::message_room room;
  auto& from = room.make<wire::RowState>();
  if (!wire::parse(state, from) || from.collection() >= model_.collections.size())
    return corrupt();
  merge::row row;
  row.fields.resize(model_.collections[from.collection()].fields.size());
  if (!wire::apply(from, row) || row.id != id)
    return corrupt();
  if (derived.empty())
    return row;
  if (!wire::parse(derived, from))
    return corrupt();
  for (const wire::FieldState& f : from.fields()) {
    if (f.field() >= row.fields.size())
      return corrupt();
    row.fields[f.field()].current = wire::from_wire(f.value());
  }
  return row;
}

std::size_t row_table::record_hash::operator()(const record_id& id) const noexcept {
  return mix(static_cast<std::uint64_t>(id.device) << 32 | id.incarnation, id.seq_ordinal);
}

void row_table::remember(stored row) {
  if (known_.size() >= known_max)
    known_.clear();
  const record_id id = row.state.id;
  known_.insert_or_assign(id, std::move(row));
}

result<std::optional<row_table::stored>> row_table::find(const record_id& id) {
  if (const auto known = known_.find(id); known != known_.end())
    return std::optional<stored>{known->second};
  auto found = read(id);
  if (found && *found)
    remember(**found);
  return found;
}

result<std::optional<row_table::stored>> row_table::read(const record_id& id) {
  const std::string key = record_key(id);
  auto s = sql::start(db_, "SELECT number, scope, state, derived FROM rows WHERE id = ?", key);
  if (!s)
    return s.err();
  auto there = s->step();
  if (!there)
    return there.err();
  if (!*there)
    return std::optional<stored>{};
  auto row = decode(id, s->blob(2), s->blob(3));
  if (!row)
    return row.err();
  const scope_id scope{static_cast<std::uint32_t>(s->integer(1))};
  row->scope = scope;
  return std::optional<stored>{stored{sql::unsigned_at(*s, 0), scope, std::move(*row)}};
}

result<void> row_table::insert(scope_id scope, const merge::row& state) {
  const encoded_row bytes = encode(state);
  auto done = sql::run(db_, "INSERT INTO rows(id, scope, state, derived) VALUES(?, ?, ?, ?)", record_key(state.id),
                       scope.value, bytes.state, bytes.derived);
  if (done)
    remember({static_cast<std::uint64_t>(db_.last_inserted()), scope, state});
  return done;
}

result<void> row_table::update(std::uint64_t number, const merge::row& state) {
  const encoded_row bytes = encode(state);
  if (const auto known = known_.find(state.id); known != known_.end())
    known->second.state = state;
  return sql::run(db_, "UPDATE rows SET state = ?, derived = ? WHERE number = ?", bytes.state, bytes.derived, number);
}

result<void> row_table::move(const record_id& id, scope_id to) {
  if (const auto known = known_.find(id); known != known_.end())
    known->second.scope = known->second.state.scope = to;
  return sql::run(db_, "UPDATE rows SET scope = ? WHERE id = ?", to.value, record_key(id));
}

result<void> row_table::erase(const record_id& id) {
  known_.erase(id);
  const std::string key = record_key(id);
  auto done = sql::run(db_, "DELETE FROM rows WHERE id = ?", key);
  if (done)
    done = sql::run(db_, "DELETE FROM orphans WHERE parent = ?", key);
  if (done)
    done = sql::run(db_, "DELETE FROM orphans WHERE child = ?", key);
  return done;
}

result<void> row_table::read(scope_id scope, const std::function<void(const merge::row&)>& sink) {
  return sql::each(sql::start(db_, "SELECT id, state, derived FROM rows WHERE scope = ? ORDER BY id", scope.value),
                   [&](const store::statement& s) -> result<void> {
                     auto row = decode(record_of_key(s.blob(0)), s.blob(1), s.blob(2));
                     if (!row)
                       return row.err();
                     row->scope = scope;
                     sink(*row);
                     return {};
                   });
}

result<void> row_table::read_encoded(scope_id scope, const std::function<result<void>(std::string_view)>& sink) {
  return sql::each(sql::start(db_, "SELECT state FROM rows WHERE scope = ? ORDER BY id", scope.value),
                   [&](const store::statement& s) { return sink(s.blob(0)); });
}

result<void> row_table::add_orphan(const record_id& parent, const record_id& child) {
  return sql::run(db_, "INSERT OR IGNORE INTO orphans(parent, child) VALUES(?, ?)", record_key(parent),
                  record_key(child));
}

result<std::vector<record_id>> row_table::orphans_of(const record_id& parent) {
  const std::string key = record_key(parent);
  return sql::all(sql::start(db_, "SELECT child FROM orphans WHERE parent = ? ORDER BY child", key),
                  [](const store::statement& s) { return record_of_key(s.blob(0)); });
}

namespace {

/// Of a set: each member, with its newest insert.
void append_field(const merge::cell& cell, field_number number, bool set, std::vector<io::field_view>& out) {
  if (!set)
    return out.push_back({number, cell.current, cell.writer});
  for (const merge::set_member& m : merge::members_of(cell))
    if (merge::is_member(m))
      out.push_back({number, m.text, merge::newest(m.inserts).intent});
}

} // namespace

io::row_view view_of(const merge::row& row, const merge::schema& model) {
  io::row_view out{.id = row.id, .collection = row.collection, .deleted = row.deleted, .scope = row.scope};
  if (row.deleted)
    return out;
  const auto& fields = model.collections[row.collection].fields;
  for (std::size_t f = 0; f < row.fields.size(); ++f)
    if (!row.fields[f].writer.null() || fields[f].type == merge::field_type::derived)
      append_field(row.fields[f], static_cast<field_number>(f), fields[f].type == merge::field_type::set, out.fields);
  return out;
}

} // namespace squall::server
