// The history of a run: a stream of fixed-width entries, written by the host at the participant port, in the order in which
// things happened. It is all that the judge sees. Includes nothing of the engine.
//
// Records and intents are interned: an entry holds a dense index (1, 2, ... in order of first appearance; 0: none) and the
// history's name tables (names.hpp) hold what it stands for. Times are true simulated time in ns from the start of the run,
// but for wall-clock readings, which say so.
#pragma once

#include <cstdint>

namespace squall::history {

/// Index of an intent in the name table. 0: none.
using intent_index = std::uint32_t;
/// Index of a record in the name table. 0: none.
using record_index = std::uint32_t;

/// What happened. Beside each kind: the entry's members that it uses; all others are zero. `actor` is always the
/// participant at which it happened: 0 the server, 1..n the devices, n + 1 the issuer.
///
/// "witness": reported by the system under test; admissible only if it agrees with the rest of the history.
enum class entry_kind : std::uint8_t {
  none = 0,

  // -- users, at a device ----------------------------------------------------------------------------------------------
  intention_invoked = 1,  ///< ref: plan id. The user acts; what follows up to the next intention_* entry of this actor
                          ///< belongs to it
  intention_skipped = 2,  ///< ref: plan id, code: skip_reason
  intention_failed = 3,   ///< ref: plan id, code: errc of the local change (failure_code). Nothing was accepted
  intention_in_doubt = 4, ///< ref: plan id. The local commit crashed: it may or may not have happened. If it did, its
  ///< intent_accepted and operations follow at the restart, before anything else names the intent
  intent_accepted =
      5, ///< intent, ref: plan id, s: sequence in its context, aux: generation in its context, value: wall part
         ///< of its stamp (wall ns), field + (collection << 16): logical part of its stamp [witness: s, aux,
  ///< stamp], scope: the one that it names. The local commit returned OK. Its operations follow as intent_operation and
  ///< intent_write entries. flags: the intent that it is another name of (it was relabelled), else 0; then ref, s, aux and
  ///< stamp are those of the other
  intent_operation = 6, ///< intent, record, collection, code: operation_code, aux: the task that it resolves, or 0,
                        ///< scope: of a move: where to
  intent_write = 7,     ///< intent, record, collection, field, code: write_code, tag + value: the value or the delta,
  ///< aux: before-value's number, flags: before-value's tag. Belongs to the intent_operation before it
  intent_guard = 8, ///< intent, record, collection, field, code: compare_code, tag + value: operand
  value_read =
      9, ///< record, collection, field, tag + value, intent: writer as the replica names it [witness]. A user's read of
         ///< the visible state; reads happen when a user acts and at checkpoints
  row_read =
      10, ///< record, collection, code: presence_code, flags: flag_code bits. Precedes the value_reads of one row. A
          ///< set has one value_read for each member, here and in exports and feeds
  intent_branch =
      11, ///< intent, ref: intent_index of a branch that its author saw. Belongs to the intent_operation before it

  // -- a device's queue and confirmed state ----------------------------------------------------------------------------
  incarnation_begun =
      16, ///< aux: incarnation, code: 0 the device begins empty; 1 it keeps its replica and gives other names
          ///< to what awaits a verdict: their intent_accepted follow at once, in their order
  intent_carried = 17, ///< intent, message: the message that left with it
  verdict_received =
      18,          ///< intent, code: verdict_code, rule, s, ref: winning intent_index. Durable at the device [witness]
  queue_exit = 19, ///< intent, code: verdict_code under which it left the send queue [witness]
  overlay_dropped = 20, ///< intent, s: cursor of its scope at that moment [witness]
  surfaced = 21,        ///< intent, code: verdict_code, rule. Shown to the user
  group_applied = 22,   ///< intent, s, scope. The feed entry became part of the confirmed state
  cursor_moved =
      23, ///< aux: generation, s: new, ref: old s, code: cursor_code, scope. Durable. Where a crash left it in doubt and
          ///< it did move, this follows at the restart; so with verdict_received
  token_obtained = 24, ///< value: expiry (issuer's wall ns)
  queue_locked = 25,   ///< code: 1 locked, 0 unlocked
  status_shown =
      26, ///< code: 1 if the user is told "synced", s: cursor, aux: generation, scope: one for each that it holds
  task_shown =
      27, ///< aux: task, record, collection, field: subject, code: 1 open, 0 closed, value: branches. The device's user can
          ///< see the task from now on

  fence_told =
      28, ///< s: fence, aux: generation, scope. Durable; the device's tombstones through it are forgotten [witness]
  grants_told =
      29, ///< aux: version. Durable: the device holds the scopes that the grants of that version give. Before its
          ///< scope_purged entries; a crash that left it in doubt is reported at the restart
  scope_purged = 30, ///< scope. Nothing of it is kept but queued intents
  flag_told = 31,    ///< code: offline_code. Durable; a crash that left it in doubt is reported at the restart

  // -- the server ------------------------------------------------------------------------------------------------------
  intent_committed =
      32, ///< intent, s, aux: generation, value: wall part of its stamp as counted, field + (collection << 16): logical part
          ///< [witness]. In commit order. A commit that survived a crash unreported is reported at the restart, before
          ///< anything else of the server. A clock_read of the server at the moment of the commit precedes it
  verdict_released = 33, ///< intent, code: verdict_code, rule, s, ref: winning intent_index, message: carries it,
  ///< flags: 1 if it is a repeat of an earlier verdict, aux: its task, if conflicted
  verdict_field =
      34, ///< intent, record, collection, field, rule, ref: winning intent_index. Follows its verdict_released
  page_served = 35, ///< peer: device, aux: generation, ref: cursor asked, s: cursor after the page, value: head at the
                    ///< time, code: page_code, scope, message: carries it. Its feed_entry or feed_row entries follow.
                    ///< s of each page of a snapshot: the one position that the snapshot shows. Where tombstones are
                    ///< forgotten, a clock_read of the server at that moment precedes it
  feed_entry = 36,  ///< intent, s, ref: s of the scope's entry before it, scope, peer: device served
  feed_row = 37,    ///< record, collection, code: row_code, s: of the feed_entry; 0 in a snapshot, scope, peer
  feed_field =
      38, ///< record, collection, field, tag + value, intent: writer, s: sequence of that write, scope, peer. A set that
          ///< changed has one for each member; one with tag none if it is empty
  request_refused =
      39, ///< peer: device, code: status - 400 (401 -> 1, 403 -> 3, 429 -> 29, 503 -> 103), value: how long it asks
          ///< to wait (ns; 0: not said), message: carries it

  branch_kept =
      44, ///< intent, aux: task, record, collection, field: subject, s: newest commit at that moment. A conflicted intent
          ///< was kept as a branch [witness]. In the order of judgement, among intent_committed; one that survived
          ///< a crash unreported is reported at the restart

  fence_moved = 45, ///< scope, s: new fence, ref: old one, value: the server's time [witness]. Durable; the
  ///< server has forgotten the tombstones through it. Among intent_committed, in the order in which it
  ///< happened; one that survived a crash unreported is reported at the restart

  backed_up = 46, ///< s: newest commit, aux: generation. A copy of the server's store as it is now was put away
  server_restored =
      47, ///< s: newest commit of the copy, aux: new generation, ref: the one before, value: when the copy was put away
  ///< (true ns; 0: the newest of that s). The server starts with that copy; its `restarted` follows. Grants that
  ///< were undone are not told of again

  // -- the issuer ------------------------------------------------------------------------------------------------------
  token_issued =
      40, ///< peer: device, value: expiry (issuer's wall ns), code: 1 if by refresh, ref: number of the credential,
          ///< which each device key has its own of [witness]
  token_refused =
      41, ///< peer: device, code: status - 400, flags: 1 if a refresh token of the credential ref was reused [witness]
  device_revoked = 42, ///< peer: device, code: 1 revoked, 0 allowed again. Durable

  // -- messages --------------------------------------------------------------------------------------------------------
  message_sent = 48, ///< message, peer: destination, code: message_code, value: bytes. Of an invalidation also what it
                     ///< says: scope, s: head, aux: generation
  message_delivered = 49,  ///< message, peer: origin. `actor` is the receiver
  message_lost = 50,       ///< message, peer: destination, code: loss_code. `actor` is the sender
  message_duplicated = 51, ///< message, peer: destination
  message_corrupted = 52,  ///< message, peer: destination, value: bit that flipped

  // -- faults, by the host ---------------------------------------------------------------------------------------------
  fault_began = 64, ///< ref: plan id, code: fault number in the catalogue, actor: target
  fault_ended = 65, ///< ref: plan id, code: fault number, actor: target
  fault_effect =
      66, ///< ref: plan id (0: network noise), code: fault number, actor: target, value: what it did, in its own measure
  crashed = 67,   ///< value: unsynced bytes lost, ref: plan id
  restarted = 68, ///< ref: plan id
  clock_read =
      69,      ///< value: this participant's wall clock (ns) at this true time. At each accepted intent and checkpoint
  healed = 70, ///< actor 0: adversity has ended

  // -- grants and topology, before everything else ---------------------------------------------------------------------
  participant = 80, ///< scope: the device's team (0 for server and issuer), ref: its user
  grant =
      81, ///< ref: user, scope, code: role (number in the model's list; 0: none), aux: version of the user's grants with it.
  ///< From now on the user may read and write the scope, in this role. Those of the start come before everything
  ///< else; a later one among intent_committed, in the order in which it happened
  revoke = 82, ///< ref: user, scope, aux: version. As `grant`

  // -- independent readings by the host --------------------------------------------------------------------------------
  queue_read = 96,    ///< A device's queue table, read by other means than the engine's, at a crash and at the end:
                      ///< value: rows that follow, code: 1 at a crash, 0 at the end
  queue_row = 97,     ///< intent, code: 1 still awaits a verdict, 0 verdict durable
  export_began = 98,  ///< code: view_code, scope, s: cursor or head, aux: generation, value: queue depth (a client's),
                      ///< ref: the fence through which this replica has forgotten [witness]
  export_row = 99,    ///< record, collection, code: presence_code, scope, flags: flag_code bits (visible views)
  export_field = 100, ///< record, collection, field, tag + value, intent: writer as named [witness]
  export_ended = 101, ///< code: view_code, value: rows, scope
  pending = 102,      ///< code: pending_code. A participant that had not settled when time was up
  run_ended = 103,    ///< code: end_code
  export_task =
      104, ///< aux: task, record, collection, field: subject, code: 1 open, 0 closed, value: branches, scope. Between
           ///< export_began and export_ended, after the rows, of the server's view and a device's confirmed one.
           ///< Ascending task
  export_branch = 105, ///< aux: task, intent. In the order in which they were appended
  verdicts_read = 106, ///< The server's stored verdicts of one incarnation, read at the end by other means than the
                       ///< engine's. peer: device, aux: incarnation, value: how many, s: the highest seq among them.
                       ///< Of incarnations without any there is none
  audit_read = 107, ///< The server's audit, read at the end by other means than the engine's: value: rows that follow
  audit_row =
      108, ///< intent, code: verdict_code, rule, s, ref: winning intent_index, aux: task, value: wall part of the
           ///< stamp as counted. In the order of the records; only those of intents
  audit_field = 109, ///< intent, record, collection, field, rule, ref: winning intent_index. Follows its audit_row
};

/// What the server allows a device that is out of contact.
enum class offline_code : std::uint8_t { full = 0, limited = 1, stopped = 2 };

/// Numbers of io::message_class.
enum class message_code : std::uint8_t {
  none = 0,
  push = 1,
  push_reply = 2,
  pull = 3,
  page = 4,
  snapshot = 5,
  snapshot_page = 6,
  enrol = 7,
  enrol_reply = 8,
  refresh = 9,
  refresh_reply = 10,
  invalidation = 11,
};
/// Numbers of errc, of those that the judge reads.
enum class failure_code : std::uint8_t { queue_full = 8, offline_forbidden = 9 };

enum class skip_reason : std::uint8_t {
  not_visible = 1,
  dependency = 2,
  device_down = 3,
  deleted = 4,
  refused = 5,
  run_over = 6
};
enum class operation_code : std::uint8_t { create = 0, update = 1, remove = 2, restore = 3, move = 4 };
enum class write_code : std::uint8_t { set = 0, add = 1, set_insert = 2, set_erase = 3 };
enum class compare_code : std::uint8_t { equal = 0, not_equal = 1, at_least = 2, at_most = 3 };
enum class presence_code : std::uint8_t { live = 0, deleted = 1, absent = 2 };
enum class cursor_code : std::uint8_t { page = 0, snapshot = 1, rescope = 2 };
enum class page_code : std::uint8_t { changes = 0, resync = 1, snapshot = 2, snapshot_last = 3 };
enum class row_code : std::uint8_t { upsert = 0, deleted = 1, exit = 2 };
enum class view_code : std::uint8_t { confirmed = 0, visible = 1, server = 2 };
enum class loss_code : std::uint8_t {
  noise = 1,
  partition = 2,
  offline = 3,
  receiver_down = 4,
  anchored = 5,
  rejected_by_receiver = 6
};
enum class pending_code : std::uint8_t {
  none = 0,
  not_enrolled = 1,
  queue_locked = 2,
  token_invalid = 3,
  resync_running = 4,
  queue_not_empty = 5,
  cursor_behind = 6,
  down = 7,
  revoked = 8, ///< by an administrator, for good: it has not failed to settle
};
enum class end_code : std::uint8_t {
  settled = 0,
  not_settled = 1,
  livelock_instant = 2,
  event_budget = 3,
  engine_failed = 4
};

/// SEMANTICS section 2, by name.
enum class verdict_code : std::uint8_t {
  none = 0,
  applied = 1,
  merged = 2,
  superseded = 3,
  conflicted = 4,
  rejected = 5,
  duplicate = 6,
  fork = 7,
  gap = 8,
  retry = 9,
};
enum class rule_code : std::uint8_t {
  none = 0,
  last_commit = 1,
  precedence = 2,
  delete_update = 3,
  unique = 4,
  guard = 5,
  dependency = 6,
  gone = 7,
  denied = 8,
  malformed = 9,
  combined = 10,
  later_stamp = 11,
  role = 12,
  extreme = 13,
  manual = 14,
  resolution = 15,
  add_wins = 16,
  remove_wins = 17,
  bound = 18,
  state = 19,
  reference = 20,
};
/// What a user is told of a visible row.
enum class flag_code : std::uint8_t { key_taken = 1, reference_gone = 2 };
/// Field number of a task's subject that is no single field: the whole record, and 65534 - k: its k-th unique key.
inline constexpr std::uint16_t whole_record = 65535;

/// Kind of a value's `value`: an integer is itself; a text or reference is its XXH3-64 (a reference: device u32, incarnation
/// u32, seq << 8 | ordinal u64, little endian).
enum class value_tag : std::uint8_t { none = 0, integer = 1, text = 2, reference = 3 };

/// `code` of a request_refused: too many requests of this device, or a server that cannot take any.
inline constexpr std::uint8_t refused_too_many = 429 - 400;
inline constexpr std::uint8_t refused_unavailable = 503 - 400;

struct entry {
  std::int64_t at_ns = 0;
  entry_kind kind = entry_kind::none;
  std::uint8_t code = 0;
  value_tag tag = value_tag::none;
  std::uint8_t rule = 0;
  std::uint32_t actor = 0;
  intent_index intent = 0;
  record_index record = 0;
  std::uint16_t collection = 0;
  std::uint16_t field = 0;
  std::uint32_t peer = 0;
  std::uint32_t scope = 0;
  std::uint32_t flags = 0;
  std::uint64_t s = 0;
  std::uint64_t message = 0; ///< a message's lineage; unique in a run
  std::int64_t value = 0;
  std::uint64_t ref = 0;
  std::uint64_t aux = 0;
  bool operator==(const entry&) const = default;
};
static_assert(sizeof(entry) == 80, "fixed width, no padding: entries are digested and spilled as they are");

} // namespace squall::history
