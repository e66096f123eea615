#include "actors/model.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <utility>

namespace squall::actors {

namespace {

error unknown(std::string_view what, std::string_view name) {
  return {errc::invalid_argument, fmt::format("the plan's model names an unknown {}: `{}`", what, name)};
}

/// The value behind a name; nothing if no name of `names` is it.
template <class T>
using named = std::pair<std::string_view, T>;
template <class T, std::size_t N>
std::optional<T> look_up(const named<T> (&names)[N], std::string_view name) {
  const auto* at = std::find_if(std::begin(names), std::end(names), [&](const auto& n) { return n.first == name; });
  return at == std::end(names) ? std::nullopt : std::optional{at->second};
}

constexpr named<merge::field_type> types[] = {{"integer", merge::field_type::integer},
                                              {"text", merge::field_type::text},
                                              {"reference", merge::field_type::reference},
                                              {"counter", merge::field_type::counter},
                                              {"set", merge::field_type::set},
                                              {"derived", merge::field_type::derived}};

constexpr named<merge::field_rule> rules[] = {{"", merge::field_rule::lww_server},
                                              {"lww_server", merge::field_rule::lww_server},
                                              {"lww_clock", merge::field_rule::lww_clock},
                                              {"precedence", merge::field_rule::precedence},
                                              {"role_precedence", merge::field_rule::role_precedence},
                                              {"max", merge::field_rule::max},
                                              {"min", merge::field_rule::min},
                                              {"manual", merge::field_rule::manual},
                                              {"counter", merge::field_rule::counter},
                                              {"add_wins", merge::field_rule::add_wins},
                                              {"remove_wins", merge::field_rule::remove_wins},
                                              {"derived", merge::field_rule::derived}};

constexpr named<merge::derivation_kind> derivations[] = {
    {"", merge::derivation_kind::sum}, {"sum", merge::derivation_kind::sum}, {"hash", merge::derivation_kind::hash}};

constexpr named<merge::on_delete> deletions[] = {{"", merge::on_delete::none},
                                                 {"restrict", merge::on_delete::restrict},
                                                 {"cascade", merge::on_delete::cascade},
                                                 {"task", merge::on_delete::task}};

constexpr named<merge::delete_rule> delete_rules[] = {{"", merge::delete_rule::add_wins},
                                                      {"add_wins", merge::delete_rule::add_wins},
                                                      {"remove_wins", merge::delete_rule::remove_wins}};

constexpr std::string_view policies[] = {"lww_server", "lww_clock", "field_merge", "manual", "crdt"};

} // namespace

scenarios::DataModel model::complete(const scenarios::Plan& plan) {
  auto out = plan.model();
  if (std::any_of(out.collections().begin(), out.collections().end(), [](const auto& c) { return c.wide(); }))
    out.set_wide_scope(plan.topology().teams() + 1);
  return out;
}

result<model> model::from(const scenarios::Plan& plan) { return from(complete(plan)); }

result<model> model::from(const scenarios::DataModel& source) {
  model made;
  if (auto done = made.number_names(source); !done)
    return done.err();
  auto schema = std::make_shared<merge::schema>();
  schema->version = std::max(1u, source.schema_version());
  schema->policy_version = std::max(1u, source.policy_version());
  for (const auto& collection : source.collections()) {
    auto& to = schema->collections.emplace_back();
    if (auto done = made.read_collection(collection, to); !done)
      return done.err();
  }
  schema->wide_scope = {source.wide_scope()};
  made.schema_ = std::move(schema);
  return made;
}

result<void> model::number_names(const scenarios::DataModel& source) {
  roles_.assign(source.roles().begin(), source.roles().end());
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

result<void> model::read_collection(const scenarios::Collection& source, merge::collection_schema& to) const {
  to.name = source.name();
  to.policy = source.policy();
  if (std::find(std::begin(policies), std::end(policies), to.policy) == std::end(policies))
    return unknown("policy", to.policy);
  const auto deletes = look_up(delete_rules, source.deletes());
  if (!deletes)
    return unknown("rule for deletes", source.deletes());
  to.deletes = *deletes;
  to.offline = source.offline();
  for (const auto& field : source.fields())
    if (auto done = read_field(field, to.fields.emplace_back()); !done)
      return done;
  to.wide = source.wide();
  for (const auto& name : source.writers()) {
    if (role(name) == 0)
      return unknown("role", name);
    to.writers.push_back(role(name));
  }
  for (const auto& unique : source.unique()) {
    auto& fields = to.unique.emplace_back();
    for (const auto& name : unique.fields()) {
      const auto number = field(*collection(source.name()), name);
      if (!number)
        return unknown("field", name);
      fields.push_back(*number);
    }
  }
  return {};
}

result<void> model::read_field(const scenarios::Field& source, merge::field_schema& to) const {
  const auto type = look_up(types, source.type());
  const auto rule = look_up(rules, source.rule());
  const auto on_delete = look_up(deletions, source.on_delete());
  if (!type)
    return unknown("type", source.type());
  if (!rule)
    return unknown("rule", source.rule());
  if (!on_delete)
    return unknown("rule for deletes", source.on_delete());
  to.name = source.name();
  to.type = *type;
  to.rule = *rule;
  to.on_delete = *on_delete;
  if (source.has_at_least())
    to.at_least = source.at_least();
  if (source.has_at_most())
    to.at_most = source.at_most();
  for (const auto& state : source.states())
    to.states.push_back({state.name(), {state.next().begin(), state.next().end()}});
  if (to.rule == merge::field_rule::role_precedence) {
    for (const auto& name : source.precedence()) {
      const auto number = role(name);
      if (number == 0)
        return unknown("role", name);
      to.roles.push_back(number);
    }
  } else {
    to.precedence.assign(source.precedence().begin(), source.precedence().end());
  }
  if (to.type == merge::field_type::reference) {
    const auto target = collection(source.target());
    if (!target)
      return unknown("collection", source.target());
    to.target = *target;
  }
  return to.type == merge::field_type::derived ? read_derivation(source, to.derived) : result<void>{};
}

result<void> model::read_derivation(const scenarios::Field& source, merge::derivation& to) const {
  const auto kind = look_up(derivations, source.derivation());
  if (!kind)
    return unknown("derivation", source.derivation());
  const auto child = collection(source.child());
  if (!child)
    return unknown("collection", source.child());
  const auto reference = field(*child, source.child_reference());
  if (!reference)
    return unknown("field", source.child_reference());
  to.kind = *kind;
  to.child = *child;
  to.reference = *reference;
  for (const auto& factor : source.factors()) {
    const auto number = field(*child, factor);
    if (!number)
      return unknown("field", factor);
    to.factors.push_back(*number);
  }
  return {};
}

std::uint8_t model::role(std::string_view name) const {
  const auto at = std::find(roles_.begin(), roles_.end(), name);
  return at == roles_.end() ? std::uint8_t{0} : static_cast<std::uint8_t>(at - roles_.begin() + 1);
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
  const auto& policy = schema_->collections[collection].policy;
  return policy != "lww_server" && policy != "lww_clock";
}

bool model::adds_only(collection_number collection, field_number field) const {
  return merges_fields(collection) && schema_->collections[collection].fields[field].type == merge::field_type::counter;
}

bool model::is_set(collection_number collection, field_number field) const {
  return schema_->collections[collection].fields[field].type == merge::field_type::set;
}

bool model::derived(collection_number collection, field_number field) const {
  return schema_->collections[collection].fields[field].type == merge::field_type::derived;
}

} // namespace squall::actors
