// The encoding of rows: all of a row's state but its derived fields.
#include "engine/base/check.hpp"
#include "engine/wire/codec.hpp"

#include <limits>

namespace squall::wire {

namespace {

error corrupt(const char* what) { return {errc::corrupt, what}; }

constexpr std::uint32_t small_max = std::numeric_limits<std::uint16_t>::max();

template <class Marks>
void encode_marks(const std::vector<merge::set_mark>& from, Marks& to) {
  for (const merge::set_mark& m : from) {
    SetMark& out = *to.Add();
    to_wire(m.intent, *out.mutable_intent());
    out.set_sequence(m.sequence);
  }
}

template <class Marks>
std::vector<merge::set_mark> decode_marks(const Marks& from) {
  std::vector<merge::set_mark> out;
  out.reserve(static_cast<std::size_t>(from.size()));
  for (const SetMark& m : from)
    out.push_back({from_wire(m.intent()), m.sequence()});
  return out;
}

void encode_details(const merge::cell_details& from, FieldState& to) {
  if (from.stamp != hlc_stamp{})
    to_wire(from.stamp, *to.mutable_stamp());
  to.set_role(from.role);
  for (const merge::set_member& m : from.members) {
    SetMember& out = *to.add_members();
    out.set_text(m.text);
    encode_marks(m.inserts, *out.mutable_inserts());
    encode_marks(m.erases, *out.mutable_erases());
  }
}

void decode_details(const FieldState& from, merge::cell& to) {
  const hlc_stamp stamp = from_wire(from.stamp());
  if (stamp == hlc_stamp{} && from.role() == 0 && from.members_size() == 0)
    return;
  merge::cell_details& out = to.details.need();
  out.stamp = stamp;
  out.role = static_cast<std::uint8_t>(from.role());
  out.members.reserve(static_cast<std::size_t>(from.members_size()));
  for (const SetMember& m : from.members())
    out.members.push_back({m.text(), decode_marks(m.inserts()), decode_marks(m.erases())});
}

void encode_cell(field_number number, const merge::cell& from, FieldState& to) {
  to.set_field(number);
  if (kind_of(from.current) != value_kind::none)
    to_wire(from.current, *to.mutable_value());
  to_wire(from.writer, *to.mutable_writer());
  to.set_sequence(from.sequence);
  if (from.details)
    encode_details(*from.details.get(), to);
}

void encode_presence(const merge::row& from, RowState& to) {
  to_wire(from.id, *to.mutable_record());
  to.set_collection(from.collection);
  to.set_change(
      static_cast<std::uint32_t>(from.deleted ? telemetry::row_change::deleted : telemetry::row_change::upsert));
  to_wire(from.presence_writer, *to.mutable_presence_writer());
  to.set_presence_sequence(from.presence_sequence);
  to.set_last_sequence(from.last_sequence);
  to.clear_stamp();
  to.clear_stamp_holder();
  if (const merge::record_stamp* held = from.stamp.get()) {
    to_wire(held->stamp, *to.mutable_stamp());
    to_wire(held->holder, *to.mutable_stamp_holder());
  }
}

/// Members ascend, and each has a mark: else two rows that mean the same would differ.
bool in_order(const FieldState& f) {
  for (int i = 0; i < f.members_size(); ++i) {
    const SetMember& m = f.members(i);
    if (m.inserts_size() + m.erases_size() == 0 || (i > 0 && f.members(i - 1).text() >= m.text()))
      return false;
  }
  return f.role() <= std::numeric_limits<std::uint8_t>::max();
}

void decode_presence(const RowState& from, const record_id& id, merge::row& onto) {
  onto.id = id;
  onto.collection = static_cast<collection_number>(from.collection());
  onto.deleted = from.change() == static_cast<std::uint32_t>(telemetry::row_change::deleted);
  onto.presence_writer = from_wire(from.presence_writer());
  onto.presence_sequence = from.presence_sequence();
  onto.last_sequence = from.last_sequence();
  if (from.has_stamp_holder())
    onto.stamp.need() = {from_wire(from.stamp()), from_wire(from.stamp_holder())};
  else
    onto.stamp.reset();
}

} // namespace

void to_wire(const hlc_stamp& from, HlcStamp& to) {
  to.set_wall_ns(from.wall);
  to.set_logical(from.logical);
}

hlc_stamp from_wire(const HlcStamp& from) { return {from.wall_ns(), from.logical()}; }

void to_wire(const merge::row& from, RowState& to) {
  encode_presence(from, to);
  to.clear_fields();
  for (std::size_t f = 0; f < from.fields.size(); ++f)
    if (!from.fields[f].writer.null())
      encode_cell(static_cast<field_number>(f), from.fields[f], *to.add_fields());
}

void to_wire(const merge::row& from, const std::vector<field_number>& only, RowState& to) {
  encode_presence(from, to);
  to.clear_fields();
  for (const field_number f : only) {
    CHECK(f < from.fields.size());
    if (!from.fields[f].writer.null())
      encode_cell(f, from.fields[f], *to.add_fields());
  }
}

result<void> apply(const RowState& from, merge::row& onto) {
  const record_id id = from_wire(from.record());
  if (!onto.id.null() && (id != onto.id || from.collection() != onto.collection))
    return corrupt("a row state of another record");
  if (from.collection() > small_max || from.change() > static_cast<std::uint32_t>(telemetry::row_change::deleted))
    return corrupt("a row state that neither puts nor deletes");
  for (const FieldState& f : from.fields())
    if (f.field() >= onto.fields.size() || f.value().has_sealed() || !in_order(f))
      return corrupt("a field outside the collection, or that this version cannot read");
  decode_presence(from, id, onto);
  for (const FieldState& f : from.fields()) {
    merge::cell& c = onto.fields[f.field()];
    c = {from_wire(f.value()), from_wire(f.writer()), f.sequence()};
    decode_details(f, c);
  }
  return {};
}

} // namespace squall::wire
