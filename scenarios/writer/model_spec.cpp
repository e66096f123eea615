#include "scenarios/writer/model_spec.hpp"

#include "scenarios/field_rules.hpp"
#include "scenarios/formulas.hpp"

namespace squall::scenarios {

namespace {

bool has_more(const Field& f) { return f.has_at_least() || f.has_at_most() || f.states_size() > 0; }

/// The rule, where the collection leaves it to the field; else the type.
void say_rule(const Field& field, bool by_field, FieldSpec& out) {
  const bool plain_text = field.type() == "text" || field.type() == "counter" || field.type() == "set";
  if (!by_field && field.type() != "set") {
    if (has_more(field))
      out.set_type(field.type());
    else
      out.set_shorthand(field.type());
  } else if (plain_text && !has_more(field)) {
    out.set_shorthand(field.rule());
  } else if (field.type() == "counter") {
    out.mutable_counter(); // its bounds follow
  } else {
    if (field.type() != "text")
      out.set_type(field.type());
    out.set_rule(field.rule());
  }
}

template <class Spec>
void say_bounds(const Field& field, Spec& out) {
  if (field.has_at_least())
    out.set_at_least(field.at_least());
  if (field.has_at_most())
    out.set_at_most(field.at_most());
}

FieldSpec spec_of(const Field& field, bool by_field) {
  FieldSpec out;
  out.set_name(field.name());
  if (field.type() == "derived") {
    out.set_derived(formula_of(field));
    return out;
  }
  if (field.type() == "reference")
    out.set_ref(field.target());
  if (by_field && field.rule() == "role_precedence") {
    *out.mutable_role_precedence() = field.precedence();
    if (field.type() == "integer")
      out.set_type(field.type());
  } else if (field.precedence_size() > 0 && field.type() == "text" && (!by_field || field.rule() == "precedence")) {
    *out.mutable_precedence() = field.precedence();
  } else if (field.type() != "reference") {
    say_rule(field, by_field, out);
  } else if (by_field) {
    out.set_rule(field.rule());
  }
  out.set_on_delete(field.on_delete());
  if (out.has_counter())
    say_bounds(field, *out.mutable_counter());
  else
    say_bounds(field, out);
  for (const State& s : field.states()) {
    StateSpec& state = *out.add_states();
    state.set_name(s.name());
    *state.mutable_next() = s.next();
  }
  return out;
}

} // namespace

CollectionSpec spec_of(const Collection& collection) {
  CollectionSpec out;
  out.set_name(collection.name());
  out.set_policy(collection.policy());
  const bool by_field = !rules_known_to(collection.policy()).empty();
  for (const Field& f : collection.fields())
    *out.add_fields() = spec_of(f, by_field);
  out.set_deletes(collection.deletes());
  out.set_wide(collection.wide());
  *out.mutable_writers() = collection.writers();
  out.set_offline(collection.offline());
  for (const UniqueKey& key : collection.unique())
    *out.add_unique()->mutable_fields() = key.fields();
  return out;
}

} // namespace squall::scenarios
