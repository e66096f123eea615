// Identities. Each is a value of its own type, totally ordered, hashable by its members, and never reused.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace squall {

/// A participant's address: the server, the issuer, or a device. The host gives them out.
struct endpoint_id {
  std::uint32_t value = 0;
  auto operator<=>(const endpoint_id&) const = default;
};

/// A set of records that one grant covers, such as the records of a team.
struct scope_id {
  std::uint32_t value = 0;
  auto operator<=>(const scope_id&) const = default;
};

/// Index of a collection in the `merge::schema`.
using collection_number = std::uint16_t;
/// Index of a field in its collection.
using field_number = std::uint16_t;

/// One user-level change. `seq` is dense from 1 in each (device, incarnation); a reinstalled, restored or forked device
/// begins a new incarnation. A null id has seq 0.
struct intent_id {
  std::uint32_t device = 0;
  std::uint32_t incarnation = 0;
  std::uint64_t seq = 0;
  auto operator<=>(const intent_id&) const = default;
  bool null() const noexcept { return seq == 0; }
};

/// A record's identity, derived from the intent that creates it: no two intents can create the same record, and whoever
/// holds the id knows its creator. A null id has `seq_ordinal` 0.
struct record_id {
  std::uint32_t device = 0;
  std::uint32_t incarnation = 0;
  std::uint64_t seq_ordinal = 0; ///< creator's seq << 8 | ordinal of the create within the intent
  auto operator<=>(const record_id&) const = default;
  bool null() const noexcept { return seq_ordinal == 0; }

  /// The id of the `ordinal`-th record (0..255) that `creator` creates.
  static constexpr record_id derive(const intent_id& creator, std::uint8_t ordinal) noexcept {
    return {creator.device, creator.incarnation, creator.seq << 8 | ordinal};
  }
  /// The intent that creates this record.
  constexpr intent_id creator() const noexcept { return {device, incarnation, seq_ordinal >> 8}; }
};

/// "d3.1:7" for intent 7 of incarnation 1 of device 3.
std::string to_string(const intent_id& id);
/// "d3.1:7/0" for the first record that intent d3.1:7 creates.
std::string to_string(const record_id& id);

} // namespace squall
