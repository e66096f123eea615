#include "scenarios/field_rules.hpp"

#include "scenarios/diagnostic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace squall::scenarios {

namespace {

/// The types that a rule is for; the first is what a field of that rule holds where nothing is said.
std::vector<std::string_view> types_of(std::string_view rule) {
  if (rule == "counter")
    return {"counter"};
  if (rule == "add_wins" || rule == "remove_wins")
    return {"set"};
  if (rule == "max" || rule == "min")
    return {"integer"};
  if (rule == "precedence")
    return {"text"};
  if (rule == "derived")
    return {"derived"};
  return {"text", "integer", "reference"};
}

class field_resolver {
public:
  field_resolver(const Scenario& scenario, const CollectionSpec& in, const FieldSpec& spec, const std::string& path,
                 Field& out, std::vector<path_problem>& problems)
      : scenario_(scenario), in_(in), spec_(spec), path_(path), out_(out), problems_(problems) {}

  void run() {
    out_.set_name(spec_.name());
    if (!spec_.ref().empty()) { // so that others find what it refers to, even if something else is wrong with it
      out_.set_type("reference");
      out_.set_target(spec_.ref());
    }
    if (is_more_than_one_thing())
      return problem(path_, fmt::format("field `{}` is more than one thing; expected {{type: , rule: }}, {{precedence: "
                                        "[...]}}, {{derived: ...}} or {{ref: , rule: }}",
                                        spec_.name()));
    type_and_rule();
    settle_rule();
    bounds();
    states();
    if (!spec_.on_delete().empty() && spec_.ref().empty())
      problem(path_ + ".on_delete", "`on_delete` goes with `ref`");
    out_.set_on_delete(spec_.on_delete());
  }

private:
  void problem(std::string path, std::string message) { problems_.push_back({std::move(path), std::move(message)}); }

  bool is_more_than_one_thing() const {
    const bool ranked = spec_.precedence_size() > 0 || spec_.role_precedence_size() > 0;
    const int shapes = (spec_.precedence_size() > 0) + (spec_.role_precedence_size() > 0 && spec_.ref().empty()) +
                       !spec_.derived().empty() + !spec_.ref().empty() + spec_.has_counter();
    const bool typed = !spec_.type().empty() && spec_.role_precedence_size() == 0;
    return shapes > 1 || (shapes == 1 && typed) ||
           (!spec_.rule().empty() && (ranked || !spec_.derived().empty() || spec_.has_counter()));
  }

  void type_and_rule() {
    type_ = spec_.type();
    rule_ = spec_.rule();
    if (spec_.shorthand() == "text" || spec_.shorthand() == "integer")
      type_ = spec_.shorthand();
    else if (!spec_.shorthand().empty())
      rule_ = spec_.shorthand();
    if (spec_.precedence_size() > 0) {
      rule_ = "precedence";
      ranks("precedence", spec_.precedence());
    } else if (spec_.role_precedence_size() > 0) {
      rule_ = "role_precedence";
      ranks("role_precedence", spec_.role_precedence());
    } else if (!spec_.derived().empty()) {
      type_ = rule_ = "derived";
    }
    if (!spec_.ref().empty())
      type_ = "reference";
    if (spec_.has_counter() || (type_ == "counter" && rule_.empty()))
      rule_ = "counter";
    const bool unread = type_.empty() && rule_.empty(); // what it is was not said, or was wrong and is reported
    if (type_.empty())
      type_ = rule_.empty() ? "text" : std::string(types_of(rule_).front());
    if (type_ == "integer" && rule_ == "counter")
      type_ = "counter";
    const bool by_field = !rules_known_to(in_.policy()).empty();
    out_.set_type(unread && by_field && spec_.states().empty() ? std::string{} : type_);
  }

  void ranks(const char* key, const google::protobuf::RepeatedPtrField<std::string>& listed) {
    std::set<std::string_view> seen;
    const std::vector<std::string_view> roles(scenario_.roles().begin(), scenario_.roles().end());
    for (const std::string& value : listed) {
      if (!seen.insert(value).second)
        problem(fmt::format("{}.{}", path_, key), fmt::format("`{}` is listed twice", value));
      if (spec_.role_precedence_size() > 0 && std::find(roles.begin(), roles.end(), value) == roles.end())
        problem(fmt::format("{}.{}", path_, key),
                roles.empty() ? fmt::format("unknown role `{}`; the scenario lists no `roles`", value)
                              : fmt::format("unknown role `{}`{}", value, instead(value, roles)));
      out_.add_precedence(value);
    }
  }

  void settle_rule() {
    const auto known = rules_known_to(in_.policy());
    if (type_ == "set" && rule_.empty())
      return problem(path_,
                     fmt::format("field `{}` is a set; write `add_wins` or `remove_wins`: what becomes of a text "
                                 "that one inserts while another erases it",
                                 spec_.name()));
    if (known.empty()) {
      if (spec_.role_precedence_size() > 0)
        out_.clear_precedence(); // roles are no values
      out_.set_rule(rule_ == "derived" || type_ == "set" ? rule_ : in_.policy());
      if (type_ != "set")
        return;
    }
    const auto types = types_of(rule_);
    if (rule_.empty()) {
      const bool merges = in_.policy() == "field_merge";
      problem(path_,
              fmt::format("field `{}` has no rule; under {} say what becomes of concurrent writes, such as {{type: "
                          "{}, rule: {}}}, counter or {}",
                          spec_.name(), in_.policy(), type_, merges ? "lww_server" : "lww_clock",
                          merges ? "{precedence: [...]}" : "add_wins"));
    } else if (std::find(types.begin(), types.end(), type_) == types.end()) {
      problem(path_, fmt::format("field `{}`: a {} cannot have the rule `{}`", spec_.name(), type_, rule_));
    } else if (!known.empty() && rule_ != "derived" && std::find(known.begin(), known.end(), rule_) == known.end()) {
      problem(path_, fmt::format("field `{}`: {} does not know the rule `{}`; it knows `{}`", spec_.name(),
                                 in_.policy(), rule_, fmt::join(known, "`, `")));
    }
    out_.set_rule(rule_);
  }

  void bounds() {
    const bool twice = spec_.has_counter() && (spec_.has_at_least() || spec_.has_at_most());
    const auto put = [&](const auto& from) {
      if (from.has_at_least())
        out_.set_at_least(from.at_least());
      if (from.has_at_most())
        out_.set_at_most(from.at_most());
    };
    if (spec_.has_counter())
      put(spec_.counter());
    put(spec_);
    const bool bounded = out_.has_at_least() || out_.has_at_most();
    if (twice)
      problem(path_, fmt::format("field `{}` has its bounds in two places", spec_.name()));
    else if (bounded && type_ != "integer" && type_ != "counter")
      problem(path_, fmt::format("field `{}` is a {}; only a number has bounds", spec_.name(), type_));
    else if (out_.has_at_least() && out_.has_at_most() && out_.at_least() > out_.at_most())
      problem(path_, fmt::format("field `{}`: at least {} is above at most {}", spec_.name(), out_.at_least(),
                                 out_.at_most()));
  }

  void states() {
    std::vector<std::string_view> known;
    for (const StateSpec& s : spec_.states())
      known.push_back(s.name());
    if (!known.empty() && type_ != "text")
      return problem(path_ + ".states", fmt::format("field `{}` is a {}; only a text has states", spec_.name(), type_));
    for (const StateSpec& s : spec_.states()) {
      State& out = *out_.add_states();
      out.set_name(s.name());
      *out.mutable_next() = s.next();
      for (const std::string& next : s.next())
        if (std::find(known.begin(), known.end(), next) == known.end())
          problem(fmt::format("{}.states.{}", path_, s.name()),
                  fmt::format("unknown state `{}`{}", next, instead(next, known)));
    }
    for (const std::string& value : spec_.precedence())
      if (!known.empty() && std::find(known.begin(), known.end(), value) == known.end())
        problem(path_ + ".precedence", fmt::format("`{}` is no state of `{}`", value, spec_.name()));
  }

  const Scenario& scenario_;
  const CollectionSpec& in_;
  const FieldSpec& spec_;
  const std::string& path_;
  Field& out_;
  std::vector<path_problem>& problems_;
  std::string type_;
  std::string rule_;
};

} // namespace

std::vector<std::string_view> rules_known_to(std::string_view policy) {
  if (policy == "crdt")
    return {"counter", "add_wins", "remove_wins", "lww_clock", "max", "min"};
  if (policy == "field_merge")
    return {"lww_server", "lww_clock", "precedence", "role_precedence", "max",
            "min",        "manual",    "counter",    "add_wins",        "remove_wins"};
  return {};
}

void resolve_field(const Scenario& scenario, const CollectionSpec& in, const FieldSpec& spec, const std::string& path,
                   Field& out, std::vector<path_problem>& problems) {
  field_resolver(scenario, in, spec, path, out, problems).run();
}

} // namespace squall::scenarios
