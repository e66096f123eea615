// One number of a scenario file, in its unit; and words for what a file holds and what was expected of it.
#pragma once

#include "scenarios/document/tree.hpp"
#include "scenarios/keys.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace squall::scenarios {

/// One number of the form `is`, in the field's unit. Reports, at `node`'s place, what it is not, naming `label`.
struct number_rule {
  std::string_view label;
  form is = form::integer;
  std::int64_t low = 0;
  std::int64_t high = 0;
};
std::optional<std::int64_t> read_number(const tree& node, const number_rule& rule, std::vector<diagnostic>& problems);

/// "a duration such as 80ms"
std::string_view example(form is);
/// "`80`", "a list"
std::string shown(const tree& node);

} // namespace squall::scenarios
