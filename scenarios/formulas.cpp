#include "scenarios/formulas.hpp"

#include "scenarios/diagnostic.hpp"

#include <fmt/format.h>

namespace squall::scenarios {

namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  return text;
}

/// False, and reported: what is in the brackets is no list of fields of one collection.
bool read_factors(std::string_view inside, char between, const std::string& path, Field& out,
                  std::vector<path_problem>& problems) {
  while (true) {
    const std::size_t end = inside.find(between);
    const std::string_view factor = trimmed(inside.substr(0, end));
    const std::size_t dot = factor.find('.');
    if (dot == std::string_view::npos) {
      problems.push_back({path, fmt::format("expected a factor such as lines.price, got `{}`", factor)});
      return false;
    }
    const std::string_view child = factor.substr(0, dot);
    if (!out.child().empty() && out.child() != child) {
      problems.push_back(
          {path, fmt::format("all factors are of one collection; got `{}` and `{}`", out.child(), child)});
      return false;
    }
    out.set_child(std::string(child));
    out.add_factors(std::string(factor.substr(dot + 1)));
    if (end == std::string_view::npos)
      return true;
    inside.remove_prefix(end + 1);
  }
}

/// What is wrong with a factor of this field; empty if nothing is.
std::string wrong_factor(const Field& factor, const std::string& name, bool summed) {
  if (factor.type().empty())
    return {}; // reported where it is declared
  if (summed && factor.type() != "integer" && factor.type() != "counter")
    return fmt::format("`{}` is a {}; expected an integer or a counter", name, factor.type());
  if (!summed && (factor.type() == "set" || factor.type() == "derived"))
    return fmt::format("`{}` is a {}; expected a text, a number or a reference", name, factor.type());
  return {};
}

} // namespace

void resolve_formula(const DataModel& model, const Collection& in, const std::string& formula, const std::string& path,
                     Field& out, std::vector<path_problem>& problems) {
  const auto problem = [&](std::string message) { problems.push_back({path, std::move(message)}); };
  std::string_view inside = trimmed(formula);
  const bool summed = inside.starts_with("sum(");
  if ((!summed && !inside.starts_with("hash(")) || !inside.ends_with(")"))
    return problem(fmt::format("expected a formula such as sum(lines.quantity * lines.price), got `{}`", formula));
  inside.remove_prefix(inside.find('(') + 1);
  inside.remove_suffix(1);
  out.set_derivation(summed ? "sum" : "hash");
  if (!read_factors(inside, summed ? '*' : ',', path, out, problems))
    return;
  if (summed && out.factors_size() > 2)
    problem("a sum is over the product of one or two fields");
  const Collection* child = find_collection(model, out.child());
  if (!child)
    return problem(
        fmt::format("unknown collection `{}`{}", out.child(), instead(out.child(), collection_names(model))));
  for (const std::string& factor : out.factors()) {
    const Field* field = find_field(*child, factor);
    if (!field)
      problem(
          fmt::format("unknown field `{}` of `{}`{}", factor, child->name(), instead(factor, written_fields(*child))));
    else if (const auto why = wrong_factor(*field, fmt::format("{}.{}", child->name(), factor), summed); !why.empty())
      problem(why);
  }
  if (const Field* reference = reference_to(*child, in.name()))
    out.set_child_reference(reference->name());
  else
    problem(fmt::format("`{}` has no field that refers to `{}`; expected one such as {{ref: {}}}", child->name(),
                        in.name(), in.name()));
}

std::string formula_of(const Field& field) {
  const bool hashed = field.derivation() == "hash";
  std::string factors;
  for (const std::string& factor : field.factors())
    factors += fmt::format("{}{}.{}", factors.empty() ? "" : hashed ? ", " : " * ", field.child(), factor);
  return fmt::format("{}({})", hashed ? "hash" : "sum", factors);
}

} // namespace squall::scenarios
