#include "actors/model.hpp"

#include <fmt/format.h>

namespace squall::actors {

namespace {

error unknown(std::string_view what, std::string_view name) {
  return {errc::invalid_argument, fmt::format("the plan's model names an unknown {}: `{}`", what, name)};
}

std::optional<merge::field_type> type_of(std::string_view name) {
  using enum merge::field_type;
  static const std::map<std::string_view, merge::field_type> types{
      {"integer", integer}, {"text", text}, {"reference", reference},
      {"counter", counter}, {"set", set},   {"derived", derived}};
  const auto found = types.find(name);
  return found == types.end() ? std::nullopt : std::optional{found->second};
}

std::optional<merge::field_rule> rule_of(std::string_view name) {
  using enum merge::field_rule;
  static const std::map<std::string_view, merge::field_rule> rules{{"", lww_server},
                                                                   {"lww_server", lww_server},
                                                                   {"precedence", precedence},
                                                                   {"counter", counter},
                                                                   {"derived", derived}};
  const auto found = rules.find(name);
  return found == rules.end() ? std::nullopt : std::optional{found->second};
}

} // namespace

result<model> model::from(const scenarios::DataModel& source) {
  model made;
  if (auto done = made.number_names(source); !done)
    return done.err();
  auto schema = std::make_shared<merge::schema>();
  schema->version = std::max(1u, source.schema_version());
  schema->policy_version = std::max(1u, source.policy_version());
  for (const auto& collection : source.collections()) {
    auto& to = schema->collections.emplace_back();
    to.name = collection.name();
    to.policy = collection.policy();
    if (to.policy != "lww_server" && to.policy != "field_merge")
      return unknown("policy", to.policy);
    for (const auto& field : collection.fields())
      if (auto done = made.read_field(field, to.fields.emplace_back()); !done)
        return done.err();
  }
  made.schema_ = std::move(schema);
  return made;
}

result<void> model::number_names(const scenarios::DataModel& source) {
  for (const auto& collection : source.collections()) {
    const auto number = static_cast<std::uint16_t>(collections_.size());
    if (!collections_.emplace(collection.name(), number).second)
      return error{errc::invalid_argument, fmt::format("two collections are named `{}`", collection.name())};
    auto& fields = fields_.emplace_back();
    for (const auto& field : collection.fields())
      if (!fields.emplace(field.name(), static_cast<std::uint16_t>(fields.size())).second)
        return error{errc::invalid_argument,
                     fmt::format("two fields of `{}` are named `{}`", collection.name(), field.name())};
  }
  return {};
}

result<void> model::read_field(const scenarios::Field& source, merge::field_schema& to) const {
  const auto type = type_of(source.type());
  const auto rule = rule_of(source.rule());
  if (!type)
    return unknown("type", source.type());
  if (!rule)
    return unknown("rule", source.rule());
  to.name = source.name();
  to.type = *type;
  to.rule = *rule;
  to.precedence.assign(source.precedence().begin(), source.precedence().end());
  if (to.type == merge::field_type::reference) {
    const auto target = collection(source.target());
    if (!target)
      return unknown("collection", source.target());
    to.target = *target;
  }
  if (to.type != merge::field_type::derived)
    return {};
  const auto child = collection(source.child());
  if (!child)
    return unknown("collection", source.child());
  const auto reference = field(*child, source.child_reference());
  if (!reference)
    return unknown("field", source.child_reference());
  to.derived.child = *child;
  to.derived.reference = *reference;
  for (const auto& factor : source.factors()) {
    const auto number = field(*child, factor);
    if (!number)
      return unknown("field", factor);
    to.derived.factors.push_back(*number);
  }
  return {};
}

std::optional<collection_number> model::collection(std::string_view name) const {
  const auto found = collections_.find(name);
  return found == collections_.end() ? std::nullopt : std::optional{found->second};
}

std::optional<field_number> model::field(collection_number collection, std::string_view name) const {
  const auto& fields = fields_[collection];
  const auto found = fields.find(name);
  return found == fields.end() ? std::nullopt : std::optional{found->second};
}

bool model::merges_fields(collection_number collection) const {
  return schema_->collections[collection].policy == "field_merge";
}

bool model::adds_only(collection_number collection, field_number field) const {
  return merges_fields(collection) && schema_->collections[collection].fields[field].type == merge::field_type::counter;
}

bool model::derived(collection_number collection, field_number field) const {
  return schema_->collections[collection].fields[field].type == merge::field_type::derived;
}

} // namespace squall::actors
