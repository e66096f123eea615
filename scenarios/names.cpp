#include "scenarios/names.hpp"

#include <fmt/format.h>

namespace squall::scenarios {

const std::vector<named_thing>& collection_policies() {
  static const std::vector<named_thing> all{
      {"lww_server", "the last to commit wins, the whole record"},
      {"lww_clock", "the latest stamp wins, the whole record; stamps too far ahead count as little ahead"},
      {"field_merge", "fields written apart merge; concurrent writes of one field go by that field's rule"},
      {"manual", "the first to commit stands; what was concurrent waits in a task for a person"},
      {"crdt", "every change counts: counters sum, sets unite, numbers go by max or min, texts by the latest stamp"},
  };
  return all;
}

const std::vector<named_thing>& field_rules() {
  static const std::vector<named_thing> all{
      {"lww_server", "the last to commit wins, this field"},
      {"lww_clock", "the latest stamp wins, this field"},
      {"max", "the greatest number wins"},
      {"min", "the least number wins"},
      {"manual", "the first to commit stands; the other waits in a task for a person"},
      {"counter", "additions sum; the field is never set"},
      {"add_wins", "a set; an insertion that an erasure had not seen stays"},
      {"remove_wins", "a set; an erasure that an insertion had not seen keeps the text out"},
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
      {"business_rules_broken", "live records that break one of the scenario's `rules` in the end, once for each rule"},
      {"contended_intents", "intents that change a record which another changes, neither author having seen the other"},
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
      {"deletes", "commits that deleted a record"},
      {"restores", "commits that restored a record"},
      {"tasks_opened", "tasks that conflicts opened"},
      {"tasks_resolved", "tasks that a resolution closed"},
      {"branches_kept", "intents kept as branches of tasks"},
      {"second_resolutions", "resolutions of a task that another had closed"},
      {"clamped_stamps", "commits whose stamp did not count as it was given"},
      {"wins_by_stamp", "writes decided by their stamps"},
      {"wins_by_role", "writes decided by their authors' roles"},
      {"wins_by_extreme", "writes decided by which is greater or smaller"},
      {"set_inserts", "insertions into sets committed"},
      {"set_erases", "erasures from sets committed"},
      {"unique_conflicts", "changes that wanted a key that is taken"},
      {"reference_conflicts", "changes in conflict about a reference"},
      {"cascaded_removes", "records removed with what they referred to"},
      {"restricted", "changes refused because of a reference"},
      {"bound_rejections", "changes refused because of a bound"},
      {"state_rejections", "changes refused because the state could not follow"},
      {"flagged_rows", "visible rows that a user had to be warned of"},
      {"refused_requests", "requests that the server refused"},
      {"overload_refusals", "requests refused with 429 or 503"},
      {"full_queue_refusals", "changes refused since too many awaited a verdict"},
      {"offline_refusals", "changes refused since the device was out of contact"},
      {"breaker_openings", "times that a device left a failing server alone"},
      {"invalidations", "times that the server told a device that there is news"},
      {"audit_rows", "judged intents in the server's audit"},
      {"drift_age_ms_max", "longest that an entry waited for a device, in ms"},
      {"connected_lag_ms_max", "longest that an entry waited for a device while that was connected, in ms"},
      {"connected_lag_ms_p99", "of the waits of connected devices, 99 in 100 were no longer, in ms"},
      {"connected_devices", "devices connected for long enough to be asked how far behind they are"},
      {"tombstones_forgotten", "deleted records that the server has forgotten"},
      {"fences_moved", "times that the server forgot deleted records of a team"},
      {"fence_resyncs", "devices told to resync since they missed what is forgotten"},
      {"gone_rejections", "changes refused because the server has forgotten the record"},
      {"devices_expired", "times that a device was away too long to be waited for"},
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
      {"invalidation", "the server's hint that a team's feed has grown"},
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
           "(the latest stamp)";
  return {};
}

std::string explain_rule(std::string_view name) {
  if (name == "lww")
    return explain_policy(name);
  if (name == "precedence" || name == "role_precedence" || name == "derived")
    return fmt::format("write {{{}: {}}}", name, name == "derived" ? "sum(lines.quantity * lines.price)" : "[...]");
  if (name == "set")
    return "`set` does not say what becomes of a text that one inserts while another erases it; write `add_wins` or "
           "`remove_wins`";
  return {};
}

} // namespace squall::scenarios
