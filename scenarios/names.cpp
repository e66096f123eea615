#include "scenarios/names.hpp"

#include <fmt/format.h>

namespace squall::scenarios {

const std::vector<named_thing>& collection_policies() {
  static const std::vector<named_thing> all{
      {"lww_server", "the last to commit wins, the whole record"},
      {"field_merge", "fields written apart merge; concurrent writes of one field go by that field's rule"},
  };
  return all;
}

const std::vector<named_thing>& field_rules() {
  static const std::vector<named_thing> all{
      {"lww_server", "the last to commit wins, this field"},
      {"counter", "additions sum; the field is never set"},
  };
  return all;
}

const std::vector<named_thing>& metrics() {
  static const std::vector<named_thing> all{
      {"intents", "changes accepted on a device"},
      {"applied", "intents that took effect as written"},
      {"merged", "intents that committed with some writes combined or overridden"},
      {"superseded", "intents without visible effect, by policy"},
      {"rejected", "intents refused and surfaced"},
      {"conflicted", "intents kept as a branch of a task"},
      {"concurrent_edits", "intents with a write concurrent with another of the same field"},
      {"concurrent_intents", "intents concurrent with another on the same record"},
      {"duplicates", "verdicts repeated for an intent that was sent again"},
      {"resyncs", "snapshots that replaced a cursor that could not go on"},
      {"token_refreshes", "access tokens refreshed"},
      {"crashes", "processes killed in the middle"},
      {"lost_messages", "messages that never arrived"},
      {"lost_acks", "push replies that never arrived"},
      {"corrupted", "messages with a flipped bit"},
      {"duplicated", "messages delivered more than once"},
      {"skips", "intentions that found nothing to act upon"},
      {"offline_spells", "times that a device was cut off"},
      {"max_queue_depth", "intents waiting on one device at most"},
  };
  return all;
}

const std::vector<named_thing>& message_classes() {
  static const std::vector<named_thing> all{
      {"push", "intents on their way to the server"},
      {"push_reply", "their verdicts: the acknowledgement"},
      {"pull", "a request for changes"},
      {"page", "changes"},
      {"snapshot", "a request for a snapshot"},
      {"snapshot_page", "a part of a snapshot"},
      {"enrol", "a device's first request for credentials"},
      {"enrol_reply", "its answer"},
      {"refresh", "a request for a new token"},
      {"refresh_reply", "its answer"},
  };
  return all;
}

std::vector<std::string_view> names_of(const std::vector<named_thing>& things) {
  std::vector<std::string_view> out;
  for (const named_thing& t : things)
    out.push_back(t.name);
  return out;
}

std::string explain_policy(std::string_view name) {
  if (name == "lww")
    return "`lww` does not say which write is the last one; write `lww_server` (the last to commit) or `lww_clock` "
           "(the "
           "greatest stamp; not in this version)";
  for (const std::string_view later : {"lww_clock", "manual", "crdt"})
    if (name == later)
      return fmt::format("`{}` is not in this version; use `lww_server` or `field_merge`", name);
  return {};
}

std::string explain_rule(std::string_view name) {
  if (name == "lww")
    return explain_policy(name);
  if (name == "precedence" || name == "derived")
    return fmt::format("write {{{}: {}}}", name, name == "derived" ? "sum(lines.quantity * lines.price)" : "[...]");
  for (const std::string_view later : {"lww_clock", "manual", "role_precedence", "max", "min", "set"})
    if (name == later)
      return fmt::format("`{}` is not in this version; use `lww_server`, `counter` or {{precedence: [...]}}", name);
  return {};
}

} // namespace squall::scenarios
