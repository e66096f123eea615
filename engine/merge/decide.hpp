// What becomes of an intent: one pure function that the server commits with and the client folds its overlay with, so that
// the two cannot disagree about a rule. The rules themselves are policies in a registry (policy.hpp).
//
// Deterministic; no I/O but through `row_access`. Not thread safe.
#pragma once

#include "engine/base/intent.hpp"
#include "engine/merge/row.hpp"
#include "engine/merge/schema.hpp"
#include "engine/merge/task.hpp"
#include "engine/telemetry/counters.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace squall::merge {

/// Position of a write that no server has ordered yet: after everything committed.
inline constexpr std::uint64_t pending_sequence = ~std::uint64_t{0};

/// The rows that an intent works on: a unit of work over somebody's store. Pointers stay valid until it is destroyed.
class row_access {
public:
  virtual ~row_access() = default;
  /// The row, deleted ones included; null if the record is not known here.
  virtual row* find(const record_id& id) = 0;
  /// A new live row with empty cells. Precondition: find(id) is null.
  virtual row& create(const record_id& id, collection_number collection) = 0;
  /// True if the verdict on the create of this unknown record was a rejection (else it is merely not known).
  virtual bool create_was_rejected(const intent_id& creator) = 0;

  // What only resolutions and schemas with references or keys ask for.
  /// Null if the task is not known here.
  virtual const task* find_task(std::uint64_t /*number*/) { return nullptr; }
  /// Records that may refer to `parent` by a reference with `on_delete`: at least all live ones that do, as the rows were
  /// before this intent. Ascending.
  virtual std::vector<record_id> referrers_of(const record_id& /*parent*/) { return {}; }
  /// Records that may have the key of this number (`key_number`): at least all live ones that do, as the rows were before
  /// this intent. Ascending.
  virtual std::vector<record_id> holders_of(std::uint64_t /*key*/) { return {}; }

  // What only several scopes ask for.
  /// As `find`, whatever the record's scope.
  virtual const row* find_anywhere(const record_id& id) { return find(id); }
  /// True if the record is known, in another scope than the intent's; `find` does not show it then.
  virtual bool foreign(const record_id& /*id*/) { return false; }
  /// True if the author's user holds the scope.
  virtual bool may_enter(scope_id /*scope*/) { return false; }
  /// True if an open task is about the record.
  virtual bool awaits_decision(const record_id& /*id*/) { return false; }
  /// As `holders_of`, in a scope that a record moves to.
  virtual std::vector<record_id> holders_in(scope_id /*scope*/, std::uint64_t /*key*/) { return {}; }
  /// As `find`, of a record in a scope that a record moves to.
  virtual const row* find_in(scope_id /*scope*/, const record_id& /*id*/) { return nullptr; }
};

struct changed_field {
  record_id record;
  collection_number collection = 0;
  field_number field = 0;
};

struct decision {
  verdict outcome;                    ///< `sequence` as given by the caller where committed, else 0
  std::vector<record_id> rows;        ///< touched rows, each once, in order of first touch; empty unless committed
  std::vector<changed_field> changed; ///< fields whose cell changed, in order; derived ones not included
  task_subject subject;               ///< of a conflicted one: what the task is about
  scope_id subject_scope{};           ///< and where its record is, if not in the intent's scope
  bool committed() const noexcept {
    return outcome.kind == verdict_kind::applied || outcome.kind == verdict_kind::merged;
  }
};

/// Where an intent stands: the feed generation, the commit sequence that it gets if it commits, and what rules compare of it
/// that somebody else must say.
struct position {
  std::uint64_t generation = 0;
  std::uint64_t sequence = pending_sequence;
  hlc_stamp stamp{};     ///< as it counts: at a server as counted there, else as given
  std::uint8_t role = 0; ///< of the author, as granted with the scope
  bool granted = true;   ///< the author's user holds the intent's scope
};

/// Judges `in` against `rows` and, if it commits, applies it to them; else leaves them untouched. In order:
///  1. malformed: not `well_formed`, or it creates a record that exists, or names one under another collection
///     -> rejected(malformed)
///  2. no grant for the scope, a role that may not write in the collection, a record of another scope, a move to where the
///     author may not -> rejected(denied)
///  3. an operation other than create on an unknown record -> rejected(dependency) if its create was rejected, else
///     rejected(gone)
///  4. a guard that does not hold -> rejected(guard)
///  5. each operation by its collection's policy, see policy.hpp; all of an intent's operations or none. An operation works
///     on what those before it left; the first that is held back (rejected(gone), conflicted) decides
/// A write takes effect, or is overridden by `winner` under `rule`. All took effect -> applied. Some -> merged, with the
/// overridden ones listed. None -> superseded by the first one's winner. A task is needed -> conflicted, nothing applies.
/// `counts` are where probes and sabotage points report.
/// Precondition: each collection's policy is in the registry.
decision decide(const schema& model, const intent& in, position at, row_access& rows, telemetry::counters& counts);

/// The part of malformed that the intent alone shows: an unknown collection or field, a value that is not of the field's
/// type, a write of a derived field, `add` to a register, `set` of a counter under field_merge, writes that do not ascend
/// by field, writes of a remove or restore, no operation or too many, a create whose id is not derived from `in.id`. For
/// whoever judges something between it and the rest (a grant).
bool well_formed(const schema& model, const intent& in);

/// True if `author` had seen the write: its own earlier one, at or below its context's sequence in the same generation, or
/// in its context's `beyond`.
bool had_seen(const intent& author, const intent_id& writer, position write);

/// The sum that `d` defines over `children` (rows of d.child that are live and refer to the parent); overflow wraps.
std::int64_t derive(const derivation& d, const std::vector<const row*>& children);

} // namespace squall::merge
