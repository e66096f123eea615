#include "scenarios/schema.hpp"

#include "scenarios/keys.hpp"
#include "scenarios/scenario.pb.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace squall::scenarios {

namespace {

using json = nlohmann::ordered_json;
using google::protobuf::Descriptor;

constexpr const char* name_pattern = "^[A-Za-z][A-Za-z0-9_-]{0,63}$";

json quantity(std::string_view units, bool negative) {
  return {{"type", "string"}, {"pattern", fmt::format("^{}[0-9]+(\\.[0-9]+)?({})$", negative ? "-?" : "", units)}};
}

json number(const key& k, form is) {
  const bool negative = k.low < 0;
  switch (is) {
    case form::duration: return quantity("ns|us|ms|s|m|h|d", negative);
    case form::share: return quantity("%|ppm", negative);
    case form::rate: return quantity("/s|/m|/h|/d", negative);
    case form::drift: return quantity("ppm|ppb|%", negative);
    case form::bytes: return quantity("B|KiB|MiB|KB|MB", negative);
    case form::milli: return {{"type", "number"}, {"minimum", k.low / 1000}, {"maximum", k.high / 1000}};
    default: break;
  }
  json out{{"type", "integer"}, {"minimum", k.low}};
  if (k.high != std::numeric_limits<std::int64_t>::max())
    out["maximum"] = k.high;
  return out;
}

/// [low, high] or {low: , high: }.
json pair_of(const json& element) {
  json list{{"type", "array"}, {"items", element}, {"minItems", 2}, {"maxItems", 2}};
  json map{{"type", "object"},
           {"properties", {{"low", element}, {"high", element}}},
           {"required", {"low", "high"}},
           {"additionalProperties", false}};
  return {{"anyOf", {list, map}}};
}

json choice_of(const key& k) {
  const json value = number(k, k.is);
  json any_of{{"type", "object"},
              {"properties", {{"any_of", {{"type", "array"}, {"items", value}, {"minItems", 1}}}}},
              {"required", {"any_of"}},
              {"additionalProperties", false}};
  json uniform{{"type", "object"},
               {"properties", {{"uniform", pair_of(value)}}},
               {"required", {"uniform"}},
               {"additionalProperties", false}};
  return {{"description", k.about}, {"anyOf", {value, any_of, uniform}}};
}

json map_of(json value) {
  return {
      {"type", "object"}, {"propertyNames", {{"pattern", name_pattern}}}, {"additionalProperties", std::move(value)}};
}

json schema_of(const section& s, const Descriptor& message);

const Descriptor& inner_message(const Descriptor& message, const key& k) {
  return *message.FindFieldByName(std::string(k.field))->message_type();
}

json value_of(const key& k, const Descriptor& message) {
  const json word{{"type", {"string", "number", "boolean"}}};
  switch (k.is) {
    case form::name: return {{"type", "string"}, {"pattern", name_pattern}};
    case form::text: return {{"type", "string"}, {"minLength", 1}};
    case form::choice: return {{"enum", k.names()}};
    case form::section: return schema_of(*k.inner, inner_message(message, k));
    case form::sections: return {{"type", "array"}, {"items", schema_of(*k.inner, inner_message(message, k))}};
    case form::named: return map_of(schema_of(*k.inner, inner_message(message, k)));
    case form::integers: return {{"type", "array"}, {"items", number(k, form::integer)}};
    case form::texts: return {{"type", "array"}, {"items", word}, {"minItems", 1}};
    case form::range: {
      json out = pair_of(number(k, k.element));
      if (k.element == form::integer)
        out["anyOf"].push_back(number(k, k.element));
      return out;
    }
    case form::amounts: return map_of(number(k, form::integer));
    case form::values: return map_of(word);
    case form::flag: return {{"type", "boolean"}};
    case form::shares: return map_of(number(k, form::share));
    case form::keys: {
      const json name{{"type", "string"}, {"pattern", name_pattern}};
      const json several{{"type", "array"}, {"items", name}};
      return {{"type", "array"}, {"items", {{"anyOf", {name, several}}}}};
    }
    case form::graph: return map_of({{"type", "array"}, {"items", {{"type", "string"}, {"pattern", name_pattern}}}});
    case form::thresholds: return map_of({{"type", "string"}, {"pattern", "^>= *[1-9][0-9]*$"}});
    case form::choices: {
      json properties = json::object();
      for (const key& inner : k.inner->keys)
        properties[std::string(inner.name)] = choice_of(inner);
      return {{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
    }
    case form::variants: return map_of({{"type", "object"}, {"minProperties", 1}});
    default: return number(k, k.is);
  }
}

/// Keys of which the message holds only one.
json exclusions(const section& s, const Descriptor& message) {
  json out = json::array();
  for (std::size_t i = 0; i < s.keys.size(); ++i)
    for (std::size_t j = i + 1; j < s.keys.size(); ++j) {
      const auto* a = message.FindFieldByName(std::string(s.keys[i].field))->real_containing_oneof();
      const auto* b = message.FindFieldByName(std::string(s.keys[j].field))->real_containing_oneof();
      if (a && a == b)
        out.push_back({{"not", {{"required", {s.keys[i].name, s.keys[j].name}}}}});
    }
  return out;
}

/// Which parameters there are depends on the fault that the entry names.
void add_fault_parameters(const section& s, json& object) {
  for (const std::string_view fault : fault_names()) {
    json names = key_names(s);
    json parameters = json::object();
    for (const key& p : fault_parameter_keys(fault)) {
      names.push_back(p.name);
      parameters[std::string(p.name)] = choice_of(p);
      object["properties"].emplace(std::string(p.name), json{{"description", "A parameter of the fault."}});
    }
    object["allOf"].push_back({{"if", {{"properties", {{"fault", {{"const", fault}}}}}, {"required", {"fault"}}}},
                               {"then", {{"propertyNames", {{"enum", names}}}, {"properties", parameters}}}});
  }
}

json schema_of(const section& s, const Descriptor& message) {
  json object{{"type", "object"}, {"properties", json::object()}};
  json required = json::array();
  for (const key& k : s.keys) {
    if (!find_key(s, k.name))
      continue;
    json value{{"description", k.about}};
    value.update(value_of(k, message));
    object["properties"][std::string(k.name)] = std::move(value);
    if (k.required)
      required.push_back(k.name);
  }
  if (!required.empty())
    object["required"] = required;
  object["additionalProperties"] = false;
  if (s.exactly_one)
    object["minProperties"] = object["maxProperties"] = 1;
  else if (json apart = exclusions(s, message); !apart.empty())
    object["allOf"] = apart;
  if (s.fault_parameters)
    add_fault_parameters(s, object);
  if (s.scalar_key.empty())
    return object;
  json out{{"anyOf", json::array()}};
  for (const key& k : s.keys)
    if (k.name == s.scalar_key)
      out["anyOf"].push_back(value_of(k, message));
  out["anyOf"].push_back(std::move(object));
  return out;
}

} // namespace

std::string json_schema() {
  json out{{"$schema", "http://json-schema.org/draft-07/schema#"},
           {"title", "Squall scenario"},
           {"description", "A simulation of offline-first sync: who works with what data, and what goes wrong."}};
  out.update(schema_of(scenario_section(), *Scenario::descriptor()));
  return out.dump(2) + "\n";
}

} // namespace squall::scenarios
