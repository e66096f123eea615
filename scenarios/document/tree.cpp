#include "scenarios/document/tree.hpp"

#include "scenarios/document/units.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <exception>
#include <map>
#include <sstream>
#include <utility>

namespace squall::scenarios {

namespace {

constexpr std::size_t depth_max = 64;
constexpr int nodes_max = 200'000;

/// Thrown through the parser, to stop it.
struct too_much : YAML::Exception {
  using YAML::Exception::Exception;
};

/// Builds the tree from the parser's events. The library's own nodes would do, but for two things: they resolve aliases
/// without bound, and they can only be had for all documents at once, of which damaged text may have infinitely many.
class builder final : public YAML::EventHandler {
public:
  builder(std::shared_ptr<const std::string> file, std::vector<diagnostic>& problems)
      : file_(std::move(file)), problems_(problems) {}

  tree root;
  bool any = false; ///< a document was seen

  void OnDocumentStart(const YAML::Mark& mark) override {
    any = true;
    root.at = place_of(mark);
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { leaf(tree::kind::null, mark, anchor, {}); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, const std::string& text) override {
    leaf(tree::kind::scalar, mark, anchor, text);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto it = anchored_.find(anchor);
    if (it == anchored_.end())
      throw YAML::Exception(mark, "an alias of what contains it");
    count(mark, it->second.nodes);
    tree copy = it->second.node;
    copy.at = place_of(mark);
    done(std::move(copy));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(tree::kind::list, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(tree::kind::map, mark, anchor);
  }
  void OnMapEnd() override { close(); }

private:
  struct frame {
    tree node;
    YAML::anchor_t anchor = YAML::NullAnchor;
    int nodes_before = 0;
    bool has_key = false;
    bool skips = false; ///< the key cannot be used, so its value is dropped
    std::string key;
    place key_at;
  };
  struct anchored {
    tree node;
    int nodes = 0;
  };

  place place_of(const YAML::Mark& mark) const { return {file_, mark.line + 1, mark.column + 1}; }

  void count(const YAML::Mark& mark, int nodes) {
    nodes_ += nodes;
    if (nodes_ > nodes_max)
      throw too_much(mark, "too large: more than 200,000 values (aliases count each time)");
  }

  void leaf(tree::kind is, const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& text) {
    count(mark, 1);
    tree node;
    node.is = is;
    node.text = text;
    node.at = place_of(mark);
    if (anchor != YAML::NullAnchor)
      anchored_[anchor] = {node, 1};
    done(std::move(node));
  }

  void open(tree::kind is, const YAML::Mark& mark, YAML::anchor_t anchor) {
    count(mark, 1);
    if (open_.size() >= depth_max)
      throw too_much(mark, "nested deeper than 64 levels");
    frame& f = open_.emplace_back();
    f.node.is = is;
    f.node.at = place_of(mark);
    f.anchor = anchor;
    f.nodes_before = nodes_ - 1;
  }

  void close() {
    frame f = std::move(open_.back());
    open_.pop_back();
    if (f.anchor != YAML::NullAnchor) {
      count({}, nodes_ - f.nodes_before); // the copy that is kept for its aliases
      anchored_[f.anchor] = {f.node, nodes_ - f.nodes_before};
    }
    done(std::move(f.node));
  }

  void done(tree node) {
    if (open_.empty()) {
      root = std::move(node);
      return;
    }
    frame& f = open_.back();
    if (f.node.is == tree::kind::list)
      f.node.items.push_back(std::move(node));
    else if (!f.has_key)
      take_key(f, node);
    else
      take_value(f, std::move(node));
  }

  void take_key(frame& f, const tree& node) {
    f.has_key = true;
    f.skips = true;
    if (node.is != tree::kind::scalar)
      problems_.push_back(problem_at(node.at, "a key must be a name"));
    else if (const tree* earlier = f.node.find(node.text))
      problems_.push_back(
          problem_at(node.at, fmt::format("`{}` is given twice; first in line {}", node.text, earlier->at.line)));
    else
      f.skips = false;
    f.key = node.text;
    f.key_at = node.at;
  }

  void take_value(frame& f, tree node) {
    f.has_key = false;
    if (f.skips)
      return;
    if (node.is == tree::kind::null)
      node.at = f.key_at; // nothing stands nowhere
    f.node.entries.push_back({f.key, f.key_at, std::move(node)});
  }

  std::shared_ptr<const std::string> file_;
  std::vector<diagnostic>& problems_;
  std::vector<frame> open_;
  std::map<YAML::anchor_t, anchored> anchored_;
  int nodes_ = 0;
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
  builder first(name, problems);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    parser.HandleNextDocument(first);
    std::vector<diagnostic> ignored;
    builder second(name, ignored);
    if (first.any && parser.HandleNextDocument(second))
      problems.push_back(problem_at(second.root.at, "a second document; a file holds one scenario"));
    if (!first.root.at.file)
      first.root.at = {name, 1, 1};
    return std::move(first.root);
  } catch (const too_much& e) {
    problems.push_back(problem_at({name, e.mark.line + 1, e.mark.column + 1}, e.msg));
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
