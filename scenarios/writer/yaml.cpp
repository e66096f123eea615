#include "scenarios/writer/yaml.hpp"

#include "engine/base/check.hpp"
#include "engine/base/time.hpp"
#include "scenarios/document/units.hpp"
#include "scenarios/keys.hpp"

#include <fmt/format.h>

#include <vector>

namespace squall::scenarios {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

/// Items of a list that would be longer than this are written over several lines.
constexpr std::size_t line_max = 110;

/// `value` / `scale` as a decimal number without trailing zeros. Exact: `scale` is a power of ten.
std::string decimal(std::int64_t value, std::int64_t scale) {
  const bool negative = value < 0;
  const std::uint64_t all = negative ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  const auto unit = static_cast<std::uint64_t>(scale);
  std::string out = fmt::format("{}{}", negative ? "-" : "", all / unit);
  if (all % unit == 0)
    return out;
  std::string digits = std::to_string(unit + all % unit).substr(1);
  digits.erase(digits.find_last_not_of('0') + 1);
  return out + "." + digits;
}

std::string duration(std::int64_t ns) {
  if (ns % second_ns == 0)
    return duration_text(ns);
  const bool long_one = ns > second_ns || ns < -second_ns;
  return long_one ? decimal(ns, second_ns) + "s" : decimal(ns, millisecond_ns) + "ms";
}

std::string number(form is, std::int64_t value) {
  switch (is) {
    case form::duration: return duration(value);
    case form::share: return decimal(value, 10'000) + "%";
    case form::rate: return decimal(value, 1'000'000) + "/h";
    case form::drift: return fmt::format("{}ppb", value);
    case form::milli: return decimal(value, 1'000);
    case form::bytes: return fmt::format("{}B", value);
    default: return std::to_string(value);
  }
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    if (static_cast<unsigned char>(c) < 0x20)
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
    else
      out += c;
  }
  return out + "\"";
}

/// Plain where it can only be read as that text.
std::string scalar(const std::string& text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.' || c == '/';
  };
  if (text.empty() || text.front() == '-' || text.front() == '.' || text == "null" || text == "true" || text == "false")
    return parse_integer(text) ? text : quoted(text);
  for (const char c : text)
    if (!plain(c))
      return quoted(text);
  return text;
}

std::int64_t integer_of(const Message& m, const FieldDescriptor* f, int index = -1) {
  const auto* r = m.GetReflection();
  const bool many = index >= 0;
  switch (f->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT64: return many ? r->GetRepeatedInt64(m, f, index) : r->GetInt64(m, f);
    case FieldDescriptor::CPPTYPE_UINT64:
      return static_cast<std::int64_t>(many ? r->GetRepeatedUInt64(m, f, index) : r->GetUInt64(m, f));
    case FieldDescriptor::CPPTYPE_UINT32: return many ? r->GetRepeatedUInt32(m, f, index) : r->GetUInt32(m, f);
    default: CHECK(false);
  }
}

std::string text_of(const Message& m, const char* field) {
  const auto* f = m.GetDescriptor()->FindFieldByName(field);
  return m.GetReflection()->GetString(m, f);
}

std::string map_of(const std::vector<std::string>& entries) { return fmt::format("{{{}}}", fmt::join(entries, ", ")); }
std::string list_of(const std::vector<std::string>& items) { return fmt::format("[{}]", fmt::join(items, ", ")); }

std::string choice(form is, const Choice& c) {
  if (c.any_of_size() == 1)
    return number(is, c.any_of(0));
  if (c.any_of().empty())
    return fmt::format("{{uniform: [{}, {}]}}", number(is, c.low()), number(is, c.high()));
  std::vector<std::string> all;
  for (const std::int64_t v : c.any_of())
    all.push_back(number(is, v));
  return fmt::format("{{any_of: {}}}", list_of(all));
}

/// One section in flow style, by its keys.
class flow {
public:
  flow(const section& s, const Message& m) : section_(s), m_(m), r_(*m.GetReflection()) {}

  std::string map() const { return map_of(entries()); }

  /// As a map, or as the plain value that stands for it.
  std::string value() const {
    std::vector<const FieldDescriptor*> set;
    r_.ListFields(m_, &set);
    if (!section_.scalar_key.empty())
      for (const key& k : section_.keys)
        if (k.name == section_.scalar_key && has(k) && named_apart(set, k))
          return one(k);
    return map();
  }

  std::vector<std::string> entries() const {
    std::vector<std::string> out;
    for (const key& k : section_.keys)
      if (has(k))
        out.push_back(fmt::format("{}: {}", k.name, one(k)));
    if (section_.fault_parameters)
      for (const auto& parameter : static_cast<const FaultRule&>(m_).parameters())
        for (const key& k : fault_parameter_keys(static_cast<const FaultRule&>(m_).fault()))
          if (k.field == parameter.name())
            out.push_back(fmt::format("{}: {}", k.name, choice(k.is, parameter)));
    return out;
  }

  const FieldDescriptor* field(const key& k) const { return m_.GetDescriptor()->FindFieldByName(std::string(k.field)); }

  bool has(const key& k) const {
    const auto* f = field(k);
    return f->is_repeated() ? r_.FieldSize(m_, f) > 0 : r_.HasField(m_, f);
  }

  std::vector<const Message*> messages(const key& k) const {
    std::vector<const Message*> out;
    for (int i = 0; i < r_.FieldSize(m_, field(k)); ++i)
      out.push_back(&r_.GetRepeatedMessage(m_, field(k), i));
    return out;
  }

  std::string one(const key& k) const {
    const auto* f = field(k);
    std::vector<std::string> all;
    switch (k.is) {
      case form::name:
      case form::text:
      case form::choice: return scalar(r_.GetString(m_, f));
      case form::section: return flow(*k.inner, r_.GetMessage(m_, f)).value();
      case form::sections:
        for (const Message* m : messages(k))
          all.push_back(flow(*k.inner, *m).map());
        return list_of(all);
      case form::named:
        for (const Message* m : messages(k))
          all.push_back(fmt::format("{}: {}", text_of(*m, "name"), flow(*k.inner, *m).value()));
        return map_of(all);
      case form::integers:
        for (int i = 0; i < r_.FieldSize(m_, f); ++i)
          all.push_back(std::to_string(integer_of(m_, f, i)));
        return list_of(all);
      case form::texts:
        for (int i = 0; i < r_.FieldSize(m_, f); ++i)
          all.push_back(scalar(r_.GetRepeatedString(m_, f, i)));
        return list_of(all);
      case form::range: {
        const Message& pair = r_.GetMessage(m_, f);
        const auto* d = pair.GetDescriptor();
        return list_of(
            {number(k.element, integer_of(pair, d->field(0))), number(k.element, integer_of(pair, d->field(1)))});
      }
      case form::amounts:
      case form::thresholds:
        for (const Message* m : messages(k)) {
          const auto amount = static_cast<const Amount*>(m)->value();
          all.push_back(k.is == form::amounts ? fmt::format("{}: {}", text_of(*m, "name"), amount)
                                              : fmt::format("{}: \">= {}\"", text_of(*m, "name"), amount));
        }
        return map_of(all);
      case form::flag: return r_.GetBool(m_, f) ? "true" : "false";
      case form::shares:
        for (const Message* m : messages(k))
          all.push_back(
              fmt::format("{}: {}", text_of(*m, "name"),
                          number(form::share, static_cast<std::int64_t>(static_cast<const Amount*>(m)->value()))));
        return map_of(all);
      case form::keys:
        for (const Message* m : messages(k)) {
          const auto& fields = static_cast<const KeySpec*>(m)->fields();
          all.push_back(fields.size() == 1 ? fields[0] : list_of({fields.begin(), fields.end()}));
        }
        return list_of(all);
      case form::graph:
        for (const Message* m : messages(k)) {
          const auto& next = static_cast<const StateSpec*>(m)->next();
          all.push_back(fmt::format("{}: {}", text_of(*m, "name"), list_of({next.begin(), next.end()})));
        }
        return map_of(all);
      case form::values:
        for (const Message* m : messages(k))
          all.push_back(fmt::format("{}: {}", text_of(*m, "name"), scalar(text_of(*m, "value"))));
        return map_of(all);
      case form::choices:
        for (const Message* m : messages(k))
          for (const key& inner : k.inner->keys)
            if (inner.field == text_of(*m, "name"))
              all.push_back(fmt::format("{}: {}", inner.name, choice(inner.is, *static_cast<const Choice*>(m))));
        return map_of(all);
      case form::variants: return "{}";
      default: return number(k.is, integer_of(m_, f));
    }
  }

private:
  /// Nothing but this key and its section's name is there.
  static bool named_apart(const std::vector<const FieldDescriptor*>& set, const key& k) {
    for (const auto* f : set)
      if (f->name() != k.field && f->name() != "name")
        return false;
    return true;
  }

  const section& section_;
  const Message& m_;
  const google::protobuf::Reflection& r_;
};

/// "  - {...}", or a key a line where that is long.
void put_item(const section& s, const Message& m, std::string& out) {
  const flow item(s, m);
  if (const std::string line = item.map(); line.size() <= line_max) {
    out += fmt::format("  - {}\n", line);
    return;
  }
  bool first = true;
  for (const std::string& entry : item.entries()) {
    out += fmt::format("  {} {}\n", first ? "-" : " ", entry);
    first = false;
  }
}

void put_named(const key& k, const Message& m, std::string& out) {
  out += fmt::format("  {}:\n", text_of(m, "name"));
  const flow inner(*k.inner, m);
  for (const key& each : k.inner->keys) {
    if (!inner.has(each))
      continue;
    if (each.is != form::named) {
      out += fmt::format("    {}: {}\n", each.name, inner.one(each));
      continue;
    }
    out += fmt::format("    {}:\n", each.name);
    for (const Message* field : inner.messages(each))
      out += fmt::format("      {}: {}\n", text_of(*field, "name"), flow(*each.inner, *field).value());
  }
}

} // namespace

std::string to_yaml(const Scenario& scenario) {
  std::string out;
  const section& s = scenario_section();
  const flow all(s, scenario);
  for (const key& k : s.keys) {
    if (k.name == "script" && scenario.script().empty() && scenario.workload().empty())
      out += "script: []\n"; // nobody does anything, and says so
    if (!all.has(k) || k.is == form::variants)
      continue;
    if (k.is == form::sections || k.is == form::named) {
      out += fmt::format("{}:\n", k.name);
      for (const Message* m : all.messages(k))
        k.is == form::sections ? put_item(*k.inner, *m, out) : put_named(k, *m, out);
    } else if (const std::string value = all.one(k); value != "{}") {
      out += fmt::format("{}: {}\n", k.name, value);
    }
  }
  return out;
}

} // namespace squall::scenarios
