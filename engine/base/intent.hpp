// An intent: one user-level change, an atomic group of operations on records of one scope. It is immutable once accepted;
// its encoded bytes (wire/codec.hpp) are what is hashed, stored, sent and relayed.
#pragma once

#include "engine/base/ids.hpp"
#include "engine/base/time.hpp"
#include "engine/base/value.hpp"

#include <cstdint>
#include <vector>

namespace squall {

/// A hybrid logical clock's reading (Kulkarni, Demirbas et al. 2014): wall time in ns and a counter that orders equal ones.
struct hlc_stamp {
  time_ns wall = 0;
  std::uint32_t logical = 0;
  auto operator<=>(const hlc_stamp&) const = default;
};

/// How a field is written.
enum class write_kind : std::uint8_t {
  set = 0,        ///< the field becomes the value
  add = 1,        ///< a counter changes by the (integer) value
  set_insert = 2, ///< the (text) value becomes a member of the set
  set_erase = 3,  ///< the (text) value's observed insertions go
};

struct field_write {
  field_number field = 0;
  write_kind kind = write_kind::set;
  value to;
  value before; ///< what the author saw in the field
};

enum class operation_kind : std::uint8_t { create = 0, update = 1, remove = 2, restore = 3, move = 4 };

/// One operation on one record. `create` and `update` carry writes; the others carry none.
struct operation {
  operation_kind kind = operation_kind::update;
  collection_number collection = 0;
  record_id record;
  std::vector<field_write> writes;      ///< in ascending field order, at most one for each; of a set, ascending members
  std::uint64_t task = 0;               ///< a resolution: the task that it settles
  std::vector<intent_id> branches_seen; ///< and the branches that its author saw, ascending
  scope_id to_scope{};                  ///< of a move: where the record goes
};

enum class guard_kind : std::uint8_t { equal = 0, not_equal = 1, at_least = 2, at_most = 3 };

/// A condition on a field's committed value, checked when the intent commits and before its operations apply. A field
/// without a value satisfies only `not_equal`. A missing or deleted record satisfies nothing.
struct guard {
  record_id record;
  collection_number collection = 0;
  field_number field = 0;
  guard_kind kind = guard_kind::equal;
  value operand; ///< `at_least` and `at_most` take integers
};

/// An incarnation's last intent that an author had seen beyond its feed cursor.
struct seen_beyond {
  std::uint32_t device = 0;
  std::uint32_t incarnation = 0;
  std::uint64_t seq = 0;
  auto operator<=>(const seen_beyond&) const = default;
};

/// What an author had seen. Its own earlier intents are always included, unsaid.
struct intent_context {
  std::uint64_t generation = 0;    ///< feed generation of `sequence`
  std::uint64_t sequence = 0;      ///< highest commit sequence applied at the author
  std::vector<seen_beyond> beyond; ///< by device, incarnation: peers' intents seen before they were in the feed
};

struct intent {
  intent_id id;
  scope_id scope;
  std::uint32_t user = 0; ///< whose change it is; the queue belongs to a user, not to a device
  std::uint32_t schema_version = 1;
  std::uint32_t policy_version = 1;
  hlc_stamp stamp;
  time_ns client_wall = 0; ///< the author's wall clock, unadjusted, for support
  intent_context context;
  std::vector<guard> guards;
  std::vector<operation> operations; ///< at least one, at most 255
};

/// What the server decided of an intent. Terminal, but for `retry`. SEMANTICS: section 2 of the protocol's contract.
enum class verdict_kind : std::uint8_t {
  none = 0,
  applied = 1,    ///< every operation took effect as written
  merged = 2,     ///< committed; some writes combined or overridden
  superseded = 3, ///< no visible effect
  conflicted = 4, ///< kept as a branch in a task; the visible state did not change
  rejected = 5,   ///< no effect; surfaced to the user
  duplicate = 6,  ///< same id and hash seen before; carries the original verdict
  fork = 7,       ///< same id, another hash
  gap = 8,        ///< seq skipped; resend from the high-water mark
  retry = 9,      ///< the whole batch, later
};

/// Why a verdict fell so. `none` for `applied`.
enum class verdict_rule : std::uint8_t {
  none = 0,
  last_commit = 1,   ///< lww_server: a later commit stands
  precedence = 2,    ///< the other value ranks higher
  delete_update = 3, ///< a concurrent delete stands against an update, or the other way round
  unique = 4,        ///< a business key is taken
  guard = 5,         ///< a guard did not hold
  dependency = 6,    ///< the record's create was rejected
  gone = 7,          ///< the record is not known (any more)
  denied = 8,        ///< no grant for the scope
  malformed = 9,     ///< cannot be decoded, or breaks the schema
  combined = 10,     ///< both writes are in the result
  later_stamp = 11,  ///< lww_clock: a greater stamp stands
  role = 12,         ///< the other author's role ranks higher
  extreme = 13,      ///< max or min: the other value stands
  manual = 14,       ///< a person decides
  resolution = 15,   ///< the task was settled by another resolution
  add_wins = 16,     ///< a member stays: an insertion that the author of the erasure had not seen
  remove_wins = 17,  ///< a text stays outside: an erasure that the author of the insertion had not seen
  bound = 18,        ///< a number would leave its bounds
  state = 19,        ///< a state that may not follow
  reference = 20,    ///< a record that others refer to, or that refers to none
};

/// Field number that stands for the whole record: in a `field_outcome` and in a task's subject.
inline constexpr field_number whole_record = 65535;
/// Field number that stands for the k-th unique key of a record in a task's subject.
constexpr field_number unique_key_subject(std::uint16_t k) noexcept { return static_cast<field_number>(65534 - k); }

const char* to_string(verdict_kind kind) noexcept;
const char* to_string(verdict_rule rule) noexcept;

/// One field of a `merged` verdict that did not take effect as written.
struct field_outcome {
  record_id record;
  collection_number collection = 0;
  field_number field = 0;
  intent_id winner;
  verdict_rule rule = verdict_rule::none;
  bool operator==(const field_outcome&) const = default;
};

struct verdict {
  verdict_kind kind = verdict_kind::none;
  verdict_rule rule = verdict_rule::none;
  std::uint64_t sequence = 0; ///< commit sequence, for applied and merged; the high-water mark, for gap
  std::uint64_t task = 0;     ///< for conflicted
  intent_id winner;           ///< for superseded and conflicted, where one intent stands in the way
  std::vector<field_outcome> fields;
  bool was_duplicate = false; ///< this is the original verdict, repeated
  bool operator==(const verdict&) const = default;
};

} // namespace squall
