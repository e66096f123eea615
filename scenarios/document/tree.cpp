#include "scenarios/document/tree.hpp"

#include "scenarios/document/units.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace squall::scenarios {

namespace {

constexpr int depth_max = 64;
constexpr int nodes_max = 200'000;

class converter {
public:
  converter(std::shared_ptr<const std::string> file, std::vector<diagnostic>& problems)
      : file_(std::move(file)), problems_(problems) {}

  tree convert(const YAML::Node& node, int depth) {
    tree out;
    out.at = place_of(node.Mark());
    if (++nodes_ > nodes_max || depth > depth_max) {
      if (!std::exchange(overflown_, true))
        problems_.push_back(problem_at(out.at, nodes_ > nodes_max
                                                   ? "too large: more than 200,000 values (aliases count each time)"
                                                   : "nested deeper than 64 levels"));
      return out;
    }
    if (node.IsScalar()) {
      out.is = tree::kind::scalar;
      out.text = node.Scalar();
    } else if (node.IsSequence()) {
      out.is = tree::kind::list;
      for (std::size_t i = 0; i < node.size() && !overflown_; ++i)
        out.items.push_back(convert(node[i], depth + 1));
    } else if (node.IsMap()) {
      out.is = tree::kind::map;
      convert_map(node, depth, out);
    }
    return out;
  }

private:
  place place_of(const YAML::Mark& mark) const { return {file_, mark.line + 1, mark.column + 1}; }

  void convert_map(const YAML::Node& node, int depth, tree& out) {
    for (const auto& pair : node) {
      if (overflown_)
        return;
      const place at = place_of(pair.first.Mark());
      if (!pair.first.IsScalar()) {
        problems_.push_back(problem_at(at, "a key must be a name"));
        continue;
      }
      const std::string& key = pair.first.Scalar();
      if (const tree* earlier = out.find(key)) {
        problems_.push_back(
            problem_at(at, fmt::format("`{}` is given twice; first in line {}", key, earlier->at.line)));
        continue;
      }
      tree value = convert(pair.second, depth + 1);
      if (value.is == tree::kind::null && value.at.line <= 0)
        value.at = at;
      out.entries.push_back({key, at, std::move(value)});
    }
  }

  std::shared_ptr<const std::string> file_;
  std::vector<diagnostic>& problems_;
  int nodes_ = 0;
  bool overflown_ = false;
};

/// The first part of a dotted path; `path` becomes the rest.
std::string_view take_part(std::string_view& path) {
  const std::size_t dot = path.find('.');
  const std::string_view part = path.substr(0, dot);
  path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
  return part;
}

tree* item_of(tree& list, std::string_view part) {
  const auto index = parse_integer(part);
  if (!index || *index < 0 || static_cast<std::size_t>(*index) >= list.items.size())
    return nullptr;
  return &list.items[static_cast<std::size_t>(*index)];
}

} // namespace

diagnostic problem_at(const place& at, std::string message) {
  return {at.file ? *at.file : std::string{}, std::max(at.line, 0), std::max(at.column, 0), std::move(message)};
}

const tree* tree::find(std::string_view key) const {
  for (const entry& e : entries)
    if (e.key == key)
      return &e.value;
  return nullptr;
}

tree* tree::find(std::string_view key) { return const_cast<tree*>(std::as_const(*this).find(key)); }

tree parse_yaml(std::string_view text, const std::string& file, std::vector<diagnostic>& problems) {
  constexpr std::size_t bytes_max = 1 << 20;
  const auto name = std::make_shared<const std::string>(file);
  if (text.size() > bytes_max) {
    problems.push_back(problem_at({name}, "larger than 1 MiB"));
    return {};
  }
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text));
    if (documents.size() > 1)
      problems.push_back(problem_at({name, documents[1].Mark().line + 1, documents[1].Mark().column + 1},
                                    "a second document; a file holds one scenario"));
    tree out = documents.empty() ? tree{} : converter(name, problems).convert(documents[0], 0);
    if (!out.at.file)
      out.at = {name, 1, 1};
    return out;
  } catch (const YAML::Exception& e) {
    problems.push_back(problem_at({name, e.mark.line + 1, e.mark.column + 1}, "not YAML: " + e.msg));
  } catch (const std::exception& e) {
    problems.push_back(problem_at({name}, std::string("not YAML: ") + e.what()));
  }
  return tree{tree::kind::null, {}, {name, 1, 1}, {}, {}};
}

void set_path(tree& root, std::string_view path, tree value, std::vector<diagnostic>& problems) {
  const std::string whole(path);
  const place at = value.at;
  tree* node = &root;
  while (!path.empty()) {
    const std::string_view part = take_part(path);
    if (node->is == tree::kind::null) {
      node->is = tree::kind::map;
      node->at = at;
    }
    if (node->is == tree::kind::list) {
      node = item_of(*node, part);
      if (!node) {
        problems.push_back(problem_at(at, fmt::format("`{}`: the list has no place `{}`", whole, part)));
        return;
      }
    } else if (node->is == tree::kind::map) {
      tree* next = node->find(part);
      if (!next) {
        node->entries.push_back({std::string(part), at, {}});
        next = &node->entries.back().value;
        next->at = at;
      }
      node = next;
    } else {
      problems.push_back(
          problem_at(at, fmt::format("`{}`: nothing can be set below the value `{}`", whole, node->text)));
      return;
    }
  }
  *node = std::move(value);
}

const tree& locate(const tree& root, std::string_view path, place* key_place) {
  const tree* node = &root;
  if (key_place)
    *key_place = root.at;
  while (!path.empty()) {
    const std::string_view part = take_part(path);
    const tree* next = nullptr;
    place at;
    if (node->is == tree::kind::list) {
      next = item_of(const_cast<tree&>(*node), part);
      if (next)
        at = next->at;
    } else {
      for (const tree::entry& e : node->entries)
        if (e.key == part) {
          next = &e.value;
          at = e.at;
        }
    }
    if (!next)
      break;
    node = next;
    if (key_place)
      *key_place = at;
  }
  return *node;
}

} // namespace squall::scenarios
