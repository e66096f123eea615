#include "scenarios/script/script.hpp"

#include "scenarios/diagnostic.hpp"
#include "scenarios/document/units.hpp"
#include "scenarios/planner/causes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

namespace squall::scenarios {

namespace {

constexpr int steps_max = 1 << 18; // a step's place is a slot of an intention's id
constexpr int acts_max = 200;      // an act's place is the low byte of a record's symbol

std::uint64_t id_of(const Scenario& s, int place) {
  return intention_id(s.script(place).device(), name_code("script"), static_cast<std::uint64_t>(place) + 1);
}

struct known_record {
  std::uint64_t symbol = 0;
  const Collection* of = nullptr;
};

class script_resolver {
public:
  script_resolver(const Scenario& s, const DataModel& model, std::vector<path_problem>& problems)
      : s_(s), model_(model), problems_(problems) {}

  std::vector<Intention> run() {
    if (s_.script_size() > steps_max) {
      problem("script", fmt::format("more than {} steps", steps_max));
      return {};
    }
    names();
    std::vector<Intention> out(static_cast<std::size_t>(s_.script_size()));
    for (int i = 0; i < s_.script_size(); ++i)
      step(i, out[static_cast<std::size_t>(i)]);
    return out;
  }

private:
  void problem(std::string path, std::string message) { problems_.push_back({std::move(path), std::move(message)}); }

  /// Steps and records may be named before they are made: a change may well be due before the record is there.
  void names() {
    for (int i = 0; i < s_.script_size(); ++i) {
      const Step& step = s_.script(i);
      if (!step.name().empty() && !steps_.emplace(step.name(), id_of(s_, i)).second)
        problem(fmt::format("script.{}.name", i), fmt::format("the name `{}` is taken", step.name()));
      std::size_t ordinal = 0;
      for (int k = 0; k < step.acts_size(); ++k) {
        const StepAct& act = step.acts(k);
        if (act.what_case() == StepAct::kCreate && !act.label().empty()) {
          const known_record made{id_of(s_, i) << 8 | ordinal, find_collection(model_, act.create())};
          if (!records_.emplace(act.label(), made).second)
            problem(fmt::format("script.{}.do.{}.as", i, k), fmt::format("the name `{}` is taken", act.label()));
        }
        ordinal += parts_of(act);
      }
    }
  }

  /// An update that sets and adds is two acts of a plan, and so on.
  static std::size_t parts_of(const StepAct& act) {
    const std::size_t parts =
        (act.set_size() > 0) + (act.add_size() > 0) + (act.insert_size() > 0) + (act.erase_size() > 0);
    return std::max<std::size_t>(parts, 1);
  }

  void step(int place, Intention& out) {
    const Step& step = s_.script(place);
    const std::string path = fmt::format("script.{}", place);
    if (step.device() > s_.devices().count() && s_.devices().count() > 0)
      problem(path + ".device",
              fmt::format("there is no device {}; there are {}", step.device(), s_.devices().count()));
    if (step.at_ns() >= s_.duration_ns() && s_.duration_ns() > 0)
      problem(path + ".at", fmt::format("`at` is not before the end at {}", duration_text(s_.duration_ns())));
    if (step.acts().empty() || step.acts_size() > acts_max)
      problem(path, fmt::format("a step does 1 to {} things", acts_max));
    out.set_id(id_of(s_, place));
    out.set_device(step.device());
    out.set_due_ns(step.at_ns());
    out.set_kind("script");
    const std::int64_t left = std::max<std::int64_t>(0, s_.duration_ns() - step.at_ns());
    out.set_wait_limit_ns(step.wait_ns() == 0 ? left : std::min(step.wait_ns(), left));
    if (!step.after().empty()) {
      const auto before = steps_.find(step.after());
      if (before == steps_.end())
        problem(path + ".after", fmt::format("the script has no step `{}`", step.after()));
      else
        out.set_after(before->second);
    }
    for (int k = 0; k < step.acts_size(); ++k)
      act(step.acts(k), fmt::format("{}.do.{}", path, k), out);
    for (int k = 0; k < step.guards_size(); ++k)
      guard(step.guards(k), fmt::format("{}.if.{}", path, k), *out.add_guards());
  }

  const known_record* record(const std::string& name, const std::string& path) {
    const auto found = records_.find(name);
    if (found == records_.end()) {
      std::vector<std::string_view> known;
      for (const auto& [label, unused] : records_)
        known.push_back(label);
      problem(path, fmt::format("unknown record `{}`{}", name, instead(name, known)));
      return nullptr;
    }
    return &found->second;
  }

  void act(const StepAct& act, const std::string& path, Intention& out) {
    Act& first = *out.add_acts();
    const Collection* of = nullptr;
    const auto on = [&](const std::string& name, const char* key, Act::Kind kind) {
      const known_record* found = record(name, fmt::format("{}.{}", path, key));
      first.set_kind(kind);
      if (found) {
        first.set_record(found->symbol);
        of = found->of;
      }
    };
    switch (act.what_case()) {
      case StepAct::kCreate:
        of = find_collection(model_, act.create());
        if (!of)
          problem(path + ".create", fmt::format("unknown collection `{}`{}", act.create(),
                                                instead(act.create(), collection_names(model_))));
        first.set_kind(Act::CREATE);
        first.set_record(out.id() << 8 | static_cast<std::uint64_t>(out.acts_size() - 1));
        break;
      case StepAct::kUpdate: on(act.update(), "update", Act::SET); break;
      case StepAct::kRemove: on(act.remove(), "delete", Act::DELETE); break;
      case StepAct::kRestore: on(act.restore(), "restore", Act::RESTORE); break;
      case StepAct::kMove: on(act.move(), "move", Act::MOVE); break;
      case StepAct::kSettle: on(act.settle(), "settle", Act::SETTLE); break;
      case StepAct::WHAT_NOT_SET:
        return problem(path, "an act needs `create`, `update`, `delete`, `restore`, `move` or `settle`");
    }
    if (!act.label().empty() && act.what_case() != StepAct::kCreate)
      problem(path + ".as", "`as` goes with `create`");
    if (!of)
      return;
    first.set_collection(of->name());
    if ((act.what_case() == StepAct::kMove) != (act.to_team() != 0))
      problem(path + ".to_team", "`move` and `to_team` go together");
    if (act.or_team() != 0 && act.to_team() == 0)
      problem(path + ".or_team", "`or_team` goes with `move`");
    first.set_to_team(act.to_team());
    first.set_or_team(act.or_team());
    settlement(act, *of, path, first);
    fields(act, *of, path, first, out);
  }

  void settlement(const StepAct& act, const Collection& of, const std::string& path, Act& out) {
    if (act.what_case() != StepAct::kSettle) {
      for (const auto& [key, given] : {std::pair{"field", !act.subject().empty()}, {"choose", !act.choose().empty()}})
        if (given)
          problem(fmt::format("{}.{}", path, key), fmt::format("`{}` goes with `settle`", key));
      return;
    }
    if (!act.subject().empty() && !find_field(of, act.subject()))
      problem(path + ".field", fmt::format("unknown field `{}` of `{}`{}", act.subject(), of.name(),
                                           instead(act.subject(), written_fields(of))));
    out.mutable_settle()->set_field(act.subject());
    out.mutable_settle()->set_take(act.choose() == "take");
  }

  void fields(const StepAct& act, const Collection& of, const std::string& path, Act& first, Intention& out) {
    const bool updates = act.what_case() == StepAct::kUpdate;
    const bool writes = updates || act.what_case() == StepAct::kCreate;
    const int others = act.add_size() + act.insert_size() + act.erase_size();
    if (!writes && act.set_size() + others > 0)
      return problem(path, "only `create` and `update` take values");
    if (!updates && others > 0)
      return problem(path, "`add`, `insert` and `erase` go with `update`");
    if (updates && act.set_size() + others == 0)
      return problem(path, "`update` needs `set`, `add`, `insert` or `erase`");
    int part = 0;
    const auto into = [&](Act::Kind kind, const char* key, const auto& values, const char* type) {
      if (values.empty())
        return;
      const std::uint64_t record = first.record();
      Act& to = part++ == 0 ? *out.mutable_acts(out.acts_size() - 1) : *out.add_acts();
      to.set_kind(updates ? kind : Act::CREATE);
      to.set_collection(of.name());
      to.set_record(record);
      for (const WrittenValue& v : values) {
        fits(v, of, fmt::format("{}.{}.{}", path, key, v.name()), type);
        value(v, of, fmt::format("{}.{}", path, key), *to.add_fields());
      }
    };
    into(Act::SET, "set", act.set(), updates ? "one" : "");
    into(Act::ADD, "add", act.add(), "number");
    into(Act::INSERT, "insert", act.insert(), "set");
    into(Act::ERASE, "erase", act.erase(), "set");
  }

  void fits(const WrittenValue& v, const Collection& of, const std::string& path, std::string_view type) {
    const Field* f = find_field(of, v.name());
    if (!f)
      return;
    if (type == "number" && f->type() != "counter" && f->type() != "integer")
      problem(path, fmt::format("`{}` is no number", v.name()));
    else if (type == "set" && f->type() != "set")
      problem(path, fmt::format("`{}` is no set", v.name()));
    else if (type == "one" && f->type() == "set")
      problem(path, fmt::format("`{}` is a set; it takes `insert` and `erase`", v.name()));
  }

  void value(const WrittenValue& v, const Collection& of, const std::string& path, Assignment& out) {
    const std::string at = fmt::format("{}.{}", path, v.name());
    const Field* field = find_field(of, v.name());
    if (!field)
      return problem(
          at, fmt::format("unknown field `{}` of `{}`{}", v.name(), of.name(), instead(v.name(), written_fields(of))));
    if (field->type() == "derived")
      return problem(at, fmt::format("`{}` is derived; it is never written", v.name()));
    out.set_field(v.name());
    if (v.value().starts_with("seen(") && v.value().ends_with(")"))
      return seen(v.value().substr(5, v.value().size() - 6), of, *field, at, out);
    if (field->type() == "reference") {
      if (const known_record* to = record(v.value(), at)) {
        out.set_record(to->symbol);
        if (to->of && to->of->name() != field->target())
          problem(at, fmt::format("`{}` is no record of `{}`", v.value(), field->target()));
      }
    } else if (field->type() == "integer" || field->type() == "counter") {
      const auto number = parse_integer(v.value());
      if (!number)
        problem(at, fmt::format("`{}`: expected an integer such as 12, got `{}`", v.name(), v.value()));
      out.set_integer(number.value_or(0));
    } else {
      out.set_text(v.value());
    }
  }

  /// `order.content`: what the user reads there, of the record that the same change gives `order`.
  void seen(const std::string& what, const Collection& of, const Field& to, const std::string& path, Assignment& out) {
    const std::size_t dot = what.find('.');
    const Field* reference = find_field(of, std::string_view(what).substr(0, dot));
    const Collection* in =
        reference && reference->type() == "reference" ? find_collection(model_, reference->target()) : nullptr;
    const Field* from =
        in && dot != std::string::npos ? find_field(*in, std::string_view(what).substr(dot + 1)) : nullptr;
    const bool number = from && (from->type() == "integer" || from->type() == "counter" || from->type() == "derived");
    if (!from)
      problem(path, fmt::format("`seen({})` is no field of a record that `{}` refers to", what, of.name()));
    else if (to.type() == "counter" || (to.type() == "integer") != number ||
             (to.type() == "text") != (from->type() == "text"))
      problem(path, fmt::format("`{}` cannot take the value of `{}`", to.name(), what));
    out.set_seen(what);
  }

  void guard(const StepGuard& guard, const std::string& path, Condition& out) {
    const known_record* about = record(guard.record(), path + ".record");
    if (!about || !about->of)
      return;
    const Field* field = find_field(*about->of, guard.field());
    if (!field || field->type() == "set" || (field->type() == "reference" && !guard.as_seen()))
      return problem(path + ".field",
                     fmt::format("`{}` has no field `{}` to compare", about->of->name(), guard.field()));
    out.set_record(about->symbol);
    out.set_collection(about->of->name());
    out.set_field(guard.field());
    out.set_compare(guard.compare());
    if (guard.as_seen() == !guard.value().empty())
      return problem(path, "a condition needs `value`, or `as_seen: true`");
    if (guard.as_seen())
      return out.set_as_seen(true);
    const auto number = parse_integer(guard.value());
    if (field->type() == "text")
      out.set_text(guard.value());
    else if (number)
      out.set_integer(*number);
    else
      problem(path + ".value", fmt::format("`value`: expected an integer such as 12, got `{}`", guard.value()));
  }

  const Scenario& s_;
  const DataModel& model_;
  std::vector<path_problem>& problems_;
  std::map<std::string, std::uint64_t, std::less<>> steps_;
  std::map<std::string, known_record, std::less<>> records_;
};

} // namespace

std::vector<Intention> resolve_script(const Scenario& scenario, const DataModel& model,
                                      std::vector<path_problem>& problems) {
  return script_resolver(scenario, model, problems).run();
}

std::uint64_t step_id(const Scenario& scenario, std::string_view name) {
  for (int i = 0; i < scenario.script_size() && !name.empty(); ++i)
    if (scenario.script(i).name() == name)
      return id_of(scenario, i);
  return 0;
}

} // namespace squall::scenarios
