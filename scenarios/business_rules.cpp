#include "scenarios/business_rules.hpp"

#include "scenarios/diagnostic.hpp"
#include "scenarios/document/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace squall::scenarios {

namespace {

constexpr std::array<std::string_view, 6> comparisons{"=", "!=", "<", "<=", ">", ">="};

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (true) {
    const std::size_t begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos)
      return out;
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    out.push_back(text.substr(begin, end - begin));
    text.remove_prefix(end);
  }
}

std::vector<std::string_view> all_fields(const Collection& c) {
  std::vector<std::string_view> out;
  for (const Field& f : c.fields())
    if (f.type() != "set")
      out.emplace_back(f.name());
  return out;
}

class rule_reader {
public:
  rule_reader(const DataModel& model, const Collection& of, std::string path, std::vector<path_problem>& problems)
      : model_(model), of_(of), path_(std::move(path)), problems_(problems) {}

  void read(std::string_view text, BusinessRule& out) {
    const auto words = words_of(text);
    for (std::size_t i = 0;; i += 4) {
      if (words.size() < i + 3 || (words.size() > i + 3 && words[i + 3] != "and"))
        return problem(
            fmt::format("expected conditions such as `reserved > on_hand`, joined by `and`; got `{}`", text));
      clause(words[i], words[i + 1], words[i + 2], *out.add_clauses());
      if (words.size() == i + 3)
        return;
    }
  }

private:
  void problem(std::string message) { problems_.push_back({path_, std::move(message)}); }

  void clause(std::string_view left, std::string_view compare, std::string_view right, RuleClause& out) {
    if (std::find(comparisons.begin(), comparisons.end(), compare) == comparisons.end())
      problem(fmt::format("expected =, !=, <, <=, > or >=, got `{}`", compare));
    out.set_compare(std::string(compare));
    const Field* a = operand(left, true, *out.mutable_left());
    const Field* b = operand(right, false, *out.mutable_right());
    if (!a)
      return;
    const bool text = out.right().of_case() == RuleOperand::kText || (b && b->type() == "text");
    const bool ordered = compare != "=" && compare != "!=";
    const bool number = a->type() == "integer" || a->type() == "counter" || a->type() == "derived";
    if (text == number)
      problem(fmt::format("`{}` is a {}; it cannot be compared with `{}`", left, a->type(), right));
    else if (ordered && !number)
      problem(fmt::format("`{}` is a {}; it can be `=` or `!=`, not `{}`", left, a->type(), compare));
  }

  /// The field that is meant; null for an integer or a text, and where there is none.
  const Field* operand(std::string_view word, bool must_be_field, RuleOperand& out) {
    const std::size_t dot = word.find('.');
    const Collection* in = &of_;
    if (dot != std::string_view::npos) {
      const Field* reference = find_field(of_, word.substr(0, dot));
      in = reference && reference->type() == "reference" ? find_collection(model_, reference->target()) : nullptr;
      if (!in) {
        problem(fmt::format("`{}` of `{}` refers to no record", word.substr(0, dot), of_.name()));
        return nullptr;
      }
      out.set_through(std::string(word.substr(0, dot)));
      word.remove_prefix(dot + 1);
    }
    if (const Field* f = find_field(*in, word); f && f->type() != "set") {
      out.set_field(f->name());
      return f;
    }
    if (const auto number = parse_integer(word); number && in == &of_ && !must_be_field)
      out.set_integer(*number);
    else if (in == &of_ && !must_be_field)
      out.set_text(std::string(word));
    else
      problem(fmt::format("unknown field `{}` of `{}`{}", word, in->name(), instead(word, all_fields(*in))));
    return nullptr;
  }

  const DataModel& model_;
  const Collection& of_;
  std::string path_;
  std::vector<path_problem>& problems_;
};

std::string written(const RuleOperand& operand) {
  switch (operand.of_case()) {
    case RuleOperand::kInteger: return std::to_string(operand.integer());
    case RuleOperand::kText: return operand.text();
    default: return operand.through().empty() ? operand.field() : operand.through() + "." + operand.field();
  }
}

} // namespace

std::vector<BusinessRule> resolve_rules(const Scenario& scenario, const DataModel& model,
                                        std::vector<path_problem>& problems) {
  std::vector<BusinessRule> out;
  std::set<std::string_view> names;
  for (int i = 0; i < scenario.rules_size(); ++i) {
    const RuleSpec& spec = scenario.rules(i);
    const std::string path = fmt::format("rules.{}", i);
    if (!names.insert(spec.name()).second)
      problems.push_back({path + ".name", fmt::format("the name `{}` is taken", spec.name())});
    BusinessRule& rule = out.emplace_back();
    rule.set_name(spec.name());
    rule.set_collection(spec.collection());
    if (const Collection* of = find_collection(model, spec.collection()))
      rule_reader(model, *of, path + ".broken_if", problems).read(spec.broken_if(), rule);
    else
      problems.push_back({path + ".collection", fmt::format("unknown collection `{}`{}", spec.collection(),
                                                            instead(spec.collection(), collection_names(model)))});
  }
  return out;
}

std::string condition_of(const BusinessRule& rule) {
  std::string out;
  for (const RuleClause& c : rule.clauses())
    out += fmt::format("{}{} {} {}", out.empty() ? "" : " and ", written(c.left()), c.compare(), written(c.right()));
  return out;
}

} // namespace squall::scenarios
