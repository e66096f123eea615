#include "scenarios/listing.hpp"

#include "scenarios/check.hpp"
#include "scenarios/document/units.hpp"
#include "scenarios/names.hpp"
#include "scenarios/planner/planner.hpp"
#include "scenarios/workloads/registry.hpp"

#include <fmt/format.h>

namespace squall::scenarios {

namespace {

std::vector<listed> listed_of(const std::vector<named_thing>& things) {
  std::vector<listed> out;
  for (const named_thing& t : things)
    out.push_back({t.name, t.about});
  return out;
}

std::string summary(const Scenario& s) {
  const Plan p = plan(s, 1);
  return fmt::format("{}: {} device{} in {} team{} for {}; seed 1 plans {} intentions and {} faults", s.name(),
                     s.devices().count(), s.devices().count() == 1 ? "" : "s", team_count(s.devices()),
                     team_count(s.devices()) == 1 ? "" : "s", duration_text(s.duration_ns()), p.intentions_size(),
                     p.faults_size());
}

/// A name that the loader takes, made of the letters and digits of `text`.
std::string name_from(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 64)) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool other = (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (letter || (other && !out.empty()))
      out += c;
    else if (!out.empty() && out.back() != '-')
      out += '-';
  }
  while (!out.empty() && out.back() == '-')
    out.pop_back();
  return out.empty() ? "scenario" : out;
}

constexpr std::string_view scaffold = R"(# Run it:     squall run {0}.yaml
# Check it:   squall validate {0}.yaml
# What can go wrong: squall list faults. What users can do: squall list workloads.
name: {0}
about: A small team edits orders on a bad network; two of them go offline for a while.
duration: 30m
devices: {{count: 6, teams: 2}}
collections:
  orders:
    policy: field_merge # each field by its own rule; lww_server: the last to commit wins the record
    fields:
      status: {{precedence: [cancelled, shipped, approved, draft]}} # the first of two concurrent values wins
      po_number: lww_server
      notes: lww_server
      total: {{derived: sum(lines.quantity * lines.price)}} # recomputed, never written
  lines:
    policy: field_merge
    fields:
      order: {{ref: orders, rule: lww_server}}
      sku: lww_server
      quantity: counter # additions sum
      price: {{type: integer, rule: lww_server}}
workload:
  - {{kind: create_order, per_device: 2/h}}
  - {{kind: edit, collection: orders, per_device: 20/h, fields: {{notes: 3, status: 1}}, hot: {{records: 20%, receive: 80%}}}}
  - {{kind: edit, collection: lines, per_device: 10/h, fields: {{quantity: 3, price: 1}}}}
network: {{latency: {{lognormal: {{median: 80ms, sigma: 0.5}}}}, loss: 2%}}
faults:
  - {{at: 8m, fault: offline, devices: [1, 2], for: 12m}}
expect:
  settle_within: 10m
  reached: {{intents: ">= 20", offline_spells: ">= 2", concurrent_intents: ">= 1"}} # else the run proves nothing
variants:
  last_to_sync: {{orders: {{policy: lww_server}}, lines: {{policy: lww_server}}}}
)";

} // namespace

std::vector<listed> list_workloads() {
  std::vector<listed> out;
  for (const workload_kind& k : workload_kinds())
    out.push_back({k.name, k.about});
  return out;
}

std::vector<listed> list_policies() { return listed_of(collection_policies()); }
std::vector<listed> list_metrics() { return listed_of(metrics()); }

validation validate_file(const std::string& path, const load_options& options) {
  const load_outcome loaded = load_file(path, options);
  if (!loaded.ok())
    return {false, to_string(loaded.diagnostics)};
  std::string text = fmt::format("{}: ok: {}\n", path, summary(*loaded.scenario));
  for (const Variant& v : loaded.scenario->variants()) {
    if (!options.variant.empty())
      break;
    load_options with = options;
    with.variant = v.name();
    const load_outcome variant = load_file(path, with);
    if (!variant.ok())
      return {false, to_string(variant.diagnostics)};
    text += fmt::format("{}: ok: variant {}\n", path, v.name());
  }
  return {true, text};
}

std::string new_scenario_text(std::string_view name) { return fmt::format(scaffold, name_from(name)); }

} // namespace squall::scenarios
