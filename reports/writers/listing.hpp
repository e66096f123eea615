// Lists of named things, as `squall list` prints them.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace squall::reports {

struct listed_item {
  std::string name;
  std::string about;
  std::vector<std::pair<std::string, std::string>> more; ///< further properties; whole numbers are numbers in JSON
};

/// A line each, names in a column.
std::string list_text(const std::vector<listed_item>& items);
/// {"KIND": [{"name": ..., "about": ..., ...}]}
std::string list_json(const std::string& kind, const std::vector<listed_item>& items);

} // namespace squall::reports
