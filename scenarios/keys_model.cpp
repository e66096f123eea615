#include "scenarios/keys_sections.hpp"

#include "scenarios/names.hpp"
#include "scenarios/reactions/reactions.hpp"
#include "scenarios/workloads/registry.hpp"

#include <iterator>

namespace squall::scenarios {

namespace {

constexpr std::int64_t million = 1'000'000;
constexpr std::int64_t bound_max = std::int64_t{1} << 53; // what every reader of YAML and JSON can hold

std::vector<std::string_view> reaction_names() { return {std::begin(reaction_rules), std::end(reaction_rules)}; }

std::vector<std::string_view> policy_names() { return names_of(collection_policies()); }

std::vector<std::string_view> shorthand_names() {
  std::vector<std::string_view> out = names_of(field_rules());
  out.insert(out.end(), {"text", "integer"});
  return out;
}

std::vector<std::string_view> type_names() { return {"text", "integer", "counter", "set"}; }

std::vector<std::string_view> rule_names() { return names_of(field_rules()); }

std::vector<std::string_view> delete_names() { return {"add_wins", "remove_wins"}; }

std::vector<std::string_view> on_delete_names() { return {"restrict", "cascade", "task"}; }

key bound(std::string_view name, std::string_view about) {
  return {.name = name, .field = name, .is = form::integer, .about = about, .low = -bound_max, .high = bound_max};
}

const section& bounds_section() {
  static const section s{"a counter's bounds",
                         {bound("at_least", "A change that would leave it below is refused."),
                          bound("at_most", "A change that would leave it above is refused.")}};
  return s;
}

const section& field_section() {
  static const section s{
      "a field",
      {
          {.name = "shorthand",
           .field = "shorthand",
           .is = form::choice,
           .about = "One word: a rule (a text by it, or a counter) or, where the collection has the rule, a type.",
           .names = shorthand_names,
           .explain = explain_rule},
          {.name = "type",
           .field = "type",
           .is = form::choice,
           .about = "What the field holds. Default text.",
           .names = type_names},
          {.name = "rule",
           .field = "rule",
           .is = form::choice,
           .about = "What becomes of concurrent writes; field_merge needs one.",
           .names = rule_names,
           .explain = explain_rule},
          {.name = "precedence",
           .field = "precedence",
           .is = form::texts,
           .about = "Values of the field, the one that wins first; the rule of a field such as a status."},
          {.name = "role_precedence",
           .field = "role_precedence",
           .is = form::texts,
           .about = "Roles, the one whose write wins first; the rule of a field that some people decide."},
          {.name = "derived",
           .field = "derived",
           .is = form::text,
           .about = "Recomputed, never written: sum(lines.quantity * lines.price), hash(lines.sku, lines.quantity)."},
          {.name = "ref", .field = "ref", .is = form::name, .about = "Refers to a record of this collection."},
          {.name = "on_delete",
           .field = "on_delete",
           .is = form::choice,
           .about =
               "When what it refers to is deleted: refuse that, delete this too, or ask people. Default: nobody looks.",
           .names = on_delete_names},
          {.name = "counter",
           .field = "counter",
           .is = form::section,
           .about = "A counter within bounds.",
           .inner = &bounds_section()},
          bound("at_least", "Of a number: a change that would leave it below is refused."),
          bound("at_most", "Of a number: a change that would leave it above is refused."),
          {.name = "states",
           .field = "states",
           .is = form::graph,
           .about = "Of a text: each state with those that may follow it, the first of a new record first."},
      },
      "shorthand"};
  return s;
}

const section& hot_section() {
  static const section s{"hot",
                         {
                             {.name = "records",
                              .field = "records_ppm",
                              .is = form::share,
                              .about = "This share of the records ...",
                              .required = true},
                             {.name = "receive",
                              .field = "receive_ppm",
                              .is = form::share,
                              .about = "... receives this share of the work.",
                              .required = true},
                         }};
  return s;
}

} // namespace

const section& reaction_section() {
  static const section s{
      "a reaction",
      {
          {.name = "rule",
           .field = "rule",
           .is = form::choice,
           .about = "resolve_tasks: an open task is settled; retry_rejected: what a guard or a bound refused is tried "
                    "once more.",
           .required = true,
           .names = reaction_names},
          {.name = "name",
           .field = "name",
           .is = form::name,
           .about = "Names its draws. Default: the rule, numbered if it is not the first of its kind."},
          {.name = "devices",
           .field = "devices",
           .is = form::integers,
           .about = "Only the users of these devices, from 1.",
           .low = 1,
           .high = devices_max},
          {.name = "team",
           .field = "team",
           .is = form::integer,
           .about = "Only the users of this team, from 1.",
           .low = 1,
           .high = devices_max},
          {.name = "role", .field = "role", .is = form::name, .about = "Only users who have this role."},
          {.name = "share",
           .field = "share_ppm",
           .is = form::share,
           .about = "The share of those users who ever do, drawn once. Default 100%."},
          {.name = "delay",
           .field = "delay",
           .is = form::section,
           .about = "How long after it was shown.",
           .required = true,
           .inner = &spread_section()},
          {.name = "chance",
           .field = "chance_ppm",
           .is = form::share,
           .about = "How likely such a user is to react each time. Default 100%."},
          {.name = "take",
           .field = "take_ppm",
           .is = form::share,
           .about = "resolve_tasks: how often the newest branch is taken; else what is visible is kept. Default 0%."},
          {.name = "collections",
           .field = "collections",
           .is = form::texts,
           .about = "Only about records of these. Default: all."},
      }};
  return s;
}

const section& rule_section() {
  static const section s{
      "a rule",
      {
          {.name = "name",
           .field = "name",
           .is = form::name,
           .about = "What it is called, in reports.",
           .required = true},
          {.name = "collection",
           .field = "collection",
           .is = form::name,
           .about = "Whose live records are looked at.",
           .required = true},
          {.name = "broken_if",
           .field = "broken_if",
           .is = form::text,
           .about = "A condition: `reserved > on_hand`, `order.status = shipped and content != order.content`.",
           .required = true},
      }};
  return s;
}

const section& device_section() {
  static const section s{"devices",
                         {
                             {.name = "count",
                              .field = "count",
                              .is = form::integer,
                              .about = "Simulated devices.",
                              .required = true,
                              .low = 1,
                              .high = devices_max},
                             {.name = "teams",
                              .field = "teams",
                              .is = form::integer,
                              .about = "Teams that they are dealt to in turn; a team shares its records. Default 1.",
                              .low = 1,
                              .high = devices_max},
                             {.name = "team_size",
                              .field = "team_size",
                              .is = form::integer,
                              .about = "Devices in a team, so that the number of teams follows the number of devices.",
                              .low = 1,
                              .high = devices_max},
                             {.name = "team_of",
                              .field = "team_of",
                              .is = form::integers,
                              .about = "The team of each device, one after the other.",
                              .low = 1,
                              .high = devices_max},
                             {.name = "roles",
                              .field = "roles",
                              .is = form::shares,
                              .about = "The share of the users who have a role; the others have none."},
                             {.name = "role_of",
                              .field = "role_of",
                              .is = form::texts,
                              .about = "The role of each device's user, one after the other, or `none`."},
                             {.name = "span",
                              .field = "span_ppm",
                              .is = form::share,
                              .about = "The share of the users who hold the next team's records, too."},
                             {.name = "span_of",
                              .field = "span_of",
                              .is = form::integers,
                              .about = "The other team that each device's user holds, one after the other, or 0.",
                              .low = 0,
                              .high = devices_max},
                         }};
  return s;
}

const section& collection_section() {
  static const section s{
      "a collection",
      {
          {.name = "policy",
           .field = "policy",
           .is = form::choice,
           .about =
               "How concurrent changes come together: lww_server, the last to commit wins the record; lww_clock, the "
               "latest stamp does; field_merge, each field by its rule; manual, people are asked; crdt, nothing is "
               "lost.",
           .required = true,
           .names = policy_names,
           .explain = explain_policy},
          {.name = "fields",
           .field = "fields",
           .is = form::named,
           .about = "The fields and their rules.",
           .required = true,
           .inner = &field_section()},
          {.name = "deletes",
           .field = "deletes",
           .is = form::choice,
           .about = "Under crdt: whether a record that is changed while it is deleted stays (add_wins) or goes "
                    "(remove_wins).",
           .names = delete_names},
          {.name = "offline",
           .field = "offline",
           .is = form::flag,
           .about = "Whether it may be changed out of contact while the server's flag says limited. Default false."},
          {.name = "unique",
           .field = "unique",
           .is = form::keys,
           .about = "Fields, or lists of fields, whose values no two live records of a team share."},
          {.name = "wide", .field = "wide", .is = form::flag, .about = "Its records are everybody's, not a team's."},
          {.name = "writers",
           .field = "writers",
           .is = form::texts,
           .about = "The roles that may write there. Default: everybody."},
      }};
  return s;
}

const section& workload_section() {
  static const section s{
      "a workload",
      {
          {.name = "name",
           .field = "name",
           .is = form::name,
           .about = "Names its draws. Default: the kind, numbered if it is not the first of its kind."},
          {.name = "kind",
           .field = "kind",
           .is = form::choice,
           .about = "What the users do.",
           .required = true,
           .names = workload_names},
          {.name = "collection", .field = "collection", .is = form::name, .about = "On records of this collection."},
          {.name = "field", .field = "field", .is = form::name, .about = "The one field that it writes."},
          {.name = "per_device",
           .field = "per_device_uph",
           .is = form::rate,
           .about = "How often, on each device.",
           .required = true,
           .low = 1,
           .high = 360'000'000'000'000},
          {.name = "fields",
           .field = "fields",
           .is = form::amounts,
           .about = "The fields that it writes, with weights.",
           .low = 0,
           .high = 1'000'000},
          {.name = "hot",
           .field = "hot",
           .is = form::section,
           .about = "Crowds the work on a few records.",
           .inner = &hot_section()},
          {.name = "lines",
           .field = "lines",
           .is = form::range,
           .about = "Child records created with the record. Default [1, 3].",
           .low = 0,
           .high = 15},
          {.name = "amount",
           .field = "amount",
           .is = form::range,
           .about = "How much is taken. Default [1, 5].",
           .low = 1,
           .high = million},
          {.name = "release",
           .field = "release_ppm",
           .is = form::share,
           .about = "The share of the changes that give back rather than take. Default 0%."},
          {.name = "window",
           .field = "window_ns",
           .is = form::duration,
           .about = "Users of a team who act within the same window choose the same key. Default 10m.",
           .low = 1},
          {.name = "common",
           .field = "common_ppm",
           .is = form::share,
           .about = "The share of the inserted texts that many users use; the others are used once. Default 70%."},
          {.name = "from", .field = "from_ns", .is = form::duration, .about = "Not before. Default 0s."},
          {.name = "until", .field = "until_ns", .is = form::duration, .about = "Not after. Default: the duration."},
          {.name = "wait",
           .field = "wait_ns",
           .is = form::duration,
           .about = "A record that the device does not have yet is waited for so long. Default: half of the duration."},
      }};
  return s;
}

} // namespace squall::scenarios
