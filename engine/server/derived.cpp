#include "engine/server/derived.hpp"

#include "engine/base/check.hpp"

namespace squall::server {

derivations::derivations(const merge::schema& model, telemetry::counters& counts)
    : counts_(counts), by_child_(model.collections.size()), by_parent_(model.collections.size()) {
  for (std::size_t c = 0; c < model.collections.size(); ++c) {
    const auto& fields = model.collections[c].fields;
    for (std::size_t f = 0; f < fields.size(); ++f) {
      if (fields[f].type != merge::field_type::derived)
        continue;
      const auto parent = static_cast<collection_number>(c);
      const auto field = static_cast<field_number>(f);
      CHECK(fields[f].derived.child < model.collections.size());
      by_child_[fields[f].derived.child].push_back({parent, field, &fields[f].derived});
      by_parent_[parent].push_back(field);
    }
  }
}

std::vector<contribution> derivations::of(const merge::row& row) const {
  std::vector<contribution> out;
  const auto& uses = by_child_[row.collection];
  if (uses.empty() || (row.deleted && !counts_.sabotaged(telemetry::sabotage::removed_child_counted)))
    return out;
  for (const use& u : uses)
    if (const auto* parent = std::get_if<record_id>(&row.fields[u.how->reference].current))
      out.push_back({*parent, u.parent, u.field, merge::derive(*u.how, {&row})});
  return out;
}

} // namespace squall::server
