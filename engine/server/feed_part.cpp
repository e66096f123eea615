#include "engine/server/feed_part.hpp"

#include "engine/wire/codec.hpp"
#include "engine/wire/message_room.hpp"
#include "engine/wire/serialize.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <array>

namespace squall::server {

using telemetry::fact;
using telemetry::fact_kind;

namespace {

value_digest digest_of_wire(const wire::Value& v) {
  return v.kind_case() == wire::Value::kText ? digest_of_text(v.text()) : digest_of(wire::from_wire(v));
}

/// One fact for each member of a set, like `field` in all else; false if it has none, or is no set.
bool report_members(std::vector<fact>& out, const wire::FieldState& state, fact field) {
  bool any = false;
  for (const wire::SetMember& m : state.members()) {
    if (m.inserts_size() == 0 || m.erases_size() != 0)
      continue;
    const auto& newest = *std::max_element(m.inserts().begin(), m.inserts().end(),
                                           [](const auto& a, const auto& b) { return a.sequence() < b.sequence(); });
    field.digest = digest_of_text(m.text());
    field.other = wire::from_wire(newest.intent());
    field.sequence = newest.sequence();
    out.push_back(field);
    any = true;
  }
  return any;
}

} // namespace

void report_row(std::vector<fact>& out, const wire::RowState& row) {
  const record_id id = wire::from_wire(row.record());
  const auto collection = static_cast<collection_number>(row.collection());
  fact& f = out.emplace_back();
  f.kind = fact_kind::feed_row;
  f.record = id;
  f.collection = collection;
  f.code = static_cast<std::uint8_t>(row.change());
  for (const wire::FieldState& state : row.fields()) {
    fact field{.kind = fact_kind::feed_field,
               .collection = collection,
               .field = static_cast<field_number>(state.field()),
               .other = wire::from_wire(state.writer()),
               .record = id,
               .sequence = state.sequence(),
               .digest = digest_of_wire(state.value())};
    if (!report_members(out, state, field))
      out.push_back(field);
  }
}

void report_entry(std::vector<fact>& out, const wire::ChangeEntry& entry) {
  fact& f = out.emplace_back();
  f.kind = fact_kind::feed_entry;
  f.intent = wire::from_wire(entry.intent());
  f.sequence = entry.sequence();
  f.from_sequence = entry.previous();
  for (const wire::RowState& row : entry.rows())
    report_row(out, row);
}

// -- feed_part ---------------------------------------------------------------------------------------------------------

void feed_part::add(std::string_view stored, std::span<const fact> about) {
  using google::protobuf::internal::WireFormatLite;
  using google::protobuf::io::CodedOutputStream;
  constexpr std::uint32_t tag =
      WireFormatLite::MakeTag(wire::PullResponse::kEntriesFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  std::array<std::uint8_t, 16> head{};
  auto* end = CodedOutputStream::WriteVarint32ToArray(tag, head.data());
  end = CodedOutputStream::WriteVarint32ToArray(static_cast<std::uint32_t>(stored.size()), end);
  const auto head_bytes = static_cast<std::size_t>(end - head.data());
  entries_.push_back({bytes_.size(), bytes_.size() + head_bytes, facts_.size()});
  bytes_.append(reinterpret_cast<const char*>(head.data()), head_bytes);
  bytes_.append(stored);
  facts_.insert(facts_.end(), about.begin(), about.end());
}

void feed_part::drop_last() {
  bytes_.resize(entries_.back().field);
  facts_.resize(entries_.back().facts);
  entries_.pop_back();
}

std::string_view feed_part::last() const noexcept { return std::string_view(bytes_).substr(entries_.back().body); }

// -- entry_memory ------------------------------------------------------------------------------------------------------

entry_memory::slot& entry_memory::slot_of(std::uint64_t sequence) {
  slots_.resize(entries_max);
  return slots_[sequence % entries_max];
}

void entry_memory::note(scope_id scope, std::uint64_t sequence, const wire::ChangeEntry& entry) {
  slot& at = slot_of(sequence);
  at.sequence = sequence;
  at.scope = scope;
  at.facts.clear();
  report_entry(at.facts, entry);
}

std::span<const fact> entry_memory::facts_of(scope_id scope, std::uint64_t sequence, std::string_view stored) {
  const slot& at = slot_of(sequence);
  if (at.sequence == sequence && at.scope == scope)
    return at.facts;
  wire::message_room room;
  auto& entry = room.make<wire::ChangeEntry>();
  if (!wire::parse(stored, entry))
    return {};
  note(scope, sequence, entry);
  return at.facts;
}

void entry_memory::clear() { slots_.clear(); }

} // namespace squall::server
