#include "actors/ledger.hpp"

#include "engine/base/check.hpp"

#include <utility>

namespace squall::actors {

namespace {

using history::entry;
using history::entry_kind;
using telemetry::fact_kind;

constexpr std::size_t batch_entries = 2048;

// The history numbers verdicts, rules, values and codes by itself; the engine's numbers must stay equal to be copied.
static_assert(static_cast<int>(verdict_kind::retry) == static_cast<int>(history::verdict_code::retry));
static_assert(static_cast<int>(verdict_rule::reference) == static_cast<int>(history::rule_code::reference));
static_assert(static_cast<int>(value_kind::reference) == static_cast<int>(history::value_tag::reference));
static_assert(static_cast<int>(telemetry::cursor_cause::rescope) == static_cast<int>(history::cursor_code::rescope));
static_assert(static_cast<int>(telemetry::page_answer::snapshot_last) ==
              static_cast<int>(history::page_code::snapshot_last));
static_assert(static_cast<int>(telemetry::row_change::exit) == static_cast<int>(history::row_code::exit));
static_assert(static_cast<int>(operation_kind::move) == static_cast<int>(history::operation_code::move));
static_assert(static_cast<int>(write_kind::set_erase) == static_cast<int>(history::write_code::set_erase));
static_assert(static_cast<int>(guard_kind::at_most) == static_cast<int>(history::compare_code::at_most));
static_assert(whole_record == history::whole_record);
static_assert(static_cast<int>(io::row_flag::key_taken) == static_cast<int>(history::flag_code::key_taken));
static_assert(static_cast<int>(io::row_flag::reference_gone) == static_cast<int>(history::flag_code::reference_gone));
static_assert(static_cast<int>(io::offline_rule::stopped) == static_cast<int>(history::offline_code::stopped));
static_assert(static_cast<int>(io::pending_reason::cursor_behind) ==
              static_cast<int>(history::pending_code::cursor_behind));

entry_kind kind_of_fact(fact_kind kind) {
  switch (kind) {
    case fact_kind::incarnation_begun: return entry_kind::incarnation_begun;
    case fact_kind::intent_accepted: return entry_kind::intent_accepted;
    case fact_kind::intent_carried: return entry_kind::intent_carried;
    case fact_kind::verdict_received: return entry_kind::verdict_received;
    case fact_kind::queue_exit: return entry_kind::queue_exit;
    case fact_kind::overlay_dropped: return entry_kind::overlay_dropped;
    case fact_kind::surfaced: return entry_kind::surfaced;
    case fact_kind::group_applied: return entry_kind::group_applied;
    case fact_kind::cursor_moved: return entry_kind::cursor_moved;
    case fact_kind::token_obtained: return entry_kind::token_obtained;
    case fact_kind::queue_locked: return entry_kind::queue_locked;
    case fact_kind::task_shown: return entry_kind::task_shown;
    case fact_kind::branch_kept: return entry_kind::branch_kept;
    case fact_kind::fence_told: return entry_kind::fence_told;
    case fact_kind::grants_told: return entry_kind::grants_told;
    case fact_kind::scope_purged: return entry_kind::scope_purged;
    case fact_kind::grant_given: return entry_kind::grant;
    case fact_kind::grant_revoked: return entry_kind::revoke;
    case fact_kind::flag_told: return entry_kind::flag_told;
    case fact_kind::fence_moved: return entry_kind::fence_moved;
    case fact_kind::request_refused: return entry_kind::request_refused;
    case fact_kind::intent_committed: return entry_kind::intent_committed;
    case fact_kind::verdict_released: return entry_kind::verdict_released;
    case fact_kind::verdict_field: return entry_kind::verdict_field;
    case fact_kind::page_served: return entry_kind::page_served;
    case fact_kind::feed_entry: return entry_kind::feed_entry;
    case fact_kind::feed_row: return entry_kind::feed_row;
    case fact_kind::feed_field: return entry_kind::feed_field;
    case fact_kind::token_issued: return entry_kind::token_issued;
    case fact_kind::token_refused: return entry_kind::token_refused;
    case fact_kind::device_revoked: return entry_kind::device_revoked;
    case fact_kind::backed_up: return entry_kind::backed_up;
  }
  return entry_kind::none;
}

// A fact's code holds the low byte of an HTTP status, or how far it is above 400; the history wants the latter.
std::uint8_t above_400(std::uint8_t code) {
  constexpr std::uint8_t low_byte_of_400 = 400 & 0xff;
  return code >= low_byte_of_400 ? static_cast<std::uint8_t>(code - low_byte_of_400) : code;
}

std::uint8_t verdict_code(const telemetry::fact& f) { return static_cast<std::uint8_t>(f.verdict); }

} // namespace

bool names_a_message(telemetry::fact_kind kind) noexcept {
  switch (kind) {
    case fact_kind::intent_carried:
    case fact_kind::request_refused:
    case fact_kind::verdict_released:
    case fact_kind::verdict_field:
    case fact_kind::page_served:
    case fact_kind::feed_entry:
    case fact_kind::feed_row:
    case fact_kind::feed_field: return true;
    default: return false;
  }
}

ledger::ledger(settings s) : settings_(std::move(s)) { batch_.reserve(batch_entries); }

history::intent_index ledger::index(const intent_id& id) {
  return id.null() ? 0 : names_.intern(history::intent_name{id.device, id.incarnation, id.seq});
}

history::record_index ledger::index(const record_id& id) {
  if (id.null())
    return 0;
  return names_.intern(history::record_name{{id.device, id.incarnation, id.seq_ordinal >> 8},
                                            static_cast<std::uint8_t>(id.seq_ordinal & 0xff)});
}

void ledger::put(entry& e, const value& v) {
  const auto digest = digest_of(v);
  e.tag = static_cast<history::value_tag>(digest.kind);
  e.value = digest.number;
  if (settings_.remember_texts && digest.kind == value_kind::text)
    names_.remember_text(digest.number, std::get<std::string>(v));
}

void ledger::add(entry e) {
  e.at_ns = now_;
  batch_.push_back(e);
  ++count_;
  if (batch_.size() == batch_entries)
    flush();
}

void ledger::flush() {
  if (batch_.empty())
    return;
  digest_.append(batch_, names_);
  for (auto* sink : settings_.sinks)
    sink->append(batch_, names_);
  batch_.clear();
}

std::uint64_t ledger::digest() {
  flush();
  return digest_.value();
}

history::name_table ledger::take_names() {
  flush();
  return std::move(names_);
}

void ledger::add_fields(std::uint32_t actor, const io::row_view& row, entry_kind field_kind) {
  const auto record = index(row.id);
  for (const auto& field : row.fields) {
    entry e{.kind = field_kind,
            .actor = actor,
            .intent = index(field.writer),
            .record = record,
            .collection = row.collection,
            .field = field.field};
    put(e, field.current);
    add(e);
  }
}

entry ledger::task_fact(std::uint32_t actor, const telemetry::fact& f) {
  entry e{.kind = kind_of_fact(f.kind),
          .code = f.code,
          .actor = actor,
          .record = index(f.record),
          .collection = f.collection,
          .field = f.field,
          .aux = f.aux};
  if (f.kind == fact_kind::task_shown)
    e.value = static_cast<std::int64_t>(f.sequence);
  else
    e.intent = index(f.intent), e.s = newest_commit_;
  return e;
}

void ledger::add_task(std::uint32_t actor, std::uint32_t scope, const io::task_view& task) {
  add({.kind = entry_kind::export_task,
       .code = task.open,
       .actor = actor,
       .record = index(task.record),
       .collection = task.collection,
       .field = task.subject,
       .scope = scope,
       .value = static_cast<std::int64_t>(task.branches.size()),
       .aux = task.task});
  for (const auto& branch : task.branches)
    add({.kind = entry_kind::export_branch, .actor = actor, .intent = index(branch.intent), .aux = task.task});
}

std::uint32_t ledger::scope_of(std::uint32_t actor, const telemetry::fact& f) const {
  if (f.scope.value != 0)
    return f.scope.value;
  return actor < settings_.scopes.size() ? settings_.scopes[actor] : 0;
}

entry ledger::page_fact(std::uint32_t actor, const telemetry::fact& f, std::uint64_t message) {
  if (f.kind == fact_kind::page_served) {
    page_peer_ = f.endpoint.value;
    page_entry_s_ = 0;
    page_scope_ = scope_of(page_peer_, f);
  }
  entry e{.kind = kind_of_fact(f.kind), .code = f.code, .actor = actor, .peer = page_peer_, .scope = page_scope_};
  switch (f.kind) {
    case fact_kind::page_served:
      e.aux = f.aux, e.ref = f.from_sequence, e.s = f.sequence, e.value = f.wall, e.message = message;
      break;
    case fact_kind::feed_entry:
      e.intent = index(f.intent), e.s = f.sequence, e.ref = f.from_sequence;
      page_entry_s_ = f.sequence;
      break;
    case fact_kind::feed_row: e.record = index(f.record), e.collection = f.collection, e.s = page_entry_s_; break;
    default: // feed_field
      e.record = index(f.record), e.collection = f.collection, e.field = f.field, e.intent = index(f.other);
      e.s = f.sequence, e.tag = static_cast<history::value_tag>(f.digest.kind), e.value = f.digest.number;
      break;
  }
  return e;
}

void ledger::put_stamp(entry& e, const hlc_stamp& stamp) {
  e.value = stamp.wall;
  e.field = static_cast<std::uint16_t>(stamp.logical);
  e.collection = static_cast<std::uint16_t>(stamp.logical >> 16);
}

void ledger::add_accepted(std::uint32_t actor, const telemetry::fact& f, std::uint64_t intention) {
  entry e{.kind = entry_kind::intent_accepted,
          .actor = actor,
          .intent = index(f.intent),
          .scope = scope_of(actor, f),
          .flags = index(f.other),
          .s = f.sequence,
          .ref = intention,
          .aux = f.aux};
  put_stamp(e, {f.wall, f.logical});
  add(e);
}

void ledger::add_fact(std::uint32_t actor, const telemetry::fact& f, std::uint64_t message) {
  entry e{.kind = kind_of_fact(f.kind), .actor = actor};
  switch (f.kind) {
    case fact_kind::page_served:
    case fact_kind::feed_entry:
    case fact_kind::feed_row:
    case fact_kind::feed_field: e = page_fact(actor, f, message); break;
    case fact_kind::incarnation_begun: e.aux = f.aux, e.code = f.code; break;
    case fact_kind::intent_accepted: return add_accepted(actor, f, 0);
    case fact_kind::intent_carried: e.intent = index(f.intent), e.message = message; break;
    case fact_kind::verdict_received:
      e.intent = index(f.intent), e.code = verdict_code(f), e.rule = static_cast<std::uint8_t>(f.rule);
      e.s = f.sequence, e.ref = index(f.other);
      break;
    case fact_kind::queue_exit: e.intent = index(f.intent), e.code = verdict_code(f); break;
    case fact_kind::overlay_dropped: e.intent = index(f.intent), e.s = f.sequence; break;
    case fact_kind::group_applied: e.intent = index(f.intent), e.s = f.sequence, e.scope = scope_of(actor, f); break;
    case fact_kind::surfaced:
      e.intent = index(f.intent), e.code = verdict_code(f), e.rule = static_cast<std::uint8_t>(f.rule);
      break;
    case fact_kind::cursor_moved:
      e.aux = f.aux, e.s = f.sequence, e.ref = f.from_sequence, e.code = f.code;
      e.scope = scope_of(actor, f);
      break;
    case fact_kind::token_obtained: e.value = f.wall; break;
    case fact_kind::queue_locked:
    case fact_kind::flag_told: e.code = f.code; break;
    case fact_kind::fence_told: e.s = f.sequence, e.aux = f.aux, e.scope = scope_of(actor, f); break;
    case fact_kind::grants_told: e.aux = f.aux; break;
    case fact_kind::scope_purged: e.scope = f.scope.value; break;
    case fact_kind::grant_given:
    case fact_kind::grant_revoked:
      e.ref = f.endpoint.value, e.scope = f.scope.value, e.code = f.code, e.aux = f.aux;
      break;
    case fact_kind::fence_moved:
      e.scope = static_cast<std::uint32_t>(f.aux), e.s = f.sequence, e.ref = f.from_sequence, e.value = f.wall;
      break;
    case fact_kind::task_shown:
    case fact_kind::branch_kept: e = task_fact(actor, f); break;
    case fact_kind::intent_committed:
      e.intent = index(f.intent), e.s = f.sequence, e.aux = f.aux;
      newest_commit_ = f.sequence;
      put_stamp(e, {f.wall, f.logical});
      break;
    case fact_kind::verdict_released:
      e.intent = index(f.intent), e.code = verdict_code(f), e.rule = static_cast<std::uint8_t>(f.rule);
      e.s = f.sequence, e.ref = index(f.other), e.message = message, e.flags = f.code;
      e.aux = f.from_sequence;
      break;
    case fact_kind::verdict_field:
      e.intent = index(f.intent), e.record = index(f.record), e.collection = f.collection, e.field = f.field;
      e.rule = static_cast<std::uint8_t>(f.rule), e.ref = index(f.other);
      break;
    case fact_kind::token_issued:
      e.peer = f.endpoint.value, e.value = f.wall, e.code = f.code, e.ref = f.sequence;
      break;
    case fact_kind::device_revoked: e.peer = f.endpoint.value, e.code = f.code; break;
    case fact_kind::backed_up: e.s = f.sequence, e.aux = f.aux; break;
    case fact_kind::token_refused:
      e.peer = f.endpoint.value, e.code = above_400(f.code), e.flags = static_cast<std::uint32_t>(f.aux);
      e.ref = f.sequence;
      break;
    case fact_kind::request_refused:
      e.peer = f.endpoint.value, e.code = above_400(f.code), e.value = f.wall, e.message = message;
      break;
  }
  add(e);
}

} // namespace squall::actors
