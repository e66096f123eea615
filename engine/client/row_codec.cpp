#include "engine/client/row_codec.hpp"

#include "engine/base/check.hpp"
#include "engine/base/hash.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace squall::client {

namespace {

constexpr std::size_t checksum_bytes = 4;
constexpr std::uint64_t fields_max = 1u << 16;

// A cell's first byte: the value's kind, whether anybody wrote it, and whether its rule keeps more.
constexpr std::uint8_t written_bit = 4;
constexpr std::uint8_t details_bit = 8;

// A row's first byte.
constexpr std::uint8_t deleted_bit = 1;
constexpr std::uint8_t stamp_bit = 2;

std::uint32_t checksum(std::string_view bytes, const record_id& id) {
  // Seeded by the id, so that one record's bytes do not pass for another's.
  return static_cast<std::uint32_t>(content_hash(bytes, mix(id.device ^ id.seq_ordinal, id.incarnation)));
}

// -- writing -----------------------------------------------------------------------------------------------------------

constexpr std::size_t varint_bytes_max = 10;
/// Of all that a cell's bytes hold beside a text: its first byte, a value of up to three numbers, a writer, a sequence.
constexpr std::size_t cell_bytes_max = 1 + 7 * varint_bytes_max;
/// Of what stands before the cells.
constexpr std::size_t head_bytes_max = 1 + 11 * varint_bytes_max;
/// Of an insert's or erase's mark, and of a cell's details beside their members.
constexpr std::size_t mark_bytes_max = 4 * varint_bytes_max;
constexpr std::size_t details_bytes_max = 1 + 3 * varint_bytes_max;

std::size_t bytes_at_most(const merge::cell_details& d) {
  std::size_t most = details_bytes_max;
  for (const merge::set_member& m : d.members)
    most += m.text.size() + 3 * varint_bytes_max + (m.inserts.size() + m.erases.size()) * mark_bytes_max;
  return most;
}

std::size_t bytes_at_most(const merge::row& row) {
  std::size_t most = head_bytes_max + checksum_bytes + row.fields.size() * cell_bytes_max;
  for (const merge::cell& c : row.fields) {
    if (const auto* text = std::get_if<std::string>(&c.current))
      most += text->size();
    if (c.details)
      most += bytes_at_most(*c.details.get());
  }
  return most;
}

/// Writes on from `at`, where there is room.
struct writer {
  char* at;

  void byte(std::uint8_t b) { *at++ = static_cast<char>(b); }
  void varint(std::uint64_t v) {
    for (; v >= 0x80; v >>= 7)
      byte(static_cast<std::uint8_t>(v | 0x80));
    byte(static_cast<std::uint8_t>(v));
  }
  void signed_varint(std::int64_t n) {
    varint(static_cast<std::uint64_t>(n) << 1 ^ static_cast<std::uint64_t>(n >> 63));
  }
  // Shifted by one: a pending write's position, the greatest number, costs one byte.
  void sequence(std::uint64_t s) { varint(s + 1); }
  void intent(const intent_id& id) {
    varint(id.device);
    varint(id.incarnation);
    varint(id.seq);
  }
  void text(std::string_view bytes) {
    varint(bytes.size());
    at = std::copy(bytes.begin(), bytes.end(), at);
  }
  void stamp(const hlc_stamp& s) {
    signed_varint(s.wall);
    varint(s.logical);
  }
  void marks(const std::vector<merge::set_mark>& all) {
    varint(all.size());
    for (const merge::set_mark& m : all) {
      intent(m.intent);
      sequence(m.sequence);
    }
  }
};

void put_value(writer& out, const value& v) {
  switch (kind_of(v)) {
    case value_kind::none: break;
    case value_kind::integer: out.signed_varint(std::get<std::int64_t>(v)); break;
    case value_kind::text: out.text(std::get<std::string>(v)); break;
    case value_kind::reference: {
      const auto& id = std::get<record_id>(v);
      out.varint(id.device);
      out.varint(id.incarnation);
      out.varint(id.seq_ordinal);
      break;
    }
  }
}

void put_details(writer& out, const merge::cell_details& d) {
  out.stamp(d.stamp);
  out.byte(d.role);
  out.varint(d.members.size());
  for (const merge::set_member& m : d.members) {
    out.text(m.text);
    out.marks(m.inserts);
    out.marks(m.erases);
  }
}

// -- reading -----------------------------------------------------------------------------------------------------------

/// Reads to the end; whatever is missing makes it bad and reads as zero.
struct reader {
  std::string_view rest;
  bool bad = false;

  std::uint8_t byte() {
    if (rest.empty()) {
      bad = true;
      return 0;
    }
    const auto b = static_cast<std::uint8_t>(rest.front());
    rest.remove_prefix(1);
    return b;
  }
  std::uint64_t varint() {
    std::uint64_t v = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::uint8_t b = byte();
      v |= static_cast<std::uint64_t>(b & 0x7f) << shift;
      if (b < 0x80)
        return v;
    }
    bad = true;
    return 0;
  }
  std::uint32_t word() { return static_cast<std::uint32_t>(varint()); }
  std::int64_t signed_varint() {
    const std::uint64_t n = varint();
    return static_cast<std::int64_t>(n >> 1 ^ (~(n & 1) + 1));
  }
  std::uint64_t sequence() { return varint() - 1; }
  hlc_stamp stamp() {
    const time_ns wall = signed_varint();
    return {wall, word()};
  }
  /// How many things follow, each of at least one byte.
  std::uint64_t count() {
    const std::uint64_t n = varint();
    bad = bad || n > rest.size();
    return bad ? 0 : n;
  }
  std::vector<merge::set_mark> marks() {
    std::vector<merge::set_mark> out(count());
    for (merge::set_mark& m : out) {
      m.intent = intent();
      m.sequence = sequence();
    }
    return out;
  }
  intent_id intent() {
    const std::uint32_t device = word();
    const std::uint32_t incarnation = word();
    return {device, incarnation, varint()};
  }
  std::string_view text() {
    const std::uint64_t size = varint();
    if (size > rest.size()) {
      bad = true;
      return {};
    }
    const auto out = rest.substr(0, size);
    rest.remove_prefix(size);
    return out;
  }
};

value get_value(reader& in, value_kind kind) {
  switch (kind) {
    case value_kind::none: break;
    case value_kind::integer: return in.signed_varint();
    case value_kind::text: return std::string(in.text());
    case value_kind::reference: {
      const std::uint32_t device = in.word();
      const std::uint32_t incarnation = in.word();
      return record_id{device, incarnation, in.varint()};
    }
  }
  return {};
}

merge::cell_details get_details(reader& in) {
  merge::cell_details d;
  d.stamp = in.stamp();
  d.role = in.byte();
  d.members.resize(in.count());
  for (merge::set_member& m : d.members) {
    m.text = in.text();
    m.inserts = in.marks();
    m.erases = in.marks();
  }
  return d;
}

error corrupt(const record_id& id) {
  return {errc::corrupt, fmt::format("the stored row of record {} is damaged", to_string(id))};
}

} // namespace

std::string key_of(const record_id& id) {
  std::string out(key_bytes, '\0');
  for (int i = 0; i < 4; ++i) {
    out[i] = static_cast<char>(id.device >> (24 - 8 * i));
    out[4 + i] = static_cast<char>(id.incarnation >> (24 - 8 * i));
  }
  for (int i = 0; i < 8; ++i)
    out[8 + i] = static_cast<char>(id.seq_ordinal >> (56 - 8 * i));
  return out;
}

error damaged_key() { return {errc::corrupt, "a stored record's id is damaged"}; }

record_id id_of(std::string_view key) {
  CHECK(key.size() == key_bytes);
  const auto byte = [&](int i) { return static_cast<std::uint64_t>(static_cast<std::uint8_t>(key[i])); };
  record_id id;
  for (int i = 0; i < 4; ++i) {
    id.device = id.device << 8 | static_cast<std::uint32_t>(byte(i));
    id.incarnation = id.incarnation << 8 | static_cast<std::uint32_t>(byte(4 + i));
  }
  for (int i = 8; i < 16; ++i)
    id.seq_ordinal = id.seq_ordinal << 8 | byte(i);
  return id;
}

void encode_row(const merge::row& row, std::string& out) {
  out.resize(bytes_at_most(row));
  writer to{out.data()};
  const merge::record_stamp* held = row.stamp.get();
  to.byte(static_cast<std::uint8_t>((row.deleted ? deleted_bit : 0) | (held != nullptr ? stamp_bit : 0)));
  to.intent(row.presence_writer);
  to.sequence(row.presence_sequence);
  to.sequence(row.last_sequence);
  if (held != nullptr) {
    to.stamp(held->stamp);
    to.intent(held->holder);
  }
  to.varint(row.fields.size());
  for (const merge::cell& c : row.fields) {
    const bool written = !c.writer.null();
    to.byte(static_cast<std::uint8_t>(static_cast<std::uint8_t>(kind_of(c.current)) | (written ? written_bit : 0) |
                                      (c.details ? details_bit : 0)));
    put_value(to, c.current);
    if (written) {
      to.intent(c.writer);
      to.sequence(c.sequence);
    }
    if (c.details)
      put_details(to, *c.details.get());
  }
  const std::uint32_t sum = checksum({out.data(), static_cast<std::size_t>(to.at - out.data())}, row.id);
  for (std::size_t i = 0; i < checksum_bytes; ++i)
    to.byte(static_cast<std::uint8_t>(sum >> (8 * i)));
  out.resize(static_cast<std::size_t>(to.at - out.data()));
}

result<void> decode_row(std::string_view bytes, merge::row& onto) {
  if (bytes.size() < checksum_bytes)
    return corrupt(onto.id);
  const std::string_view content = bytes.substr(0, bytes.size() - checksum_bytes);
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < checksum_bytes; ++i)
    sum |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes[content.size() + i])) << (8 * i);
  if (sum != checksum(content, onto.id))
    return corrupt(onto.id);
  reader in{content};
  const std::uint8_t head = in.byte();
  onto.deleted = (head & deleted_bit) != 0;
  onto.presence_writer = in.intent();
  onto.presence_sequence = in.sequence();
  onto.last_sequence = in.sequence();
  onto.stamp.reset();
  if (head & stamp_bit) {
    const hlc_stamp stamp = in.stamp();
    onto.stamp.need() = {stamp, in.intent()};
  }
  const std::uint64_t count = in.varint();
  if (in.bad || count > fields_max || count > in.rest.size())
    return corrupt(onto.id);
  onto.fields.assign(count, {});
  for (merge::cell& c : onto.fields) {
    const std::uint8_t tag = in.byte();
    c.current = get_value(in, static_cast<value_kind>(tag & 3));
    if (tag & written_bit) {
      c.writer = in.intent();
      c.sequence = in.sequence();
    }
    if (tag & details_bit)
      c.details.need() = get_details(in);
  }
  if (in.bad || !in.rest.empty())
    return corrupt(onto.id);
  return {};
}

} // namespace squall::client
