#include "engine/merge/limits.hpp"

#include <algorithm>

namespace squall::merge {

using telemetry::sabotage;

namespace {

bool within_bounds(const field_schema& field, const value& v) {
  const auto* n = std::get_if<std::int64_t>(&v);
  return n == nullptr || ((!field.at_least || *n >= *field.at_least) && (!field.at_most || *n <= *field.at_most));
}

/// A field without a value, as a create finds it, may take any listed state.
bool may_follow(const field_schema& field, const value& from, const value& to) {
  if (from == to)
    return true;
  const auto is = [](const value& v) { return [&v](const state_rule& r) { return value{r.name} == v; }; };
  if (kind_of(from) == value_kind::none)
    return std::any_of(field.states.begin(), field.states.end(), is(to));
  const auto rule = std::find_if(field.states.begin(), field.states.end(), is(from));
  return rule != field.states.end() &&
         std::any_of(rule->next.begin(), rule->next.end(), [&](const std::string& s) { return value{s} == to; });
}

} // namespace

verdict_rule broken_limit(const schema& model, const std::vector<changed_field>& changed, workspace& after,
                          row_access& before, telemetry::counters& counts) {
  bool state_broken = false;
  for (const changed_field& c : changed) {
    const field_schema& field = model.collections[c.collection].fields[c.field];
    if (!field.at_least && !field.at_most && field.states.empty())
      continue;
    const value& now = after.find(c.record)->fields[c.field].current;
    if (!within_bounds(field, now) && !counts.sabotaged(sabotage::bounds_not_checked))
      return verdict_rule::bound;
    if (field.states.empty())
      continue;
    const row* was = before.find(c.record);
    const bool fine = may_follow(field, was != nullptr ? was->fields[c.field].current : value{}, now);
    state_broken = state_broken || (!fine && !counts.sabotaged(sabotage::states_not_checked));
  }
  return state_broken ? verdict_rule::state : verdict_rule::none;
}

} // namespace squall::merge
