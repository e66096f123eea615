#include "reports/history/render.hpp"

#include <array>
#include <fmt/format.h>

namespace squall::history {

namespace {

constexpr std::array<std::pair<entry_kind, std::string_view>, 72> kinds{{
    {entry_kind::none, "none"},
    {entry_kind::intention_invoked, "intention_invoked"},
    {entry_kind::intention_skipped, "intention_skipped"},
    {entry_kind::intention_failed, "intention_failed"},
    {entry_kind::intention_in_doubt, "intention_in_doubt"},
    {entry_kind::intent_accepted, "intent_accepted"},
    {entry_kind::intent_operation, "intent_operation"},
    {entry_kind::intent_write, "intent_write"},
    {entry_kind::intent_guard, "intent_guard"},
    {entry_kind::value_read, "value_read"},
    {entry_kind::row_read, "row_read"},
    {entry_kind::intent_branch, "intent_branch"},
    {entry_kind::incarnation_begun, "incarnation_begun"},
    {entry_kind::intent_carried, "intent_carried"},
    {entry_kind::verdict_received, "verdict_received"},
    {entry_kind::queue_exit, "queue_exit"},
    {entry_kind::overlay_dropped, "overlay_dropped"},
    {entry_kind::surfaced, "surfaced"},
    {entry_kind::group_applied, "group_applied"},
    {entry_kind::cursor_moved, "cursor_moved"},
    {entry_kind::token_obtained, "token_obtained"},
    {entry_kind::queue_locked, "queue_locked"},
    {entry_kind::status_shown, "status_shown"},
    {entry_kind::task_shown, "task_shown"},
    {entry_kind::fence_told, "fence_told"},
    {entry_kind::grants_told, "grants_told"},
    {entry_kind::scope_purged, "scope_purged"},
    {entry_kind::flag_told, "flag_told"},
    {entry_kind::intent_committed, "intent_committed"},
    {entry_kind::verdict_released, "verdict_released"},
    {entry_kind::verdict_field, "verdict_field"},
    {entry_kind::page_served, "page_served"},
    {entry_kind::feed_entry, "feed_entry"},
    {entry_kind::feed_row, "feed_row"},
    {entry_kind::feed_field, "feed_field"},
    {entry_kind::request_refused, "request_refused"},
    {entry_kind::branch_kept, "branch_kept"},
    {entry_kind::fence_moved, "fence_moved"},
    {entry_kind::token_issued, "token_issued"},
    {entry_kind::token_refused, "token_refused"},
    {entry_kind::device_revoked, "device_revoked"},
    {entry_kind::backed_up, "backed_up"},
    {entry_kind::server_restored, "server_restored"},
    {entry_kind::message_sent, "message_sent"},
    {entry_kind::message_delivered, "message_delivered"},
    {entry_kind::message_lost, "message_lost"},
    {entry_kind::message_duplicated, "message_duplicated"},
    {entry_kind::message_corrupted, "message_corrupted"},
    {entry_kind::fault_began, "fault_began"},
    {entry_kind::fault_ended, "fault_ended"},
    {entry_kind::fault_effect, "fault_effect"},
    {entry_kind::crashed, "crashed"},
    {entry_kind::restarted, "restarted"},
    {entry_kind::clock_read, "clock_read"},
    {entry_kind::healed, "healed"},
    {entry_kind::participant, "participant"},
    {entry_kind::grant, "grant"},
    {entry_kind::revoke, "revoke"},
    {entry_kind::queue_read, "queue_read"},
    {entry_kind::queue_row, "queue_row"},
    {entry_kind::export_began, "export_began"},
    {entry_kind::export_row, "export_row"},
    {entry_kind::export_field, "export_field"},
    {entry_kind::export_ended, "export_ended"},
    {entry_kind::pending, "pending"},
    {entry_kind::run_ended, "run_ended"},
    {entry_kind::export_task, "export_task"},
    {entry_kind::export_branch, "export_branch"},
    {entry_kind::verdicts_read, "verdicts_read"},
    {entry_kind::audit_read, "audit_read"},
    {entry_kind::audit_row, "audit_row"},
    {entry_kind::audit_field, "audit_field"},
}};

bool has_verdict(entry_kind kind) {
  return kind == entry_kind::verdict_received || kind == entry_kind::verdict_released ||
         kind == entry_kind::queue_exit || kind == entry_kind::surfaced || kind == entry_kind::audit_row;
}

bool has_value(entry_kind kind) {
  return kind == entry_kind::intent_write || kind == entry_kind::intent_guard || kind == entry_kind::value_read ||
         kind == entry_kind::feed_field || kind == entry_kind::export_field;
}

bool has_field(entry_kind kind) {
  return has_value(kind) || kind == entry_kind::verdict_field || kind == entry_kind::audit_field;
}

std::string named(intent_index intent, const name_table& names) {
  return intent <= names.intents() ? to_string(names.intent(intent)) : fmt::format("intent #{}", intent);
}

} // namespace

std::string_view name_of(entry_kind kind) {
  for (const auto& [known, name] : kinds)
    if (known == kind)
      return name;
  return "?";
}

std::string_view name_of(verdict_code code) {
  static constexpr std::array<std::string_view, 10> names{
      "no verdict", "applied", "merged", "superseded", "conflicted", "rejected", "duplicate", "fork", "gap", "retry"};
  return static_cast<std::size_t>(code) < names.size() ? names[static_cast<std::size_t>(code)] : "an unknown verdict";
}

std::string_view name_of(rule_code rule) {
  static constexpr std::array<std::string_view, 21> names{
      "no rule",  "last commit", "precedence",   "delete against update",
      "unique",   "guard",       "dependency",   "gone",
      "denied",   "malformed",   "combined",     "later stamp",
      "role",     "extreme",     "for a person", "resolution",
      "add wins", "remove wins", "bound",        "state",
      "reference"};
  return static_cast<std::size_t>(rule) < names.size() ? names[static_cast<std::size_t>(rule)] : "an unknown rule";
}

std::string name_of_participant(std::uint32_t actor) { return actor == 0 ? "the server" : fmt::format("d{}", actor); }

std::string describe(value_tag tag, std::int64_t value, const name_table& names) {
  const auto digest = static_cast<std::uint64_t>(value) >> 32;
  switch (tag) {
    case value_tag::none: return "nothing";
    case value_tag::integer: return std::to_string(value);
    case value_tag::text: {
      const auto* text = names.text(value);
      return text != nullptr ? fmt::format("'{}'", *text) : fmt::format("text {:08x}", digest);
    }
    case value_tag::reference: return fmt::format("reference {:08x}", digest);
  }
  return "?";
}

std::string describe_field(std::uint16_t collection, std::uint16_t field, const scenarios::DataModel& model) {
  if (collection >= model.collections_size())
    return fmt::format("collection {} field {}", collection, field);
  const auto& of = model.collections(collection);
  return field < of.fields_size() ? fmt::format("{}.{}", of.name(), of.fields(field).name())
                                  : fmt::format("{} field {}", of.name(), field);
}

std::string render(const entry& e, const name_table& names, const scenarios::DataModel& model) {
  auto line = fmt::format("{:>14.6f}s {:<10} {}", static_cast<double>(e.at_ns) / 1e9, name_of_participant(e.actor),
                          name_of(e.kind));
  const auto add = [&](std::string_view what, auto value) { line += fmt::format(" {} {}", what, value); };
  if (e.intent != 0)
    add(has_value(e.kind) && e.kind != entry_kind::intent_write ? "by" : "intent", named(e.intent, names));
  if (e.record != 0)
    add("record", e.record <= names.records() ? to_string(names.record(e.record)) : "?");
  if (has_field(e.kind))
    add("field", describe_field(e.collection, e.field, model));
  if (has_value(e.kind))
    add("=", describe(e.tag, e.value, names));
  if (has_verdict(e.kind)) {
    add(":", name_of(static_cast<verdict_code>(e.code)));
    if (e.ref != 0)
      add("winner", named(static_cast<intent_index>(e.ref), names));
  } else if (e.code != 0) {
    add("code", e.code);
  }
  if (e.rule != 0)
    add("rule", name_of(static_cast<rule_code>(e.rule)));
  if (e.peer != 0)
    add("peer", name_of_participant(e.peer));
  if (e.scope != 0)
    add("scope", e.scope);
  if (e.s != 0)
    add("s", e.s);
  if (e.ref != 0 && !has_verdict(e.kind))
    add("ref", e.ref);
  if (e.aux != 0)
    add("aux", e.aux);
  if (e.value != 0 && !has_value(e.kind))
    add("value", e.value);
  if (e.flags != 0)
    add("flags", e.flags);
  if (e.message != 0)
    line += fmt::format(" message {:016x}", e.message);
  return line;
}

} // namespace squall::history
