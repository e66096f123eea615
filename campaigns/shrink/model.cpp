// A data model of what the story is about.
#include "campaigns/shrink/reduction.hpp"
#include "campaigns/shrink/surgery.hpp"

#include <algorithm>

namespace squall::campaigns {

namespace {

using scenarios::Plan;

std::size_t fields_of(const Plan& plan) {
  std::size_t n = 0;
  for (const auto& collection : plan.model().collections())
    n += static_cast<std::size_t>(collection.fields_size());
  return n;
}

reduction smaller_model() {
  return {"model", [](const Plan&) { return std::size_t{1}; },
          [](const Plan& plan, std::size_t) -> std::optional<Plan> { return with_model_pruned(plan); }};
}

/// One collection or one field less: where what is checked hangs on some that nobody writes.
reduction fewer_fields_known() {
  return {"known field",
          [](const Plan& plan) { return static_cast<std::size_t>(plan.model().collections_size()) + fields_of(plan); },
          [](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            Plan out = plan;
            auto& collections = *out.mutable_model()->mutable_collections();
            const auto count = static_cast<std::size_t>(collections.size());
            if (i < count) {
              if (count == 1)
                return std::nullopt;
              collections.DeleteSubrange(static_cast<int>(i), 1);
              return out;
            }
            i -= count;
            for (auto& collection : collections) {
              const auto here = static_cast<std::size_t>(collection.fields_size());
              if (i < here) {
                if (here == 1)
                  return std::nullopt;
                collection.mutable_fields()->DeleteSubrange(static_cast<int>(i), 1);
                return out;
              }
              i -= here;
            }
            return std::nullopt;
          }};
}

/// What a field demands of its values, one demand a bit.
constexpr std::size_t demands = 3;

bool relax(scenarios::Field& field, std::size_t demand) {
  const bool bounded = field.has_at_least() || field.has_at_most();
  const bool there = demand == 0 ? bounded : demand == 1 ? field.states_size() > 0 : !field.on_delete().empty();
  if (demand == 0) {
    field.clear_at_least();
    field.clear_at_most();
  } else if (demand == 1) {
    field.clear_states();
  } else {
    field.clear_on_delete();
  }
  return there;
}

/// Bounds, states, what becomes of references: all at once, then each.
reduction fewer_demands() {
  return {"demand", [](const Plan& plan) { return fields_of(plan) * demands + 1; },
          [](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            Plan out = plan;
            std::size_t place = 1;
            bool relaxed = false;
            for (auto& collection : *out.mutable_model()->mutable_collections())
              for (auto& field : *collection.mutable_fields())
                for (std::size_t demand = 0; demand < demands; ++demand, ++place)
                  if (i == 0 || place == i)
                    relaxed |= relax(field, demand);
            return relaxed ? std::optional(std::move(out)) : std::nullopt;
          }};
}

/// Unique keys, one at a time.
reduction fewer_keys() {
  return {"unique key",
          [](const Plan& plan) {
            std::size_t n = 0;
            for (const auto& collection : plan.model().collections())
              n += static_cast<std::size_t>(collection.unique_size());
            return n;
          },
          [](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            Plan out = plan;
            for (auto& collection : *out.mutable_model()->mutable_collections()) {
              const auto here = static_cast<std::size_t>(collection.unique_size());
              if (i < here) {
                collection.mutable_unique()->DeleteSubrange(static_cast<int>(i), 1);
                return out;
              }
              i -= here;
            }
            return std::nullopt;
          }};
}

/// Nobody has a role; then no role is known that nobody has and no field ranks.
reduction fewer_roles() {
  return {"role", [](const Plan& plan) { return plan.model().roles().empty() ? std::size_t{0} : std::size_t{2}; },
          [](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            Plan out = plan;
            bool given = false;
            for (auto& device : *out.mutable_topology()->mutable_devices()) {
              given |= !device.role().empty();
              if (i == 0)
                device.clear_role();
            }
            if (i == 0)
              return given ? std::optional(std::move(out)) : std::nullopt;
            if (given)
              return std::nullopt;
            out.mutable_model()->clear_roles();
            return out;
          }};
}

} // namespace

std::vector<reduction> plainer_model() {
  return {smaller_model(), fewer_fields_known(), fewer_demands(), fewer_keys(), fewer_roles()};
}

} // namespace squall::campaigns
