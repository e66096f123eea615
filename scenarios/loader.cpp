#include "scenarios/loader.hpp"

#include "scenarios/check.hpp"
#include "scenarios/document/reader.hpp"
#include "scenarios/document/tree.hpp"
#include "scenarios/variants.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <string_view>
#include <tuple>

namespace squall::scenarios {

namespace {

class keys_of_tree final : public given_keys {
public:
  explicit keys_of_tree(const tree& root) : root_(root) {}
  bool has(const std::string& path) const override {
    const std::size_t dot = path.rfind('.');
    const bool top = dot == std::string::npos;
    const tree& parent = top ? root_ : locate(root_, std::string_view(path).substr(0, dot));
    return parent.find(std::string_view(path).substr(top ? 0 : dot + 1)) != nullptr;
  }

private:
  const tree& root_;
};

/// Where something could not be read: file, line, column.
using places = std::set<std::tuple<std::string_view, int, int>>;

bool within(const tree& node, const places& unread) {
  if (node.at.file && unread.count({*node.at.file, node.at.line, node.at.column}) > 0)
    return true;
  return std::any_of(node.items.begin(), node.items.end(), [&](const tree& t) { return within(t, unread); }) ||
         std::any_of(node.entries.begin(), node.entries.end(),
                     [&](const tree::entry& e) { return within(e.value, unread); });
}

/// Reads and checks what `root` says, variants apart.
Scenario read_tree(const tree& root, const load_options& options, std::vector<diagnostic>& problems) {
  Scenario scenario;
  read_section(root, scenario_section(), scenario, problems);
  fill_defaults(scenario);
  const std::vector<diagnostic> before = problems;
  places unread;
  for (const diagnostic& d : before)
    unread.emplace(d.file, d.line, d.column);
  for (const path_problem& p : check_scenario(scenario, keys_of_tree(root), options)) {
    // A field that could not be read is incomplete; to say so again helps nobody.
    if (p.path.starts_with("collections.") && within(locate(root, p.path), unread))
      continue;
    place at;
    locate(root, p.path, &at);
    problems.push_back(problem_at(at, p.message));
  }
  return scenario;
}

void apply_sets(tree& root, const std::vector<std::string>& sets, std::vector<diagnostic>& problems) {
  for (const std::string& set : sets) {
    const std::size_t equals = set.find('=');
    if (equals == std::string::npos || equals == 0) {
      problems.push_back({"--set " + set, 0, 0, "expected key=value, such as devices.count=20"});
      continue;
    }
    const std::string path = set.substr(0, equals);
    tree value = parse_yaml(std::string_view(set).substr(equals + 1), "--set " + path, problems);
    set_path(root, path, std::move(value), problems);
  }
}

void sort_unique(std::vector<diagnostic>& problems) {
  std::sort(problems.begin(), problems.end());
  problems.erase(std::unique(problems.begin(), problems.end()), problems.end());
}

/// A variant's own problems: what is wrong with the changed file and not with the file as it is.
void check_variant(const variant_changes& variant, const tree& root, const load_options& options,
                   const std::vector<diagnostic>& of_base, std::vector<diagnostic>& problems) {
  tree changed = root;
  std::vector<diagnostic> found;
  apply(variant, changed, found);
  read_tree(changed, options, found);
  for (diagnostic& d : found)
    if (std::find(of_base.begin(), of_base.end(), d) == of_base.end()) {
      d.message = fmt::format("variant `{}`: {}", variant.name, d.message);
      problems.push_back(std::move(d));
    }
}

void choose_variant(const std::vector<variant_changes>& variants, const load_options& options, tree& root,
                    std::vector<diagnostic>& problems) {
  if (options.variant.empty())
    return;
  std::vector<std::string_view> names;
  for (const variant_changes& v : variants) {
    if (v.name == options.variant)
      return apply(v, root, problems);
    names.push_back(v.name);
  }
  problems.push_back(problem_at(
      {root.at.file}, fmt::format("there is no variant `{}`{}", options.variant, instead(options.variant, names))));
}

} // namespace

load_outcome load_text(std::string_view text, const std::string& file, const load_options& options) {
  load_outcome out;
  std::vector<diagnostic>& problems = out.diagnostics;
  tree root = parse_yaml(text, file, problems);
  const bool readable = problems.empty() || root.is == tree::kind::map;
  if (!readable)
    return out;
  const std::vector<variant_changes> variants = read_variants(root, problems);
  choose_variant(variants, options, root, problems);
  apply_sets(root, options.sets, problems);
  Scenario scenario = read_tree(root, options, problems);
  const std::vector<diagnostic> of_base = problems;
  constexpr std::size_t variants_max = 100; // each is a whole reading of the file
  if (variants.size() > variants_max)
    problems.push_back(problem_at(variants[variants_max].at, "more than 100 variants"));
  else if (options.variant.empty())
    for (const variant_changes& v : variants)
      check_variant(v, root, options, of_base, problems);
  for (const variant_changes& v : variants)
    *scenario.add_variants() = to_message(v);
  sort_unique(problems);
  if (problems.empty())
    out.scenario = std::move(scenario);
  return out;
}

load_outcome load_file(const std::string& path, const load_options& options) {
  constexpr std::size_t bytes_max = (1 << 20) + 1;
  std::ifstream in(path, std::ios::binary);
  std::string text(bytes_max, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.is_open() || in.bad() || (in.fail() && !in.eof())) {
    load_outcome out;
    out.diagnostics.push_back({path, 0, 0, "cannot be read"});
    return out;
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  return load_text(text, path, options);
}

} // namespace squall::scenarios
