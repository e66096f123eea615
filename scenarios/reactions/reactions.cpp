#include "scenarios/reactions/reactions.hpp"

#include "engine/base/hash.hpp"
#include "engine/base/keyed_draw.hpp"
#include "engine/base/time.hpp"
#include "scenarios/planner/causes.hpp"
#include "scenarios/reactions/lengths.hpp"

#include <algorithm>
#include <string>

namespace squall::scenarios {

namespace {

constexpr std::string_view retry_kind = "retry";
/// A user whose device does not run comes back to it for so long.
constexpr std::int64_t wait_ns = 2 * minute_ns;

std::uint64_t id_of(const Reaction& rule, const stimulus& s) {
  std::uint64_t name = mix(rule.id(), s.device);
  if (s.refused) {
    name = mix(name, s.refused->id());
  } else {
    auto branches = s.branches;
    std::sort(branches.begin(), branches.end());
    name = mix(mix(name, s.record), s.subject);
    for (const std::uint64_t branch : branches)
      name = mix(name, branch);
  }
  return std::uint64_t{1} << 55 | name >> 9;
}

bool concerns(const Reaction& rule, const stimulus& s) {
  if (!rule.devices().empty() &&
      std::find(rule.devices().begin(), rule.devices().end(), s.device) == rule.devices().end())
    return false;
  const auto listed = [&](std::string_view collection) {
    return rule.collections().empty() ||
           std::find(rule.collections().begin(), rule.collections().end(), collection) != rule.collections().end();
  };
  if (rule.rule() == reaction_rules[0])
    return s.record != 0 && !s.branches.empty() && listed(s.collection);
  return rule.rule() == reaction_rules[1] && s.refused && s.refused->acts_size() > 0 &&
         s.refused->kind() != retry_kind && s.refused->acts(0).kind() != Act::SETTLE &&
         listed(s.refused->acts(0).collection());
}

void settle(const stimulus& s, bool take, Intention& out) {
  out.set_kind("settle");
  Act& act = *out.add_acts();
  act.set_kind(Act::SETTLE);
  act.set_collection(std::string(s.collection));
  act.set_record(s.record);
  act.mutable_settle()->set_field(std::string(s.field));
  act.mutable_settle()->set_take(take);
}

/// The same change; what it creates is another record.
void try_again(const Intention& first, Intention& out) {
  const auto renamed = [&](std::uint64_t symbol) {
    return symbol >> 8 == first.id() ? out.id() << 8 | (symbol & 0xff) : symbol;
  };
  out.set_kind(std::string(retry_kind));
  *out.mutable_acts() = first.acts();
  *out.mutable_guards() = first.guards();
  for (Act& act : *out.mutable_acts()) {
    act.set_record(renamed(act.record()));
    for (Assignment& a : *act.mutable_fields())
      if (a.value_case() == Assignment::kRecord)
        a.set_record(renamed(a.record()));
  }
  for (Condition& guard : *out.mutable_guards())
    guard.set_record(renamed(guard.record()));
}

} // namespace

std::optional<Intention> react(const Reaction& rule, std::uint64_t seed, const stimulus& shown) {
  if (!concerns(rule, shown))
    return std::nullopt;
  Intention out;
  out.set_id(id_of(rule, shown));
  keyed_stream draws({.seed = seed, .domain = draw_domain::plan, .key = key_of(purpose::reaction, out.id())});
  const bool acts = draws.happens(rule.chance_ppm());
  const std::int64_t delay = std::min(draw_length(rule.delay(), draws.next()), 400 * 24 * hour_ns);
  const bool take = draws.happens(rule.take_ppm());
  if (!acts)
    return std::nullopt;
  out.set_device(shown.device);
  out.set_due_ns(shown.at_ns + delay);
  out.set_wait_limit_ns(wait_ns);
  if (shown.refused)
    try_again(*shown.refused, out);
  else
    settle(shown, take, out);
  return out;
}

Plan written_out(const Plan& plan, const std::vector<Intention>& reacted) {
  Plan out = plan;
  out.clear_reactions();
  for (const Intention& intention : reacted)
    *out.add_intentions() = intention;
  auto* all = out.mutable_intentions();
  std::sort(all->pointer_begin(), all->pointer_end(),
            [](const Intention* a, const Intention* b) { return a->id() < b->id(); });
  return out;
}

} // namespace squall::scenarios
