#include "scenarios/variants.hpp"

#include "scenarios/diagnostic.hpp"
#include "scenarios/document/reader.hpp"
#include "scenarios/keys.hpp"

#include <fmt/format.h>

namespace squall::scenarios {

namespace {

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    if (static_cast<unsigned char>(c) < 0x20)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out + "\"";
}

/// On one line.
std::string flow(const tree& node) {
  std::string out;
  switch (node.is) {
    case tree::kind::null: return "null";
    case tree::kind::scalar: return in_quotes(node.text);
    case tree::kind::list:
      for (const tree& item : node.items)
        out += (out.empty() ? "" : ", ") + flow(item);
      return "[" + out + "]";
    case tree::kind::map:
      for (const tree::entry& e : node.entries)
        out += (out.empty() ? "" : ", ") + in_quotes(e.key) + ": " + flow(e.value);
      return "{" + out + "}";
  }
  return out;
}

class variant_reader {
public:
  variant_reader(const tree& root, std::vector<diagnostic>& problems) : root_(root), problems_(problems) {}

  variant_changes read(const tree::entry& e) {
    variant_changes out{e.key, e.at, {}};
    if (!is_name(e.key))
      report(e.at, fmt::format("`{}` is not a name of letters, digits, - and _", e.key));
    if (e.value.is != tree::kind::map || e.value.entries.empty()) {
      report(e.value.at, "expected a variant as a map of changes");
      return out;
    }
    const tree* collections = root_.find("collections");
    for (const tree::entry& top : e.value.entries) {
      if (collections && collections->find(top.key))
        collection("collections." + top.key, top.value, out);
      else if (find_key(scenario_section(), top.key) && top.key != "name" && top.key != "variants")
        setting(top, out);
      else
        unknown(top, collections);
    }
    return out;
  }

private:
  void report(const place& at, std::string message) { problems_.push_back(problem_at(at, std::move(message))); }

  void unknown(const tree::entry& top, const tree* collections) {
    std::vector<std::string_view> known;
    if (collections)
      for (const tree::entry& c : collections->entries)
        known.push_back(c.key);
    for (const std::string_view k : key_names(scenario_section()))
      if (k != "name" && k != "variants")
        known.push_back(k);
    report(top.at, fmt::format("unknown key `{}`{}", top.key, instead(top.key, known)));
  }

  void collection(const std::string& path, const tree& node, variant_changes& out) {
    if (node.is != tree::kind::map)
      return report(node.at, "expected a map with `policy` or `fields`");
    for (const tree::entry& e : node.entries) {
      if (e.key == "fields" && e.value.is == tree::kind::map)
        for (const tree::entry& f : e.value.entries)
          out.changes.push_back({path + ".fields." + f.key, f.value});
      else
        out.changes.push_back({path + "." + e.key, e.value});
    }
  }

  void setting(const tree::entry& top, variant_changes& out) {
    if (top.value.is != tree::kind::map)
      return out.changes.push_back({top.key, top.value});
    for (const tree::entry& e : top.value.entries)
      out.changes.push_back({top.key + "." + e.key, e.value});
  }

  const tree& root_;
  std::vector<diagnostic>& problems_;
};

} // namespace

std::vector<variant_changes> read_variants(const tree& root, std::vector<diagnostic>& problems) {
  std::vector<variant_changes> out;
  const tree* node = root.find("variants");
  if (!node)
    return out;
  if (node->is != tree::kind::map) {
    problems.push_back(problem_at(node->at, "`variants`: expected a map from names to changes"));
    return out;
  }
  variant_reader reader(root, problems);
  for (const tree::entry& e : node->entries)
    out.push_back(reader.read(e));
  return out;
}

void apply(const variant_changes& variant, tree& root, std::vector<diagnostic>& problems) {
  for (const change& c : variant.changes)
    set_path(root, c.path, c.value, problems);
}

Variant to_message(const variant_changes& variant) {
  Variant out;
  out.set_name(variant.name);
  for (const change& c : variant.changes)
    out.add_sets(c.path + "=" + flow(c.value));
  return out;
}

} // namespace squall::scenarios
