#include "engine/client/offline_rule.hpp"

#include <algorithm>

namespace squall::client {

void take_offline_rule(core& c, std::uint32_t told) {
  const auto rule = static_cast<io::offline_rule>(std::min<std::uint32_t>(told, io::offline_rules - 1));
  if (rule == c.state.offline)
    return;
  c.state.offline = rule;
  c.store->begin();
  c.save_state();
  c.store->commit();
  c.report({.kind = telemetry::fact_kind::flag_told, .code = static_cast<std::uint8_t>(rule)});
}

bool offline_rule_allows(const core& c, const io::local_change& change) {
  if (c.state.offline == io::offline_rule::full || c.gate.in_contact(c.now.mono))
    return true;
  const auto& collections = c.config.model->collections;
  return c.state.offline == io::offline_rule::limited &&
         std::all_of(change.operations.begin(), change.operations.end(), [&](const operation& op) {
           return op.collection >= collections.size() || collections[op.collection].offline;
         });
}

} // namespace squall::client
