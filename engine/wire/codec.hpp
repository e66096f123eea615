// Bytes on the wire: an envelope around every message, and the encoding of intents and rows.
//
// Envelope, little endian: magic u32 "SQL1" | version u8 | kind u8 | flags u8 | 0 u8 | correlation u64 | stored length
// u32 | plain length u32 | checksum u64 | body. The checksum is XXH3-64 over the header (with its checksum field zero) and
// the stored body: any flipped bit is seen. Bodies above `compress_above` bytes are zstd-compressed where that saves.
// `plain length` is what a link charges for: compressed sizes differ between library versions.
#pragma once

#include "engine/base/intent.hpp"
#include "engine/base/result.hpp"
#include "engine/merge/decide.hpp"
#include "engine/telemetry/fact.hpp"
#include "engine/wire/sync.pb.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace squall::wire {

enum class message_kind : std::uint8_t {
  push_request = 1,
  push_response = 2,
  pull_request = 3,
  pull_response = 4,
  snapshot_request = 5,
  snapshot_response = 6,
  enrol_request = 7,
  refresh_request = 8,
  token_response = 9,
  invalidation = 10,
};

inline constexpr std::uint8_t protocol_version = 1;
inline constexpr std::size_t header_bytes = 32;
inline constexpr std::size_t body_bytes_max = 16u << 20;

struct seal_options {
  message_kind kind{};
  std::uint64_t correlation = 0; ///< a reply carries its request's
  std::size_t compress_above = 1024;
};

/// The message as it travels; `more`: encoded fields of it that are there already.
std::string seal(const google::protobuf::MessageLite& body, const seal_options& options, std::string_view more = {});

struct frame {
  message_kind kind{};
  std::uint64_t correlation = 0;
  std::string_view body; ///< decompressed; points into the input or into `storage`
  std::string storage;
};

/// Errors: `corrupt` (bad magic, length, checksum or compression; body above body_bytes_max), `unsupported` (version, kind).
/// `out.body` is valid while `bytes` and `out` live and `out` is not moved.
result<void> open(std::string_view bytes, frame& out);

/// Bytes that a link charges for: header and uncompressed body. 0 if the envelope is unreadable.
std::size_t charged_bytes(std::string_view bytes) noexcept;

/// Intent <-> body of a FramedIntent. Encoding is deterministic. Decoding errors: `corrupt`.
std::string encode(const intent& in);
result<intent> decode_intent(std::string_view body);

void to_wire(const operation& from, Operation& to);
/// Errors: `corrupt`.
result<void> from_wire(const Operation& from, operation& to);
result<std::vector<operation>> from_wire(const google::protobuf::RepeatedPtrField<Operation>& from);

void to_wire(const verdict& from, Verdict& to);
verdict from_wire(const Verdict& from);
void to_wire(const intent_id& from, IntentId& to);
intent_id from_wire(const IntentId& from);
void to_wire(const record_id& from, RecordId& to);
record_id from_wire(const RecordId& from);
void to_wire(const value& from, Value& to);
value from_wire(const Value& from);

void to_wire(const hlc_stamp& from, HlcStamp& to);
hlc_stamp from_wire(const HlcStamp& from);

/// The whole row, or only the listed fields. Derived fields never travel.
void to_wire(const merge::row& from, RowState& to);
void to_wire(const merge::row& from, const std::vector<field_number>& only, RowState& to);
/// Applies the fields and presence that `from` carries to `onto` (which has one cell a field of its collection).
/// Errors: `corrupt` (a field outside the collection).
result<void> apply(const RowState& from, merge::row& onto);

} // namespace squall::wire
