#include "scenarios/data_model.hpp"

#include "scenarios/diagnostic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace squall::scenarios {

namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  return text;
}

class resolver {
public:
  resolver(const Scenario& scenario, std::vector<path_problem>& problems) : scenario_(scenario), problems_(problems) {}

  DataModel resolve() {
    DataModel model;
    model.set_schema_version(1);
    model.set_policy_version(1);
    for (const CollectionSpec& c : scenario_.collections()) {
      const std::string path = "collections." + c.name();
      Collection* out = model.add_collections();
      out->set_name(c.name());
      out->set_policy(c.policy());
      if (c.fields().empty())
        problem(path, fmt::format("collection `{}` has no fields", c.name()));
      for (const FieldSpec& f : c.fields())
        field(c, f, path + ".fields." + f.name(), *out->add_fields());
    }
    // Formulas and references name other collections, so they wait until all are there.
    for (int c = 0; c < model.collections_size(); ++c)
      for (Field& f : *model.mutable_collections(c)->mutable_fields())
        links(model, model.collections(c), f);
    return model;
  }

private:
  void problem(std::string path, std::string message) { problems_.push_back({std::move(path), std::move(message)}); }

  void field(const CollectionSpec& c, const FieldSpec& spec, const std::string& path, Field& out) {
    out.set_name(spec.name());
    const int shapes = (spec.precedence_size() > 0) + !spec.derived().empty() + !spec.ref().empty();
    if (!spec.ref().empty()) { // so that others find what it refers to, even if something else is wrong with it
      out.set_type("reference");
      out.set_target(spec.ref());
    }
    if (shapes > 1 || (shapes == 1 && !spec.type().empty()) || (!spec.rule().empty() && spec.precedence_size() > 0) ||
        (!spec.rule().empty() && !spec.derived().empty()))
      return problem(path, fmt::format("field `{}` is more than one thing; expected {{type: , rule: }}, {{precedence: "
                                       "[...]}}, {{derived: ...}} or {{ref: , rule: }}",
                                       spec.name()));
    std::string type = spec.type();
    std::string rule = spec.rule();
    if (spec.shorthand() == "text" || spec.shorthand() == "integer")
      type = spec.shorthand();
    else if (!spec.shorthand().empty())
      rule = spec.shorthand();
    if (spec.precedence_size() > 0) {
      rule = "precedence";
      precedence(spec, path, out);
    } else if (!spec.derived().empty()) {
      type = rule = "derived";
    } else if (!spec.ref().empty()) {
      type = "reference";
    }
    if (type == "counter" && rule.empty())
      rule = "counter";
    const bool unread = type.empty() && rule.empty(); // what it is was not said, or was wrong and is reported
    if (type.empty())
      type = rule == "counter" ? "counter" : "text";
    if (type == "integer" && rule == "counter")
      type = "counter";
    out.set_type(unread ? std::string{} : type);
    if (c.policy() != "field_merge") {
      out.set_type(type);
      out.set_rule(rule == "derived" ? "derived" : "lww_server");
      return;
    }
    if (rule.empty())
      problem(path,
              fmt::format("field `{}` has no rule; under field_merge say what becomes of concurrent writes, such as "
                          "{{type: {}, rule: lww_server}}, counter or {{precedence: [...]}}",
                          spec.name(), type));
    else if ((rule == "counter") != (type == "counter"))
      problem(path, fmt::format("field `{}`: a {} cannot have the rule `{}`", spec.name(), type, rule));
    out.set_rule(rule);
  }

  void precedence(const FieldSpec& spec, const std::string& path, Field& out) {
    std::set<std::string_view> seen;
    for (const std::string& value : spec.precedence()) {
      if (!seen.insert(value).second)
        problem(path + ".precedence", fmt::format("`{}` is listed twice", value));
      out.add_precedence(value);
    }
  }

  void links(const DataModel& model, const Collection& in, Field& f) {
    const std::string path = fmt::format("collections.{}.fields.{}", in.name(), f.name());
    if (!f.target().empty() && !find_collection(model, f.target()))
      problem(path + ".ref",
              fmt::format("unknown collection `{}`{}", f.target(), instead(f.target(), collection_names(model))));
    if (f.type() == "derived")
      derived(model, in, f, path);
  }

  void derived(const DataModel& model, const Collection& in, Field& f, const std::string& path) {
    const std::string& formula = formula_of(in.name(), f.name());
    const std::string at = path + ".derived";
    std::string_view inside = trimmed(formula);
    if (!inside.starts_with("sum(") || !inside.ends_with(")"))
      return problem(at,
                     fmt::format("expected a formula such as sum(lines.quantity * lines.price), got `{}`", formula));
    inside.remove_prefix(4);
    inside.remove_suffix(1);
    while (true) {
      const std::size_t star = inside.find('*');
      const std::string_view factor = trimmed(inside.substr(0, star));
      const std::size_t dot = factor.find('.');
      if (dot == std::string_view::npos)
        return problem(at, fmt::format("expected a factor such as lines.price, got `{}`", factor));
      const std::string_view child = factor.substr(0, dot);
      if (!f.child().empty() && f.child() != child)
        return problem(at, fmt::format("all factors are of one collection; got `{}` and `{}`", f.child(), child));
      f.set_child(std::string(child));
      f.add_factors(std::string(factor.substr(dot + 1)));
      if (star == std::string_view::npos)
        break;
      inside.remove_prefix(star + 1);
    }
    const Collection* child = find_collection(model, f.child());
    if (!child)
      return problem(at,
                     fmt::format("unknown collection `{}`{}", f.child(), instead(f.child(), collection_names(model))));
    for (const std::string& factor : f.factors()) {
      const Field* field = find_field(*child, factor);
      if (!field)
        problem(at, fmt::format("unknown field `{}` of `{}`{}", factor, child->name(),
                                instead(factor, written_fields(*child))));
      else if (!field->type().empty() && field->type() != "integer" && field->type() != "counter")
        problem(at,
                fmt::format("`{}.{}` is a {}; expected an integer or a counter", child->name(), factor, field->type()));
    }
    if (const Field* reference = reference_to(*child, in.name()))
      f.set_child_reference(reference->name());
    else
      problem(at, fmt::format("`{}` has no field that refers to `{}`; expected one such as {{ref: {}}}", child->name(),
                              in.name(), in.name()));
  }

  const std::string& formula_of(std::string_view collection, std::string_view field) const {
    for (const CollectionSpec& c : scenario_.collections())
      if (c.name() == collection)
        for (const FieldSpec& f : c.fields())
          if (f.name() == field)
            return f.derived();
    static const std::string none;
    return none;
  }

  const Scenario& scenario_;
  std::vector<path_problem>& problems_;
};

} // namespace

DataModel resolve_model(const Scenario& scenario, std::vector<path_problem>& problems) {
  return resolver(scenario, problems).resolve();
}

const Collection* find_collection(const DataModel& model, std::string_view name) {
  for (const Collection& c : model.collections())
    if (c.name() == name)
      return &c;
  return nullptr;
}

const Field* find_field(const Collection& collection, std::string_view name) {
  for (const Field& f : collection.fields())
    if (f.name() == name)
      return &f;
  return nullptr;
}

const Field* reference_to(const Collection& child, std::string_view parent) {
  for (const Field& f : child.fields())
    if (f.type() == "reference" && f.target() == parent)
      return &f;
  return nullptr;
}

const Collection* child_of(const DataModel& model, const Collection& parent) {
  for (const Field& f : parent.fields())
    if (f.type() == "derived" && !f.child().empty())
      return find_collection(model, f.child());
  for (const Collection& c : model.collections())
    if (reference_to(c, parent.name()))
      return &c;
  return nullptr;
}

std::vector<std::string_view> collection_names(const DataModel& model) {
  std::vector<std::string_view> out;
  for (const Collection& c : model.collections())
    out.emplace_back(c.name());
  return out;
}

std::vector<std::string_view> written_fields(const Collection& collection) {
  std::vector<std::string_view> out;
  for (const Field& f : collection.fields())
    if (f.type() != "derived")
      out.emplace_back(f.name());
  return out;
}

} // namespace squall::scenarios
