#include "scenarios/planner/planner.hpp"

#include "engine/base/check.hpp"
#include "engine/base/hash.hpp"
#include "engine/base/keyed_draw.hpp"
#include "scenarios/business_rules.hpp"
#include "scenarios/check.hpp"
#include "scenarios/data_model.hpp"
#include "scenarios/planner/causes.hpp"
#include "scenarios/planner/fault_entries.hpp"
#include "scenarios/planner/intentions.hpp"
#include "scenarios/planner/reaction_entries.hpp"
#include "scenarios/planner/sampling.hpp"

namespace squall::scenarios {

namespace {

void plan_topology(const Scenario& s, Plan& plan) {
  Topology& topology = *plan.mutable_topology();
  topology.set_teams(team_count(s.devices()));
  for (std::uint32_t id = 1; id <= s.devices().count(); ++id) {
    Device& d = *topology.add_devices();
    d.set_id(id);
    d.set_team(team_of(s.devices(), id));
    d.set_user(id);
    keyed_stream draws({.seed = plan.seed(), .domain = draw_domain::plan, .key = key_of(purpose::clock, id)});
    const bool hit = draws.happens(s.clocks().share_ppm());
    const std::int64_t offset = draw_around_zero(s.clocks().skew_ns(), draws.next());
    const std::int64_t drift = draw_around_zero(s.clocks().drift_ppb(), draws.next());
    for (const DeviceClock& exact : s.clocks().devices())
      if (exact.device() == id) {
        d.mutable_clock()->set_offset_ns(exact.offset_ns());
        d.mutable_clock()->set_drift_ppb(exact.drift_ppb());
      }
    if (d.has_clock() || !hit || (s.clocks().skew_ns() == 0 && s.clocks().drift_ppb() == 0))
      continue;
    d.mutable_clock()->set_offset_ns(offset);
    d.mutable_clock()->set_drift_ppb(drift);
  }
}

/// Who holds the next team's records beside those of the own.
void plan_spans(const Scenario& s, Plan& plan) {
  const std::uint32_t teams = plan.topology().teams();
  for (Device& d : *plan.mutable_topology()->mutable_devices()) {
    if (d.id() <= static_cast<std::uint32_t>(s.devices().span_of_size())) {
      if (const auto other = s.devices().span_of(static_cast<int>(d.id()) - 1); other != 0)
        d.add_more_teams(other);
    } else if (teams > 1 && happens(draw(plan.seed(), draw_domain::plan, key_of(purpose::span, d.id())).low,
                                    s.devices().span_ppm())) {
      d.add_more_teams(d.team() % teams + 1);
    }
  }
}

void plan_knobs(const Scenario& s, Plan& plan) {
  Knobs& knobs = *plan.mutable_knobs();
  const auto* reflection = knobs.GetReflection();
  for (const Choice& c : s.engine()) {
    const auto* field = knobs.GetDescriptor()->FindFieldByName(c.name());
    CHECK(field);
    const std::uint64_t key = key_of(purpose::knob, content_hash(c.name()));
    const std::int64_t value = draw_choice(c, draw(plan.seed(), draw_domain::swarm, key).low);
    switch (field->cpp_type()) {
      case google::protobuf::FieldDescriptor::CPPTYPE_INT64: reflection->SetInt64(&knobs, field, value); break;
      case google::protobuf::FieldDescriptor::CPPTYPE_UINT64:
        reflection->SetUInt64(&knobs, field, static_cast<std::uint64_t>(value));
        break;
      default: reflection->SetUInt32(&knobs, field, static_cast<std::uint32_t>(value));
    }
  }
}

void plan_expectations(const Scenario& s, Plan& plan) {
  plan.set_settle_within_ns(s.expect().settle_within_ns());
  Expect& expect = *plan.mutable_expect();
  expect.set_skipped_ppm_max(s.expect().skipped_ppm_max());
  expect.set_staleness_within_ns(s.expect().staleness_within_ns());
  for (const Amount& a : s.expect().reached()) {
    Reached& r = *expect.add_reached();
    r.set_what(a.name());
    r.set_at_least(a.value());
  }
}

} // namespace

Plan plan(const Scenario& scenario, std::uint64_t seed) {
  Plan out;
  out.set_format(1);
  out.set_scenario(scenario.name());
  out.set_about(scenario.about());
  out.set_seed(seed);
  std::vector<path_problem> problems;
  *out.mutable_model() = resolve_model(scenario, problems);
  CHECK(problems.empty());
  plan_topology(scenario, out);
  plan_roles(scenario, out);
  plan_spans(scenario, out);
  *out.mutable_network() = scenario.network();
  plan_knobs(scenario, out);
  plan_intentions(scenario, out);
  plan_faults(scenario, out);
  plan_reactions(scenario, out);
  *out.mutable_sabotages() = scenario.sabotages();
  out.set_heal_at_ns(scenario.duration_ns());
  for (BusinessRule& rule : resolve_rules(scenario, out.model(), problems))
    *out.add_rules() = std::move(rule);
  plan_expectations(scenario, out);
  if (scenario.has_budget())
    *out.mutable_budget() = scenario.budget();
  return out;
}

} // namespace squall::scenarios
