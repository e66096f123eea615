#include "scenarios/planner/fault_entries.hpp"

#include "engine/base/check.hpp"
#include "engine/base/keyed_draw.hpp"
#include "faults/catalogue.hpp"
#include "scenarios/planner/causes.hpp"
#include "scenarios/planner/sampling.hpp"
#include "scenarios/script/script.hpp"

#include <algorithm>
#include <vector>

namespace squall::scenarios {

namespace {

class rule_planner {
public:
  rule_planner(const FaultRule& rule, const Scenario& s, Plan& plan)
      : rule_(rule), s_(s), plan_(plan), info_(*faults::find_fault(rule.fault())), code_(name_code(rule.name())) {}

  void run() {
    if (!happens(bits(purpose::chance, code_), rule_.chance_ppm()))
      return;
    if (info_.target == faults::target_kind::server || info_.target == faults::target_kind::issuer) {
      times_for(0);
      return;
    }
    for (const Device& d : plan_.topology().devices())
      if (may_hit(d))
        times_for(d.id());
  }

private:
  std::uint64_t bits(purpose p, std::uint64_t what) const {
    return draw(plan_.seed(), draw_domain::plan, key_of(p, what)).low;
  }

  bool may_hit(const Device& d) const {
    if (rule_.team() != 0 && d.team() != rule_.team())
      return false;
    return rule_.devices().empty() ||
           std::find(rule_.devices().begin(), rule_.devices().end(), d.id()) != rule_.devices().end();
  }

  void times_for(std::uint32_t device) {
    switch (rule_.when_case()) {
      case FaultRule::kAtNs: return entry(device, {0, rule_.at_ns()});
      case FaultRule::kEveryNs: {
        std::uint64_t k = 1;
        for (std::int64_t at = rule_.from_ns() + rule_.every_ns(); at < rule_.until_ns(); at += rule_.every_ns())
          entry(device, {k++, at});
        return;
      }
      case FaultRule::kRateUph: {
        std::vector<event> events;
        events_of(slots_for(rule_.rate_uph(), s_.duration_ns()),
                  {.seed = plan_.seed(),
                   .is = purpose::fault_slot,
                   .id_base = fault_id(code_, device, 0),
                   .from_ns = rule_.from_ns(),
                   .until_ns = rule_.until_ns()},
                  events);
        for (const event& e : events)
          entry(device, e);
        return;
      }
      case FaultRule::WHEN_NOT_SET: CHECK(false);
    }
  }

  void entry(std::uint32_t device, const event& e) {
    const std::uint64_t id = fault_id(code_, device, e.slot);
    if (!happens(bits(purpose::share, id), rule_.share_ppm()))
      return;
    keyed_stream draws({.seed = plan_.seed(), .domain = draw_domain::plan, .key = key_of(purpose::length, id)});
    Fault& out = *plan_.add_faults();
    out.set_id(id);
    out.set_name(rule_.fault());
    out.set_at_ns(e.at_ns);
    if (device != 0)
      out.add_devices(device);
    // The length first, and always: whether a parameter is given shifts no other draw.
    const std::int64_t length = draw_length(rule_.duration(), draws.next());
    if (rule_.has_duration())
      out.set_for_ns(std::clamp<std::int64_t>(length, 1, s_.duration_ns() - e.at_ns));
    for (const Choice& c : rule_.parameters()) {
      Parameter& p = *out.add_parameters();
      p.set_name(c.name());
      p.set_value(draw_choice(
          c, draw(plan_.seed(), draw_domain::plan, key_of(purpose::length, id), 1 + name_code(c.name())).low));
    }
    if (info_.target == faults::target_kind::message) {
      MessageAnchor& m = *out.mutable_message();
      m.set_message_class(rule_.message());
      m.set_device(device);
      m.set_ordinal(rule_.ordinal());
      m.set_intention(step_id(s_, rule_.carries()));
    }
  }

  const FaultRule& rule_;
  const Scenario& s_;
  Plan& plan_;
  const faults::fault_info& info_;
  std::uint32_t code_;
};

} // namespace

void plan_faults(const Scenario& scenario, Plan& plan) {
  for (const FaultRule& rule : scenario.faults())
    rule_planner(rule, scenario, plan).run();
  auto* all = plan.mutable_faults();
  std::sort(all->pointer_begin(), all->pointer_end(), [](const Fault* a, const Fault* b) { return a->id() < b->id(); });
}

} // namespace squall::scenarios
