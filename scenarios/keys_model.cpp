#include "scenarios/keys_sections.hpp"

#include "scenarios/names.hpp"
#include "scenarios/workloads/registry.hpp"

namespace squall::scenarios {

namespace {

constexpr std::int64_t million = 1'000'000;

std::vector<std::string_view> policy_names() { return names_of(collection_policies()); }

std::vector<std::string_view> shorthand_names() {
  std::vector<std::string_view> out = names_of(field_rules());
  out.insert(out.end(), {"text", "integer"});
  return out;
}

std::vector<std::string_view> type_names() { return {"text", "integer", "counter"}; }

std::vector<std::string_view> rule_names() { return names_of(field_rules()); }

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
          {.name = "derived",
           .field = "derived",
           .is = form::text,
           .about = "Recomputed, never written: sum(lines.quantity * lines.price)."},
          {.name = "ref", .field = "ref", .is = form::name, .about = "Refers to a record of this collection."},
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
               "How concurrent changes come together: lww_server, the last to commit wins the record; field_merge, "
               "each field by its rule.",
           .required = true,
           .names = policy_names,
           .explain = explain_policy},
          {.name = "fields",
           .field = "fields",
           .is = form::named,
           .about = "The fields and their rules.",
           .required = true,
           .inner = &field_section()},
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
