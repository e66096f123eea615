#include "scenarios/keys.hpp"

#include "engine/base/time.hpp"
#include "faults/catalogue.hpp"
#include "scenarios/keys_sections.hpp"
#include "scenarios/names.hpp"

#include <fmt/format.h>

#include <list>
#include <map>
#include <string>

namespace squall::scenarios {

namespace {

std::vector<std::string_view> metric_and_fault_names() {
  std::vector<std::string_view> out = names_of(metrics());
  for (const std::string_view fault : fault_names())
    out.push_back(fault);
  return out;
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
                             {.name = "staleness",
                              .field = "staleness_within_ns",
                              .is = form::duration,
                              .about = "A connected device is at most so far behind. Default four polls and a minute.",
                              .low = 1},
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
               "collection that refers to none, and none where there is only a script.",
           .high = 10'000},
          {.name = "workload",
           .field = "workload",
           .is = form::sections,
           .about = "What the users do.",
           .inner = &workload_section()},
          {.name = "script",
           .field = "script",
           .is = form::sections,
           .about = "What users do, written out: one change at one time each.",
           .inner = &step_section()},
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
          {.name = "sabotage",
           .field = "sabotages",
           .is = form::texts,
           .about = "Known bugs to switch on; see `squall list sabotage`."},
          {.name = "roles",
           .field = "roles",
           .is = form::texts,
           .about =
               "Roles that users can have, for `role_precedence` and for who reacts; `devices` says who has which."},
          {.name = "reactions",
           .field = "reactions",
           .is = form::sections,
           .about = "What users do about what they are shown: tasks, refusals.",
           .inner = &reaction_section()},
          {.name = "rules",
           .field = "rules",
           .is = form::sections,
           .about = "What the business forbids; how often it is broken in the end is the metric business_rules_broken.",
           .inner = &rule_section()},
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
  static const std::vector<std::string_view> all{"CollectionSpec.name", "FieldSpec.name", "FaultRule.parameters",
                                                 "Knobs.backup_every_ns"};
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

namespace {

form form_of(faults::parameter_unit unit) {
  switch (unit) {
    case faults::parameter_unit::ns: return form::duration;
    case faults::parameter_unit::ppm: return form::share;
    case faults::parameter_unit::ppb: return form::drift;
    case faults::parameter_unit::bytes: return form::bytes;
    case faults::parameter_unit::count: break;
  }
  return form::integer;
}

/// The parameters of every fault, made once; `names` keeps the text of those that are renamed.
struct parameter_table {
  std::map<std::string_view, std::vector<key>> by_fault;
  std::list<std::string> names;

  parameter_table() {
    for (const faults::fault_info& fault : faults::catalogue())
      for (const faults::parameter_info& p : fault.parameters) {
        std::string_view name = p.name;
        if (find_key(fault_section(), name))
          name = names.emplace_back(fmt::format("{}_{}", fault.name, p.name));
        by_fault[fault.name].push_back(
            {.name = name, .field = p.name, .is = form_of(p.unit), .about = p.meaning, .low = p.low, .high = p.high});
      }
  }
};

} // namespace

std::vector<key> fault_parameter_keys(std::string_view fault) {
  static const parameter_table table;
  const auto it = table.by_fault.find(fault);
  return it == table.by_fault.end() ? std::vector<key>{} : it->second;
}

} // namespace squall::scenarios
