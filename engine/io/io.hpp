// The boundary of everything in the engine: a replica is handed an event and the clocks, and answers with effects. It owns
// no thread, socket, timer or clock. Its store is the one thing it does itself (engine/store).
//
// Determinism: same store, same events, same clocks, same `entropy` -> same effects, byte for byte. Not thread safe.
#pragma once

#include "engine/base/ids.hpp"
#include "engine/base/intent.hpp"
#include "engine/base/result.hpp"
#include "engine/base/time.hpp"
#include "engine/telemetry/fact.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace squall::io {

/// What a message is, for whoever carries it: metrics, routing, anchors. Never read by the receiver.
enum class message_class : std::uint8_t {
  other = 0,
  push = 1,       ///< POST /mutations
  push_reply = 2, ///< the acknowledgement: verdicts
  pull = 3,       ///< GET /changes
  page = 4,
  snapshot = 5, ///< GET /snapshot
  snapshot_page = 6,
  enrol = 7, ///< POST /enrol: a device's first credentials
  enrol_reply = 8,
  refresh = 9, ///< POST /token
  refresh_reply = 10,
  invalidation = 11, ///< from the server, unasked
  keys = 12,         ///< GET /keys: the server asks the issuer for its signing keys
  keys_reply = 13,
};
inline constexpr int message_class_count = 14;
const char* to_string(message_class cls) noexcept;

using timer_id = std::uint32_t;
using job_id = std::uint64_t;

// -- events ------------------------------------------------------------------------------------------------------------

/// The process runs; the store holds whatever the last one left. First event of every replica, exactly once.
struct started {};

/// The user changes something. A create's `record` is null on the way in; inside the change, `record_in_change(k)` refers
/// to the record made by the k-th operation. `field_write::before` is filled in by the replica.
struct local_change {
  std::vector<guard> guards;
  std::vector<operation> operations;
  scope_id scope{}; ///< 0: of the records that the change names, or the device's own
};
constexpr record_id record_in_change(std::uint8_t ordinal) noexcept {
  return {0, 0xffff'ffffu, std::uint64_t{ordinal} + 1};
}

/// Bytes arrived. They may be damaged, late, repeated, or not for us.
struct received {
  endpoint_id from;
  std::string_view bytes; ///< valid during `handle` only
};

struct timer_fired {
  timer_id id = 0;
  std::uint64_t generation = 0;
};

/// The platform says that the network came or went. A hint: it may be wrong.
struct connectivity {
  bool online = true;
};

/// An operator takes a server or issuer out of service, or back: while out, requests get 503 with `retry_after`.
struct availability {
  bool serving = true;
  duration_ns retry_after = 0;
  bool refuse_refresh = false; ///< issuer only: answers every refresh with 401
};

/// An administrator gives a user a scope, in a role, takes it away, or changes the role. To a server only; what is so
/// already is no change.
struct grant_change {
  std::uint32_t user = 0;
  scope_id scope;
  std::uint8_t role = 0;
  bool withdrawn = false;
};

/// What devices that are out of contact with their server may change: everything, collections marked for it, nothing.
enum class offline_rule : std::uint8_t { full = 0, limited = 1, stopped = 2 };
inline constexpr int offline_rules = 3;

/// A server's operator says what devices may do that are out of contact.
struct offline_ruling {
  offline_rule rule = offline_rule::full;
};

/// Work that was left at a yield point goes on: one more transaction of `job`.
struct resume {
  job_id job = 0;
};

/// An administrator revokes a device at the issuer, or allows it again.
struct revocation {
  std::uint32_t device = 0;
  bool revoked = true;
};

/// An operator retires the issuer's signing key; the next one is in use from now on.
struct key_rotation {};

/// An operator is about to copy the server's store: the copy is taken when the handling of this is over, before anything else.
struct backup {};

using event = std::variant<started, local_change, received, timer_fired, connectivity, availability, resume,
                           offline_ruling, grant_change, revocation, key_rotation, backup>;

// -- effects -----------------------------------------------------------------------------------------------------------

/// A message to send. Everything that it promises is durable before `handle` returns it, so it may leave at once.
struct outgoing {
  endpoint_id to;
  message_class cls{};
  std::string bytes;
  /// Of an invalidation, for the record: what it says.
  struct position {
    scope_id scope;
    std::uint64_t generation = 0;
    std::uint64_t head = 0;
  } hint{};
};

/// Sets timer `id` (replacing it if set) to fire `delay` from now on the monotonic clock, or cancels it.
struct timer_request {
  static constexpr duration_ns cancel = -1;
  timer_id id = 0;
  std::uint64_t generation = 0; ///< handed back; the replica ignores a firing of another generation
  duration_ns delay = cancel;
};

/// Answer to a `local_change`. `accepted` means: record and intent are durable, in one transaction.
struct change_result {
  intent_id id;                   ///< null if refused
  std::vector<record_id> created; ///< by operation: null where it is not a create
};

struct effects {
  std::vector<outgoing> sends;
  std::vector<timer_request> timers;
  std::vector<job_id> runnable; ///< jobs that wait at a yield point; the host resumes each, in whatever order
  std::vector<telemetry::fact> facts;
  std::optional<result<change_result>> change; ///< set iff the event was a local_change
  std::optional<error> failed; ///< the store is gone or unusable: nothing in these effects may be acted upon; the host
                               ///< stops this replica, and may open the store again

  void clear() {
    sends.clear();
    timers.clear();
    runnable.clear();
    facts.clear();
    change.reset();
    failed.reset();
  }
};

// -- views -------------------------------------------------------------------------------------------------------------

/// One field as a user sees it, with the intent that wrote it (null if none did). A set has one for each member, ascending,
/// with the member's newest insert; an empty one has none.
struct field_view {
  field_number field = 0;
  value current;
  intent_id writer;
};

/// What is wrong with a visible row, for the user: bits.
enum class row_flag : std::uint8_t { key_taken = 1, reference_gone = 2 };

/// One record as a user sees it. Deleted records have no fields.
struct row_view {
  record_id id;
  collection_number collection = 0;
  bool deleted = false;
  std::vector<field_view> fields; ///< ascending; derived fields included, with a null writer
  std::uint8_t flags = 0;         ///< row_flag bits; confirmed rows have none
  scope_id scope{};
};

/// One branch of a task: a change that waits for a person, as far as it is about the task's record.
struct branch_view {
  intent_id intent;
  std::vector<operation> operations;
};

/// Conflicted changes of one subject.
struct task_view {
  std::uint64_t task = 0;
  record_id record;
  collection_number collection = 0;
  field_number subject = 0; ///< a field, `whole_record` or `unique_key_subject(k)`
  bool open = true;
  intent_id settled_by;              ///< of a closed one
  std::vector<branch_view> branches; ///< in the order in which they were appended
  scope_id scope{};
};

/// Which state: what the server has confirmed up to the cursor, or that with the pending intents folded in.
enum class view_kind : std::uint8_t { confirmed = 0, visible = 1 };

struct cursor {
  std::uint64_t generation = 0;
  std::uint64_t sequence = 0;
  std::uint32_t scope_version = 0;
  auto operator<=>(const cursor&) const = default;
};

/// Why a replica is not settled; the first that holds, in this order.
enum class pending_reason : std::uint8_t {
  none = 0,
  not_enrolled = 1,
  queue_locked = 2, ///< credential revoked
  token_invalid = 3,
  resync_running = 4,
  queue_not_empty = 5,
  cursor_behind = 6, ///< behind the newest head that it was told of
};
const char* to_string(pending_reason reason) noexcept;

struct replica_status {
  std::uint32_t queue_depth = 0; ///< intents without a durable terminal verdict
  std::uint32_t kept = 0;        ///< acknowledged intents kept for the server's backup
  std::uint32_t surfaced = 0;    ///< rejected, conflicted, superseded: shown to the user
  std::uint32_t quarantined = 0;
  cursor at;                    ///< for a server: its head; for a client: in the scope that it was set up with
  std::uint64_t known_head = 0; ///< newest head of the feed that it was told of
  bool shown_as_synced = false; ///< what the user is told
  pending_reason pending = pending_reason::none;
};

} // namespace squall::io
