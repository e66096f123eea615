// squall list faults|invariants|metrics|policies|probes|sabotage|workloads|scenarios
#include "cli/command.hpp"
#include "engine/telemetry/counters.hpp"
#include "faults/catalogue.hpp"
#include "reports/invariants/judge.hpp"
#include "reports/writers/listing.hpp"
#include "scenarios/listing.hpp"
#include "scenarios/loader.hpp"

#include <cstdio>
#include <map>
#include <memory>

namespace squall::cli {

namespace {

using reports::listed_item;
using items = std::vector<listed_item>;

template <class Infos>
items named(const Infos& infos) {
  items all;
  for (const auto& info : infos)
    all.push_back({std::string(info.name), std::string(info.meaning), {}});
  return all;
}

items listed(const std::vector<scenarios::listed>& from) {
  items all;
  for (const auto& l : from)
    all.push_back({std::string(l.name), std::string(l.about), {}});
  return all;
}

items probes() {
  items all;
  for (std::size_t i = 0; i < telemetry::probe_count; ++i) {
    const auto& info = telemetry::info(static_cast<telemetry::probe>(i));
    all.push_back({std::string(info.name), std::string(info.meaning), {}});
  }
  return all;
}

items sabotages() {
  items all;
  for (std::size_t i = 0; i < telemetry::sabotage_count; ++i) {
    const auto& info = telemetry::info(static_cast<telemetry::sabotage>(i));
    all.push_back({std::string(info.name),
                   std::string(info.meaning),
                   {{"bug", std::to_string(info.bug)},
                    {"invariant", std::string(info.invariant)},
                    {"scenario", "scenarios/generic/adversity.yaml"}}});
  }
  return all;
}

items library() {
  items all;
  for (const auto& file : scenario_files({"scenarios/library"})) {
    const auto outcome = scenarios::load_file(file);
    if (outcome.ok())
      all.push_back({outcome.scenario->name(), outcome.scenario->about(), {{"file", file}}});
  }
  return all;
}

const std::map<std::string, items (*)()> kinds{
    {"faults", [] { return named(faults::catalogue()); }},
    {"invariants", [] { return named(invariants::invariant_names()); }},
    {"metrics", [] { return named(invariants::metric_names()); }},
    {"policies", [] { return listed(scenarios::list_policies()); }},
    {"probes", probes},
    {"sabotage", sabotages},
    {"workloads", [] { return listed(scenarios::list_workloads()); }},
    {"scenarios", library},
};

} // namespace

void add_list(CLI::App& app, int& code) {
  auto kind = std::make_shared<std::string>();
  auto format = std::make_shared<std::string>("text");
  std::vector<std::string> names;
  for (const auto& [name, unused] : kinds)
    names.push_back(name);
  auto* command = app.add_subcommand("list", "List what scenarios and commands can name");
  command->add_option("kind", *kind, "What to list")->required()->check(CLI::IsMember(names));
  command->add_option("--format", *format, "text or json")->check(CLI::IsMember({"text", "json"}));
  command->callback([kind, format, &code] {
    const items all = kinds.at(*kind)();
    const std::string text = *format == "json" ? reports::list_json(*kind, all) : reports::list_text(all);
    std::fputs(text.c_str(), stdout);
    code = exit_pass;
  });
}

} // namespace squall::cli
