#include "reports/invariants/model/rules.hpp"

#include "reports/history/names.hpp"

#include <algorithm>
#include <array>

namespace squall::invariants {

namespace {

template <class Kind, std::size_t N>
Kind by_name(const std::array<std::pair<std::string_view, Kind>, N>& all, const std::string& name, Kind otherwise) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.first == name; });
  return found == all.end() ? otherwise : found->second;
}

constexpr std::array<std::pair<std::string_view, policy_kind>, 4> policies{{
    {"lww_clock", policy_kind::last_stamp},
    {"field_merge", policy_kind::field_merge},
    {"manual", policy_kind::manual},
    {"crdt", policy_kind::crdt},
}};

constexpr std::array<std::pair<std::string_view, field_type>, 6> types{{
    {"integer", field_type::integer},
    {"text", field_type::text},
    {"reference", field_type::reference},
    {"counter", field_type::counter},
    {"set", field_type::set},
    {"derived", field_type::derived},
}};

constexpr std::array<std::pair<std::string_view, field_rule>, 10> rules{{
    {"lww_clock", field_rule::last_stamp},
    {"precedence", field_rule::precedence},
    {"role_precedence", field_rule::role},
    {"max", field_rule::max},
    {"min", field_rule::min},
    {"manual", field_rule::manual},
    {"counter", field_rule::counter},
    {"add_wins", field_rule::add_wins},
    {"remove_wins", field_rule::remove_wins},
    {"derived", field_rule::derived},
}};

constexpr std::array<std::pair<std::string_view, on_delete>, 3> delete_rules{{
    {"restrict", on_delete::restrict},
    {"cascade", on_delete::cascade},
    {"task", on_delete::task},
}};

constexpr std::uint32_t no_role = UINT32_MAX;

std::uint32_t role_number(const scenarios::DataModel& model, const std::string& name) {
  const auto role = std::find(model.roles().begin(), model.roles().end(), name);
  return role == model.roles().end() ? no_role : static_cast<std::uint32_t>(role - model.roles().begin() + 1);
}

field_rules field_of(const scenarios::DataModel& model, const scenarios::Field& from) {
  field_rules field;
  field.name = from.name();
  field.rule = from.type() == "derived" ? field_rule::derived : by_name(rules, from.rule(), field_rule::last_commit);
  field.type =
      field.rule == field_rule::derived ? field_type::derived : by_name(types, from.type(), field_type::unsupported);
  for (const auto& text : from.precedence()) {
    const bool role = field.rule == field_rule::role;
    field.precedence.push_back(role ? std::int64_t{role_number(model, text)} : history::digest_of(text));
  }
  field.hashes = from.derivation() == "hash";
  if (from.has_at_least())
    field.at_least = from.at_least();
  if (from.has_at_most())
    field.at_most = from.at_most();
  for (const auto& state : from.states()) {
    field.states.push_back({history::digest_of(state.name()), {}});
    for (const auto& next : state.next())
      field.states.back().next.push_back(history::digest_of(next));
  }
  field.when_deleted = by_name(delete_rules, from.on_delete(), on_delete::nothing);
  field.indexes_parents = field.when_deleted != on_delete::nothing;
  return field;
}

} // namespace

std::size_t field_rules::rank(std::int64_t key) const {
  const auto found = std::find(precedence.begin(), precedence.end(), key);
  return static_cast<std::size_t>(found - precedence.begin());
}

bool field_rules::may_become(const cell_value& before, std::int64_t after) const {
  const auto state = [&](std::int64_t name) {
    return std::find_if(states.begin(), states.end(), [&](const state_rule& one) { return one.name == name; });
  };
  if (before.tag == value_tag::none)
    return state(after) != states.end();
  const auto from = state(before.number);
  return from != states.end() && std::find(from->next.begin(), from->next.end(), after) != from->next.end();
}

bool collection_rules::may_write(std::uint32_t role) const {
  return writers.empty() || std::find(writers.begin(), writers.end(), role) != writers.end();
}

rule_book::rule_book(const scenarios::DataModel& model, std::uint32_t teams) : teams_(teams) {
  for (const auto& from : model.collections())
    add_collection(model, from);
  link_derived(model);
}

void rule_book::add_collection(const scenarios::DataModel& model, const scenarios::Collection& from) {
  collection_rules collection;
  collection.name = from.name();
  collection.policy = by_name(policies, from.policy(), policy_kind::last_commit);
  collection.add_wins_deletes = from.deletes() == "add_wins";
  collection.wide = from.wide();
  for (const auto& role : from.writers())
    collection.writers.push_back(role_number(model, role));
  for (const auto& source : from.fields()) {
    auto field = field_of(model, source);
    const auto number = static_cast<std::uint16_t>(collection.fields.size());
    if (field.is_derived())
      collection.derived.push_back(number);
    if (field.is_set())
      collection.sets.push_back(number);
    if (field.when_deleted != on_delete::nothing)
      collection.references.push_back(number);
    collection.fields.push_back(std::move(field));
  }
  collections_.push_back(std::move(collection));
  for (const auto& key : from.unique()) {
    auto& fields = collections_.back().keys.emplace_back();
    for (const auto& name : key.fields()) {
      const int number = find(static_cast<std::uint16_t>(collections_.size() - 1), name);
      if (number < 0)
        throw bad_history("a unique key of " + from.name() + " names a field that it does not have");
      fields.push_back(static_cast<std::uint16_t>(number));
    }
  }
}

void rule_book::link_derived(const scenarios::DataModel& model) {
  for (std::size_t c = 0; c < collections_.size(); ++c) {
    for (const auto f : collections_[c].derived) {
      const auto& source = model.collections(static_cast<int>(c)).fields(f);
      auto& field = collections_[c].fields[f];
      const int child = find(source.child());
      const int reference = child < 0 ? -1 : find(static_cast<std::uint16_t>(child), source.child_reference());
      if (reference < 0)
        throw bad_history("the derived field " + field.name + " goes over what the model does not have");
      field.child = static_cast<std::uint16_t>(child);
      field.child_reference = static_cast<std::uint16_t>(reference);
      collections_[field.child].fields[field.child_reference].indexes_parents = true;
      for (const auto& factor : source.factors()) {
        const int number = find(field.child, factor);
        if (number < 0)
          throw bad_history("the derived field " + field.name + " uses a field that the model does not have");
        field.factors.push_back(static_cast<std::uint16_t>(number));
      }
    }
  }
}

int rule_book::find(const std::string& collection_name) const {
  for (std::size_t i = 0; i < collections_.size(); ++i)
    if (collections_[i].name == collection_name)
      return static_cast<int>(i);
  return -1;
}

int rule_book::find(std::uint16_t collection_number, const std::string& field_name) const {
  const auto& fields = collections_[collection_number].fields;
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (fields[i].name == field_name)
      return static_cast<int>(i);
  return -1;
}

bool rule_book::has_wide() const {
  return std::any_of(collections_.begin(), collections_.end(), [](const collection_rules& c) { return c.wide; });
}

bool rule_book::has_stamps() const {
  return std::any_of(collections_.begin(), collections_.end(), [](const collection_rules& c) {
    return c.is_register() || (c.by_field() && std::any_of(c.fields.begin(), c.fields.end(), [](const field_rules& f) {
                                 return f.rule == field_rule::last_stamp;
                               }));
  });
}

bool rule_book::has_constraints() const {
  return std::any_of(collections_.begin(), collections_.end(),
                     [](const collection_rules& c) { return !c.references.empty() || !c.keys.empty(); });
}

} // namespace squall::invariants
