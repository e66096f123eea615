// Variants of a scenario: named changes of the file. In a variant a key is a collection, whose `policy` or single `fields`
// change, or any key of the file, of whose map single entries change.
#pragma once

#include "scenarios/document/tree.hpp"
#include "scenarios/scenario.pb.h"

#include <string>
#include <vector>

namespace squall::scenarios {

struct change {
  std::string path;
  tree value;
};

struct variant_changes {
  std::string name;
  place at;
  std::vector<change> changes;
};

/// The variants of the file `root`, in its order. What is not of a variant's form is reported.
std::vector<variant_changes> read_variants(const tree& root, std::vector<diagnostic>& problems);

void apply(const variant_changes& variant, tree& root, std::vector<diagnostic>& problems);

/// As a Scenario keeps it: "collections.orders.policy=\"lww_server\"", which `--set` would read, too.
Variant to_message(const variant_changes& variant);

} // namespace squall::scenarios
