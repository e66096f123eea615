#include "scenarios/keys.hpp"

#include "engine/base/time.hpp"
#include "faults/catalogue.hpp"
#include "scenarios/names.hpp"
#include "scenarios/workloads/registry.hpp"

namespace squall::scenarios {

namespace {

constexpr std::int64_t million = 1'000'000;
constexpr std::int64_t count_max = 0xffff'ffff;
constexpr std::int64_t devices_max = 500'000; // ids hold 19 bits of a device

std::vector<std::string_view> policy_names() { return names_of(collection_policies()); }
std::vector<std::string_view> message_class_names() { return names_of(message_classes()); }
std::vector<std::string_view> metric_and_fault_names() {
  std::vector<std::string_view> out = names_of(metrics());
  for (const std::string_view fault : fault_names())
    out.push_back(fault);
  return out;
}
std::vector<std::string_view> shorthand_names() {
  std::vector<std::string_view> out = names_of(field_rules());
  out.insert(out.end(), {"text", "integer"});
  return out;
}
std::vector<std::string_view> type_names() { return {"text", "integer", "counter"}; }
std::vector<std::string_view> rule_names() { return names_of(field_rules()); }

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
                         }};
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
           .explain = explain_policy},
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
           .explain = explain_policy},
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

const section& lognormal_section() {
  static const section s{"lognormal",
                         {
                             {.name = "median",
                              .field = "median_ns",
                              .is = form::duration,
                              .about = "Half of them are shorter.",
                              .required = true},
                             {.name = "sigma",
                              .field = "sigma_milli",
                              .is = form::milli,
                              .about = "Standard deviation of the logarithm, such as 0.5.",
                              .required = true,
                              .high = 3'000},
                         }};
  return s;
}

const section& spread_section() {
  static const section s{
      "a length of time",
      {
          {.name = "constant", .field = "constant_ns", .is = form::duration, .about = "Always this long."},
          {.name = "uniform",
           .field = "uniform",
           .is = form::range,
           .about = "Between the two, evenly.",
           .element = form::duration},
          {.name = "lognormal",
           .field = "lognormal",
           .is = form::section,
           .about = "Mostly around the median, sometimes far longer.",
           .inner = &lognormal_section()},
      },
      "constant",
      true};
  return s;
}

const section& network_section() {
  static const section s{
      "network",
      {
          {.name = "latency",
           .field = "latency",
           .is = form::section,
           .about = "From sending to arrival. Default 40ms.",
           .inner = &spread_section()},
          {.name = "jitter", .field = "jitter_ns", .is = form::duration, .about = "Up to so much on top, evenly."},
          {.name = "loss", .field = "loss_ppm", .is = form::share, .about = "Messages that never arrive."},
          {.name = "duplicate", .field = "duplicate_ppm", .is = form::share, .about = "Messages that arrive twice."},
          {.name = "reorder", .field = "reorder_ppm", .is = form::share, .about = "Messages held back ..."},
          {.name = "reorder_by",
           .field = "reorder_by_ns",
           .is = form::duration,
           .about = "... by up to this. Default 500ms."},
          {.name = "corrupt", .field = "corrupt_ppm", .is = form::share, .about = "Messages of which one bit flips."},
      }};
  return s;
}

const section& fault_section() {
  static const section s{
      "a fault",
      {
          {.name = "name",
           .field = "name",
           .is = form::name,
           .about = "Names its draws. Default: the fault, numbered if it is not the first of its kind."},
          {.name = "fault",
           .field = "fault",
           .is = form::choice,
           .about = "What goes wrong; see docs/faults.md.",
           .required = true,
           .names = fault_names},
          {.name = "at", .field = "at_ns", .is = form::duration, .about = "Once, at this time."},
          {.name = "every",
           .field = "every_ns",
           .is = form::duration,
           .about = "Again and again, so far apart.",
           .low = 1'000'000},
          {.name = "rate",
           .field = "rate_uph",
           .is = form::rate,
           .about = "At random, so often on each device (or on the server).",
           .low = 1,
           .high = 360'000'000'000},
          {.name = "from",
           .field = "from_ns",
           .is = form::duration,
           .about = "With every or rate: not before. Default 0s; with every, its first time is one interval later."},
          {.name = "until",
           .field = "until_ns",
           .is = form::duration,
           .about = "With every or rate: not after. Default: the duration."},
          {.name = "share",
           .field = "share_ppm",
           .is = form::share,
           .about = "The share of the devices that it hits, drawn each time. Default 100%."},
          {.name = "devices",
           .field = "devices",
           .is = form::integers,
           .about = "Only these devices, from 1.",
           .low = 1,
           .high = devices_max},
          {.name = "team",
           .field = "team",
           .is = form::integer,
           .about = "Only the devices of this team, from 1.",
           .low = 1,
           .high = devices_max},
          {.name = "for",
           .field = "duration",
           .is = form::section,
           .about = "How long it lasts.",
           .inner = &spread_section()},
          {.name = "chance",
           .field = "chance_ppm",
           .is = form::share,
           .about = "The share of the seeds that have this fault at all. Default 100%."},
          {.name = "message",
           .field = "message",
           .is = form::choice,
           .about = "The class of message that it is about.",
           .names = message_class_names},
          {.name = "ordinal",
           .field = "ordinal",
           .is = form::integer,
           .about = "Which message of that class, from 1. Default 1.",
           .low = 1,
           .high = million},
      },
      {},
      false,
      true};
  return s;
}

key knob(std::string_view name, std::string_view field, form is, std::int64_t low, std::int64_t high,
         std::string_view about) {
  return {.name = name, .field = field, .is = is, .about = about, .low = low, .high = high};
}

/// Fields of Knobs, not of Scenario.
const section& engine_section() {
  constexpr std::int64_t ms = millisecond_ns;
  constexpr std::int64_t day = 24 * hour_ns;
  static const section s{
      "engine",
      {
          knob("poll_every", "poll_every_ns", form::duration, 100 * ms, 30 * day, "Between a client's pulls."),
          knob("request_timeout", "request_timeout_ns", form::duration, 100 * ms, hour_ns,
               "Until a request counts as lost."),
          knob("backoff_base", "backoff_base_ns", form::duration, ms, hour_ns, "The first delay before a retry."),
          knob("backoff_cap", "backoff_cap_ns", form::duration, ms, day, "The longest delay before a retry."),
          knob("access_token_lifetime", "access_token_lifetime_ns", form::duration, second_ns, 30 * day,
               "An access token's life."),
          knob("token_leeway", "token_leeway_ns", form::duration, 1, day,
               "How long after its end the server still takes a token."),
          knob("push_batch_max", "push_batch_max", form::integer, 1, 1000, "Intents in one push."),
          knob("page_limit", "page_limit", form::integer, 1, 1000, "Feed entries in one page."),
          knob("snapshot_page_rows", "snapshot_page_rows", form::integer, 1, 10'000, "Rows in one page of a snapshot."),
          knob("retention_entries", "retention_entries", form::integer, 1, count_max,
               "Feed entries that the server keeps for each team; older cursors must start from a snapshot."),
          knob("first_sequence", "first_sequence", form::integer, 1, std::int64_t{1} << 62,
               "The commit sequence of the first intent."),
          knob("store_cache_pages", "store_cache_pages", form::integer, 4, 100'000, "Pages in a store's cache."),
          knob("disk_sync", "disk_sync_ns", form::duration, 1, hour_ns, "What a sync of a disk takes."),
          knob("disk_write", "disk_write_ns", form::duration, 1, hour_ns, "What a write to a disk takes."),
          knob("server_step_low", "server_step_low_ns", form::duration, 1, hour_ns,
               "The shortest that the server takes for one transaction."),
          knob("server_step_high", "server_step_high_ns", form::duration, 1, hour_ns, "The longest."),
      }};
  return s;
}

const section& clock_section() {
  static const section s{
      "clocks",
      {
          {.name = "skew",
           .field = "skew_ns",
           .is = form::duration,
           .about = "Each device's wall clock is off by up to this, either way."},
          {.name = "drift",
           .field = "drift_ppb",
           .is = form::drift,
           .about = "Each device's clocks run fast or slow by up to this.",
           .high = 100'000'000},
          {.name = "share", .field = "share_ppm", .is = form::share, .about = "Of the devices. Default 100%."},
      }};
  return s;
}

const section& expect_section() {
  static const section s{"expect",
                         {
                             {.name = "settle_within",
                              .field = "settle_within_ns",
                              .is = form::duration,
                              .about = "After healing, all must be quiet and equal within this. Default 10m.",
                              .low = 1},
                             {.name = "reached",
                              .field = "reached",
                              .is = form::thresholds,
                              .about = "What must have happened, or the run proves nothing: metrics, faults, probes.",
                              .names = metric_and_fault_names},
                             {.name = "skipped_at_most",
                              .field = "skipped_ppm_max",
                              .is = form::share,
                              .about = "Intentions that found nothing to act upon. Default 5%."},
                         }};
  return s;
}

const section& budget_section() {
  static const section s{"budget",
                         {
                             {.name = "events_per_instant",
                              .field = "events_per_instant",
                              .is = form::integer,
                              .about = "More events at one instant are a livelock.",
                              .low = 1},
                             {.name = "events",
                              .field = "events",
                              .is = form::integer,
                              .about = "More events in the run are one, too.",
                              .low = 1},
                         }};
  return s;
}

} // namespace

const section& scenario_section() {
  static const section s{
      "a scenario",
      {
          {.name = "name", .field = "name", .is = form::name, .about = "The scenario's name.", .required = true},
          {.name = "about",
           .field = "about",
           .is = form::text,
           .about = "The story, in a sentence or two.",
           .required = true},
          {.name = "duration",
           .field = "duration_ns",
           .is = form::duration,
           .about = "How long users work and things go wrong; then everything heals.",
           .required = true,
           .low = 10 * second_ns,
           .high = 400 * 24 * hour_ns},
          {.name = "devices",
           .field = "devices",
           .is = form::section,
           .about = "Who takes part.",
           .required = true,
           .inner = &device_section()},
          {.name = "collections",
           .field = "collections",
           .is = form::named,
           .about = "The data model, with each collection's conflict policy.",
           .required = true,
           .inner = &collection_section()},
          {.name = "initial",
           .field = "initial",
           .is = form::amounts,
           .about =
               "Records of a collection that each team starts with, created by its first device. Default 4 of each "
               "collection that refers to none.",
           .high = 10'000},
          {.name = "workload",
           .field = "workload",
           .is = form::sections,
           .about = "What the users do.",
           .required = true,
           .inner = &workload_section()},
          {.name = "network",
           .field = "network",
           .is = form::section,
           .about = "What links are like all the time.",
           .inner = &network_section()},
          {.name = "faults",
           .field = "faults",
           .is = form::sections,
           .about = "What goes wrong.",
           .inner = &fault_section()},
          {.name = "engine",
           .field = "engine",
           .is = form::choices,
           .about = "Settings of the engine under test.",
           .inner = &engine_section()},
          {.name = "clocks",
           .field = "clocks",
           .is = form::section,
           .about = "How far the devices' clocks are off.",
           .inner = &clock_section()},
          {.name = "expect",
           .field = "expect",
           .is = form::section,
           .about = "What must come of it.",
           .inner = &expect_section()},
          {.name = "variants",
           .field = "variants",
           .is = form::variants,
           .about =
               "Named changes of this file, for comparison: a collection's policy or fields, or any key of the file."},
          {.name = "budget",
           .field = "budget",
           .is = form::section,
           .about = "When a run has run away.",
           .inner = &budget_section()},
      }};
  return s;
}

const std::vector<std::string_view>& fields_without_key() {
  // Names of named things are keys of the map that holds them; parameters come from the catalogue of faults.
  static const std::vector<std::string_view> all{"CollectionSpec.name", "FieldSpec.name", "FaultRule.parameters"};
  return all;
}

const key* find_key(const section& in, std::string_view name) {
  for (const key& k : in.keys)
    if (k.name == name && (in.scalar_key != name || in.exactly_one))
      return &k;
  return nullptr;
}

std::vector<std::string_view> key_names(const section& in) {
  std::vector<std::string_view> out;
  for (const key& k : in.keys)
    if (find_key(in, k.name))
      out.push_back(k.name);
  return out;
}

std::vector<std::string_view> fault_names() {
  std::vector<std::string_view> out;
  for (const faults::fault_info& f : faults::catalogue())
    if (f.planned)
      out.emplace_back(f.name);
  return out;
}

std::vector<key> fault_parameter_keys(std::string_view fault) {
  std::vector<key> out;
  const faults::fault_info* info = faults::find_fault(fault);
  if (!info)
    return out;
  for (const faults::parameter_info& p : info->parameters) {
    form is = form::integer;
    switch (p.unit) {
      case faults::parameter_unit::ns: is = form::duration; break;
      case faults::parameter_unit::ppm: is = form::share; break;
      case faults::parameter_unit::ppb: is = form::drift; break;
      case faults::parameter_unit::bytes: is = form::bytes; break;
      case faults::parameter_unit::count: is = form::integer; break;
    }
    out.push_back({.name = p.name, .field = p.name, .is = is, .about = p.meaning, .low = p.low, .high = p.high});
  }
  return out;
}

} // namespace squall::scenarios
