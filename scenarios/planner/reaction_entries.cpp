#include "scenarios/planner/reaction_entries.hpp"

#include "engine/base/hash.hpp"
#include "engine/base/keyed_draw.hpp"
#include "scenarios/planner/causes.hpp"

#include <algorithm>

namespace squall::scenarios {

namespace {

std::uint64_t bits(const Plan& plan, purpose p, std::uint64_t what) {
  return draw(plan.seed(), draw_domain::plan, key_of(p, what)).low;
}

bool may_react(const ReactionRule& rule, const Device& d) {
  const auto& listed = rule.devices();
  return (listed.empty() || std::find(listed.begin(), listed.end(), d.id()) != listed.end()) &&
         (rule.team() == 0 || rule.team() == d.team()) && (rule.role().empty() || rule.role() == d.role());
}

} // namespace

void plan_roles(const Scenario& s, Plan& plan) {
  const DeviceGroup& group = s.devices();
  for (Device& d : *plan.mutable_topology()->mutable_devices()) {
    if (d.id() <= static_cast<std::uint32_t>(group.role_of_size())) {
      if (const auto& role = group.role_of(static_cast<int>(d.id()) - 1); role != "none")
        d.set_role(role);
      continue;
    }
    std::uint64_t at = below(bits(plan, purpose::role, d.id()), 1'000'000);
    for (const Amount& share : group.roles()) {
      if (at < share.value()) {
        d.set_role(share.name());
        break;
      }
      at -= share.value();
    }
  }
}

void plan_reactions(const Scenario& s, Plan& plan) {
  for (const ReactionRule& rule : s.reactions()) {
    const std::uint64_t code = name_code(rule.name());
    Reaction out;
    out.set_id(code);
    out.set_rule(rule.rule());
    for (const Device& d : plan.topology().devices())
      if (may_react(rule, d) && happens(bits(plan, purpose::reaction, mix(code, d.id())), rule.share_ppm()))
        out.add_devices(d.id());
    if (out.devices().empty())
      continue;
    if (out.devices_size() == plan.topology().devices_size())
      out.clear_devices(); // everywhere
    *out.mutable_delay() = rule.delay();
    out.set_chance_ppm(rule.chance_ppm());
    out.set_take_ppm(rule.take_ppm());
    *out.mutable_collections() = rule.collections();
    *plan.add_reactions() = std::move(out);
  }
  auto* all = plan.mutable_reactions();
  std::sort(all->pointer_begin(), all->pointer_end(),
            [](const Reaction* a, const Reaction* b) { return a->id() < b->id(); });
}

} // namespace squall::scenarios
