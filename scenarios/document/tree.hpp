// A YAML document as a plain tree that knows where each node stands. The only place that knows the YAML library.
//
// Bounds: 1 MiB of text, 64 levels, 200,000 nodes (aliases count each time they are used), so that no file can make the
// loader work for ever.
#pragma once

#include "scenarios/diagnostic.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace squall::scenarios {

/// Where a node stands in what file.
struct place {
  std::shared_ptr<const std::string> file;
  int line = 0;
  int column = 0;
};

struct tree {
  enum class kind { null, scalar, list, map };

  struct entry;

  kind is = kind::null;
  std::string text; ///< of a scalar
  place at;
  std::vector<tree> items;    ///< of a list
  std::vector<entry> entries; ///< of a map, in the order of the file

  const tree* find(std::string_view key) const;
  tree* find(std::string_view key);
};

struct tree::entry {
  std::string key;
  place at; ///< of the key
  tree value;
};

/// Parses `text`. What is wrong is appended to `problems`; then the tree is what could be read, possibly null.
tree parse_yaml(std::string_view text, const std::string& file, std::vector<diagnostic>& problems);

/// Sets what `path` ("devices.count", "workload.0.kind") names to `value`, making maps on the way where nothing is. Reports
/// a path through a scalar or past the end of a list, at `value`'s place.
void set_path(tree& root, std::string_view path, tree value, std::vector<diagnostic>& problems);

/// The value of `path`, or the deepest node on the way to it; with `key_place`, where the last key found stands.
const tree& locate(const tree& root, std::string_view path, place* key_place = nullptr);

diagnostic problem_at(const place& at, std::string message);

} // namespace squall::scenarios
