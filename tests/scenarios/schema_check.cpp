#include "tests/scenarios/schema_check.hpp"

#include "scenarios/document/tree.hpp"
#include "scenarios/document/units.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>

namespace squall::scenarios {

namespace {

using nlohmann::json;

bool has_type(const json& value, const std::string& type) {
  return (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
         (type == "string" && value.is_string()) || (type == "integer" && value.is_number_integer()) ||
         (type == "number" && value.is_number()) || (type == "boolean" && value.is_boolean());
}

std::string type_violation(const json& types, const json& value) {
  if (types.is_string())
    return has_type(value, types) ? "" : "not of type " + types.get<std::string>();
  for (const json& t : types)
    if (has_type(value, t))
      return "";
  return "of no type of " + types.dump();
}

std::string object_violation(const json& schema, const std::string& keyword, const json& rule, const json& value,
                             const std::string& where) {
  if (!value.is_object())
    return "";
  if (keyword == "required") {
    for (const json& name : rule)
      if (!value.contains(name.get<std::string>()))
        return where + ": lacks " + name.get<std::string>();
  } else if (keyword == "properties") {
    for (const auto& [name, inner] : rule.items())
      if (value.contains(name))
        if (std::string why = schema_violation(inner, value[name], where + "/" + name); !why.empty())
          return why;
  } else if (keyword == "additionalProperties") {
    const json none = json::object();
    const json& known = schema.contains("properties") ? schema["properties"] : none;
    for (const auto& [name, inner] : value.items()) {
      if (known.contains(name))
        continue;
      if (rule.is_boolean() && !rule.get<bool>())
        return where + ": has " + name;
      if (rule.is_object())
        if (std::string why = schema_violation(rule, inner, where + "/" + name); !why.empty())
          return why;
    }
  } else if (keyword == "propertyNames") {
    for (const auto& [name, inner] : value.items())
      if (std::string why = schema_violation(rule, json(name), where + "/" + name); !why.empty())
        return why;
  } else if (keyword == "minProperties" && value.size() < rule.get<std::size_t>()) {
    return where + ": too few keys";
  } else if (keyword == "maxProperties" && value.size() > rule.get<std::size_t>()) {
    return where + ": too many keys";
  }
  return "";
}

std::string scalar_violation(const std::string& keyword, const json& rule, const json& value) {
  if (keyword == "pattern" && value.is_string() &&
      !std::regex_search(value.get<std::string>(), std::regex(rule.get<std::string>())))
    return "does not match " + rule.get<std::string>();
  if (keyword == "minimum" && value.is_number() && value < rule)
    return "too small";
  if (keyword == "maximum" && value.is_number() && value > rule)
    return "too large";
  if (keyword == "minLength" && value.is_string() && value.get<std::string>().size() < rule.get<std::size_t>())
    return "too short";
  if (keyword == "const" && value != rule)
    return "not " + rule.dump();
  if (keyword == "enum" && std::find(rule.begin(), rule.end(), value) == rule.end())
    return "not one of " + rule.dump();
  if (keyword == "minItems" && value.is_array() && value.size() < rule.get<std::size_t>())
    return "too few items";
  if (keyword == "maxItems" && value.is_array() && value.size() > rule.get<std::size_t>())
    return "too many items";
  return "";
}

std::string combined_violation(const json& schema, const std::string& keyword, const json& rule, const json& value,
                               const std::string& where) {
  if (keyword == "anyOf") {
    std::string reasons;
    for (const json& option : rule) {
      const std::string why = schema_violation(option, value, where);
      if (why.empty())
        return "";
      reasons += " | " + why;
    }
    return where + ": none fits:" + reasons;
  }
  if (keyword == "allOf") {
    for (const json& part : rule)
      if (std::string why = schema_violation(part, value, where); !why.empty())
        return why;
  }
  if (keyword == "not" && schema_violation(rule, value, where).empty())
    return where + ": must not be " + rule.dump();
  if (keyword == "if" && schema_violation(rule, value, where).empty() && schema.contains("then"))
    return schema_violation(schema["then"], value, where);
  if (keyword == "items" && value.is_array())
    for (std::size_t i = 0; i < value.size(); ++i)
      if (std::string why = schema_violation(rule, value[i], where + "/" + std::to_string(i)); !why.empty())
        return why;
  return "";
}

json converted(const tree& node) {
  switch (node.is) {
    case tree::kind::null: return nullptr;
    case tree::kind::scalar: {
      if (const auto integer = parse_integer(node.text))
        return *integer;
      if (parse_milli(node.text))
        return std::stod(node.text);
      if (node.text == "true" || node.text == "false")
        return node.text == "true";
      return node.text;
    }
    case tree::kind::list: {
      json out = json::array();
      for (const tree& item : node.items)
        out.push_back(converted(item));
      return out;
    }
    case tree::kind::map: {
      json out = json::object();
      for (const tree::entry& e : node.entries)
        out[e.key] = converted(e.value);
      return out;
    }
  }
  return nullptr;
}

} // namespace

std::string schema_violation(const json& schema, const json& value, const std::string& where) {
  static const std::set<std::string> of_objects{"required",      "properties",    "additionalProperties",
                                                "propertyNames", "minProperties", "maxProperties"};
  static const std::set<std::string> combining{"anyOf", "allOf", "not", "if", "items"};
  static const std::set<std::string> of_scalars{"pattern", "minimum", "maximum",  "minLength",
                                                "const",   "enum",    "minItems", "maxItems"};
  static const std::set<std::string> silent{"$schema", "title", "description", "then"};
  for (const auto& [keyword, rule] : schema.items()) {
    std::string why;
    if (keyword == "type")
      why = type_violation(rule, value);
    else if (of_scalars.count(keyword) > 0)
      why = scalar_violation(keyword, rule, value);
    if (!why.empty())
      return where + ": " + why;
    if (of_objects.count(keyword) > 0)
      why = object_violation(schema, keyword, rule, value, where);
    else if (combining.count(keyword) > 0)
      why = combined_violation(schema, keyword, rule, value, where);
    else if (keyword != "type" && of_scalars.count(keyword) == 0 && silent.count(keyword) == 0)
      return where + ": the checker does not know " + keyword;
    if (!why.empty())
      return why;
  }
  return "";
}

json yaml_as_json(std::string_view text) {
  std::vector<diagnostic> problems;
  const tree root = parse_yaml(text, "yaml", problems);
  EXPECT_TRUE(problems.empty()) << to_string(problems);
  return converted(root);
}

} // namespace squall::scenarios
