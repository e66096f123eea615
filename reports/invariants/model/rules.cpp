#include "reports/invariants/model/rules.hpp"

#include "reports/history/names.hpp"

#include <algorithm>

namespace squall::invariants {

namespace {

field_type type_of(const std::string& name) {
  if (name == "integer")
    return field_type::integer;
  if (name == "text")
    return field_type::text;
  if (name == "reference")
    return field_type::reference;
  if (name == "counter")
    return field_type::counter;
  return name == "derived" ? field_type::derived : field_type::unsupported;
}

field_rule rule_of(const scenarios::Field& field) {
  if (field.type() == "derived" || field.rule() == "derived")
    return field_rule::derived;
  if (field.rule() == "counter")
    return field_rule::counter;
  return field.rule() == "precedence" ? field_rule::precedence : field_rule::last_commit;
}

} // namespace

std::size_t field_rules::rank(std::int64_t digest) const {
  const auto found = std::find(precedence.begin(), precedence.end(), digest);
  return static_cast<std::size_t>(found - precedence.begin());
}

rule_book::rule_book(const scenarios::DataModel& model) {
  for (const auto& from : model.collections()) {
    collection_rules collection{from.name(), from.policy() == "field_merge", {}, {}};
    for (const auto& source : from.fields()) {
      field_rules field;
      field.name = source.name();
      field.rule = rule_of(source);
      field.type = field.rule == field_rule::derived ? field_type::derived : type_of(source.type());
      for (const auto& text : source.precedence())
        field.precedence.push_back(history::digest_of(text));
      if (field.is_derived())
        collection.derived.push_back(static_cast<std::uint16_t>(collection.fields.size()));
      collection.fields.push_back(std::move(field));
    }
    collections_.push_back(std::move(collection));
  }
  link_derived(model);
}

void rule_book::link_derived(const scenarios::DataModel& model) {
  for (std::size_t c = 0; c < collections_.size(); ++c) {
    for (const auto f : collections_[c].derived) {
      const auto& source = model.collections(static_cast<int>(c)).fields(f);
      auto& field = collections_[c].fields[f];
      const int child = find(source.child());
      const int reference = child < 0 ? -1 : find(static_cast<std::uint16_t>(child), source.child_reference());
      if (reference < 0)
        throw bad_history("the derived field " + field.name + " sums over what the model does not have");
      field.child = static_cast<std::uint16_t>(child);
      field.child_reference = static_cast<std::uint16_t>(reference);
      collections_[field.child].fields[field.child_reference].indexes_parents = true;
      for (const auto& factor : source.factors()) {
        const int number = find(field.child, factor);
        if (number < 0)
          throw bad_history("the derived field " + field.name + " multiplies a field that the model does not have");
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

} // namespace squall::invariants
