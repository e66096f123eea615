#include "scenarios/document/reader.hpp"

#include "engine/base/check.hpp"
#include "scenarios/document/number.hpp"
#include "scenarios/document/units.hpp"
#include "scenarios/scenario.pb.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace squall::scenarios {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

class section_reader {
public:
  section_reader(const section& s, Message& out, std::vector<diagnostic>& problems)
      : section_(s), out_(out), problems_(problems) {}

  void read(const tree& node) {
    if (node.is == tree::kind::scalar && !section_.scalar_key.empty()) {
      for (const key& k : section_.keys)
        if (k.name == section_.scalar_key)
          value(k, k.name == "shorthand" ? "type or rule" : k.name, node);
      return;
    }
    if (node.is != tree::kind::map) {
      report(node.at, fmt::format("expected {} as a map, got {}", section_.what, shown(node)));
      return;
    }
    for (const tree::entry& e : node.entries)
      entry(node, e);
    for (const key& k : section_.keys)
      if (k.required && !node.find(k.name))
        report(node.at, fmt::format("{} needs `{}`", section_.what, k.name));
    if (section_.exactly_one && node.entries.size() != 1)
      report(node.at, fmt::format("expected exactly one of `{}`", fmt::join(key_names(section_), "`, `")));
  }

private:
  void report(const place& at, std::string message) { problems_.push_back(problem_at(at, std::move(message))); }

  void entry(const tree& node, const tree::entry& e) {
    if (const key* k = find_key(section_, e.key)) {
      const FieldDescriptor* field = descriptor(*k);
      if (const auto* group = field->real_containing_oneof(); group && !section_.exactly_one)
        if (const FieldDescriptor* other = out_.GetReflection()->GetOneofFieldDescriptor(out_, group))
          for (const key& earlier : section_.keys)
            if (earlier.field == other->name())
              report(e.at, fmt::format("`{}` cannot stand beside `{}`", k->name, earlier.name));
      value(*k, k->name, e.value);
      return;
    }
    std::vector<std::string_view> known = key_names(section_);
    std::vector<key> parameters;
    if (section_.fault_parameters) {
      const tree* fault = node.find("fault");
      parameters = fault_parameter_keys(fault ? fault->text : std::string_view{});
      for (const key& p : parameters) {
        if (p.name == e.key) {
          choice_of(p, e.value, *add("parameters"));
          return;
        }
        known.push_back(p.name);
      }
    }
    report(e.at, fmt::format("unknown key `{}`{}", e.key, instead(e.key, known)));
  }

  const FieldDescriptor* descriptor(const key& k) const { return descriptor(k.field); }
  const FieldDescriptor* descriptor(std::string_view field) const {
    const FieldDescriptor* d = out_.GetDescriptor()->FindFieldByName(std::string(field));
    CHECK(d);
    return d;
  }
  Message* add(std::string_view field) { return out_.GetReflection()->AddMessage(&out_, descriptor(field)); }
  Message* add(std::string_view field, const std::string& name) {
    Message* m = add(field);
    m->GetReflection()->SetString(m, m->GetDescriptor()->FindFieldByName("name"), name);
    return m;
  }

  static void set_number(Message& m, const FieldDescriptor* d, std::int64_t value) {
    const auto* r = m.GetReflection();
    if (d->is_repeated() && d->cpp_type() == FieldDescriptor::CPPTYPE_UINT32)
      return r->AddUInt32(&m, d, static_cast<std::uint32_t>(value));
    switch (d->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT64: return r->SetInt64(&m, d, value);
      case FieldDescriptor::CPPTYPE_UINT64: return r->SetUInt64(&m, d, static_cast<std::uint64_t>(value));
      case FieldDescriptor::CPPTYPE_UINT32: return r->SetUInt32(&m, d, static_cast<std::uint32_t>(value));
      default: CHECK(false);
    }
  }

  static number_rule rule_of(const key& k, std::string_view label, form is) {
    const bool wide = k.high == std::numeric_limits<std::int64_t>::max();
    std::int64_t high = wide && is == form::share ? 1'000'000 : k.high;
    if (wide && (is == form::integer || is == form::milli))
      high = 0xffff'ffff;
    return {label, is, k.low, high};
  }

  bool expect(const tree& node, tree::kind is, std::string_view label, std::string_view what) {
    if (node.is == is)
      return true;
    report(node.at, fmt::format("`{}`: expected {}, got {}", label, what, shown(node)));
    return false;
  }

  void value(const key& k, std::string_view label, const tree& node) {
    switch (k.is) {
      case form::name:
      case form::text:
      case form::choice: return word(k, label, node);
      case form::section:
        return section_reader(*k.inner, *out_.GetReflection()->MutableMessage(&out_, descriptor(k)), problems_)
            .read(node);
      case form::sections:
        if (expect(node, tree::kind::list, label, "a list"))
          for (const tree& item : node.items)
            section_reader(*k.inner, *add(k.field), problems_).read(item);
        return;
      case form::named:
        if (expect(node, tree::kind::map, label, "a map from names"))
          for (const tree::entry& e : node.entries)
            if (name_ok(e))
              section_reader(*k.inner, *add(k.field, e.key), problems_).read(e.value);
        return;
      case form::integers: return integers(k, label, node);
      case form::texts: return texts(k, label, node);
      case form::range: return range(k, label, node);
      case form::amounts: return amounts(k, label, node);
      case form::values: return values(k, label, node);
      case form::thresholds: return thresholds(k, label, node);
      case form::flag: return flag(k, label, node);
      case form::shares: return shares(k, label, node);
      case form::keys: return keys(k, label, node);
      case form::graph: return graph(k, label, node);
      case form::choices: return choices(k, label, node);
      case form::variants: return; // the loader's: they are about the file, not about this message
      default:
        if (const auto number = read_number(node, rule_of(k, label, k.is), problems_))
          set_number(out_, descriptor(k), *number);
    }
  }

  bool name_ok(const tree::entry& e) {
    if (!is_name(e.key))
      report(e.at, fmt::format("`{}` is not {}", e.key, example(form::name)));
    return is_name(e.key);
  }

  void word(const key& k, std::string_view label, const tree& node) {
    if (node.is != tree::kind::scalar || (k.is == form::name && !is_name(node.text)) || node.text.empty()) {
      const std::string_view what = k.is == form::choice ? std::string_view("a name") : example(k.is);
      return report(node.at, fmt::format("`{}`: expected {}, got {}", label, what, shown(node)));
    }
    if (k.is == form::choice) {
      const std::vector<std::string_view> known = k.names();
      if (std::find(known.begin(), known.end(), node.text) == known.end()) {
        if (const std::string why = k.explain ? k.explain(node.text) : std::string{}; !why.empty())
          return report(node.at, fmt::format("`{}`: {}", label, why));
        return report(node.at, fmt::format("unknown {} {}{}", label, shown(node), instead(node.text, known)));
      }
    }
    out_.GetReflection()->SetString(&out_, descriptor(k), node.text);
  }

  void integers(const key& k, std::string_view label, const tree& node) {
    if (expect(node, tree::kind::list, label, "a list of integers"))
      for (const tree& item : node.items)
        if (const auto number = read_number(item, rule_of(k, label, form::integer), problems_))
          set_number(out_, descriptor(k), *number);
  }

  void texts(const key& k, std::string_view label, const tree& node) {
    if (!expect(node, tree::kind::list, label, "a list of texts"))
      return;
    if (node.items.empty())
      report(node.at, fmt::format("`{}`: the list is empty", label));
    for (const tree& item : node.items)
      if (expect(item, tree::kind::scalar, label, "a text"))
        out_.GetReflection()->AddString(&out_, descriptor(k), item.text);
  }

  /// Reads [low, high] or {low: , high: }; nothing, and reported, if it is not that.
  std::optional<std::pair<std::int64_t, std::int64_t>> low_high(const number_rule& rule, const tree& node) {
    const tree* low = nullptr;
    const tree* high = nullptr;
    if (node.is == tree::kind::list && node.items.size() == 2) {
      low = &node.items[0];
      high = &node.items[1];
    } else if (node.is == tree::kind::map && node.entries.size() == 2) {
      low = node.find("low");
      high = node.find("high");
    }
    if (!low || !high) {
      report(node.at, fmt::format("`{}`: expected [low, high], got {}", rule.label, shown(node)));
      return std::nullopt;
    }
    const auto a = read_number(*low, rule, problems_);
    const auto b = read_number(*high, rule, problems_);
    if (!a || !b)
      return std::nullopt;
    if (*a > *b) {
      report(low->at, fmt::format("`{}`: {} is above {}", rule.label, shown(*low), shown(*high)));
      return std::nullopt;
    }
    return std::pair{*a, *b};
  }

  void range(const key& k, std::string_view label, const tree& node) {
    const number_rule rule = rule_of(k, label, k.element);
    std::optional<std::pair<std::int64_t, std::int64_t>> bounds;
    if (node.is == tree::kind::scalar && k.element == form::integer) {
      if (const auto one = read_number(node, rule, problems_))
        bounds = {*one, *one};
    } else {
      bounds = low_high(rule, node);
    }
    if (!bounds)
      return;
    Message* m = out_.GetReflection()->MutableMessage(&out_, descriptor(k));
    set_number(*m, m->GetDescriptor()->field(0), bounds->first);
    set_number(*m, m->GetDescriptor()->field(1), bounds->second);
  }

  void amounts(const key& k, std::string_view label, const tree& node) {
    if (!expect(node, tree::kind::map, label, "a map from names to integers"))
      return;
    for (const tree::entry& e : node.entries)
      if (name_ok(e))
        if (const auto number = read_number(e.value, rule_of(k, e.key, form::integer), problems_))
          static_cast<Amount*>(add(k.field, e.key))->set_value(static_cast<std::uint64_t>(*number));
  }

  void values(const key& k, std::string_view label, const tree& node) {
    if (!expect(node, tree::kind::map, label, "a map from names to values"))
      return;
    for (const tree::entry& e : node.entries)
      if (name_ok(e) && expect(e.value, tree::kind::scalar, e.key, "a value"))
        static_cast<WrittenValue*>(add(k.field, e.key))->set_value(e.value.text);
  }

  void flag(const key& k, std::string_view label, const tree& node) {
    if (node.is != tree::kind::scalar || (node.text != "true" && node.text != "false"))
      return report(node.at, fmt::format("`{}`: expected true or false, got {}", label, shown(node)));
    out_.GetReflection()->SetBool(&out_, descriptor(k), node.text == "true");
  }

  void shares(const key& k, std::string_view label, const tree& node) {
    if (!expect(node, tree::kind::map, label, "a map from names to shares"))
      return;
    for (const tree::entry& e : node.entries)
      if (name_ok(e))
        if (const auto number = read_number(e.value, rule_of(k, e.key, form::share), problems_))
          static_cast<Amount*>(add(k.field, e.key))->set_value(static_cast<std::uint64_t>(*number));
  }

  /// Adds the names of a list of them to a message's list.
  void name_list(std::string_view label, const tree& node, google::protobuf::RepeatedPtrField<std::string>& out) {
    if (!expect(node, tree::kind::list, label, "a list of names"))
      return;
    for (const tree& item : node.items)
      if (item.is != tree::kind::scalar || !is_name(item.text))
        report(item.at, fmt::format("`{}`: expected {}, got {}", label, example(form::name), shown(item)));
      else
        *out.Add() = item.text;
  }

  void keys(const key& k, std::string_view label, const tree& node) {
    if (!expect(node, tree::kind::list, label, "a list of fields, or of lists of fields"))
      return;
    for (const tree& item : node.items) {
      auto& fields = *static_cast<KeySpec*>(add(k.field))->mutable_fields();
      if (item.is == tree::kind::list)
        name_list(label, item, fields);
      else if (item.is == tree::kind::scalar && is_name(item.text))
        *fields.Add() = item.text;
      else
        report(item.at, fmt::format("`{}`: expected a field or a list of fields, got {}", label, shown(item)));
    }
  }

  void graph(const key& k, std::string_view label, const tree& node) {
    if (!expect(node, tree::kind::map, label, "a map from names to lists of names"))
      return;
    for (const tree::entry& e : node.entries)
      if (name_ok(e))
        name_list(e.key, e.value, *static_cast<StateSpec*>(add(k.field, e.key))->mutable_next());
  }

  void thresholds(const key& k, std::string_view label, const tree& node) {
    if (!expect(node, tree::kind::map, label, "a map from names to thresholds"))
      return;
    for (const tree::entry& e : node.entries) {
      std::string_view text = e.value.text;
      std::optional<std::int64_t> number;
      if (e.value.is == tree::kind::scalar && text.starts_with(">=")) {
        text.remove_prefix(2);
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
        number = parse_integer(text);
      }
      if (!number || *number < 1)
        report(e.value.at, fmt::format("`{}`: expected a threshold such as \">= 10\", got {}", e.key, shown(e.value)));
      else if (name_ok(e))
        static_cast<Amount*>(add(k.field, e.key))->set_value(static_cast<std::uint64_t>(*number));
    }
  }

  void choices(const key& k, std::string_view label, const tree& node) {
    if (!expect(node, tree::kind::map, label, "a map of settings"))
      return;
    for (const tree::entry& e : node.entries) {
      if (const key* inner = find_key(*k.inner, e.key))
        choice_of(*inner, e.value, *add(k.field));
      else
        report(e.at, fmt::format("unknown key `{}`{}", e.key, instead(e.key, key_names(*k.inner))));
    }
  }

  /// A value, {any_of: [...]} or {uniform: [low, high]}.
  void choice_of(const key& k, const tree& node, Message& message) {
    Choice& out = static_cast<Choice&>(message);
    out.set_name(std::string(k.field));
    const number_rule rule = rule_of(k, k.name, k.is);
    if (node.is == tree::kind::map) {
      const tree* any_of = node.find("any_of");
      const tree* uniform = node.find("uniform");
      if (node.entries.size() != 1 || (!any_of && !uniform))
        return report(node.at, fmt::format("`{}`: expected {}, {{any_of: [...]}} or {{uniform: [low, high]}}", k.name,
                                           example(k.is)));
      if (uniform) {
        if (const auto bounds = low_high(rule, *uniform)) {
          out.set_low(bounds->first);
          out.set_high(bounds->second);
        }
        return;
      }
      if (!expect(*any_of, tree::kind::list, k.name, "a list"))
        return;
      if (any_of->items.empty())
        report(any_of->at, fmt::format("`{}`: the list is empty", k.name));
      for (const tree& item : any_of->items)
        if (const auto number = read_number(item, rule, problems_))
          out.add_any_of(*number);
      return;
    }
    if (const auto number = read_number(node, rule, problems_))
      out.add_any_of(*number);
  }

  const section& section_;
  Message& out_;
  std::vector<diagnostic>& problems_;
};

} // namespace

bool is_name(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (text.empty() || text.size() > 64 || !letter(text.front()))
    return false;
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_'; });
}

void read_section(const tree& node, const section& s, Message& out, std::vector<diagnostic>& problems) {
  section_reader(s, out, problems).read(node);
}

} // namespace squall::scenarios
