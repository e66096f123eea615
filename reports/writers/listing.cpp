#include "reports/writers/listing.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace squall::reports {

std::string list_text(const std::vector<listed_item>& items) {
  std::size_t width = 0;
  for (const auto& item : items)
    width = std::max(width, item.name.size());
  std::string out;
  for (const auto& item : items) {
    out += fmt::format("{:<{}}  {}", item.name, width, item.about);
    for (const auto& [key, text] : item.more)
      out += fmt::format(" [{}: {}]", key, text);
    out += "\n";
  }
  return out;
}

std::string list_json(const std::string& kind, const std::vector<listed_item>& items) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const auto& item : items) {
    nlohmann::ordered_json one{{"name", item.name}, {"about", item.about}};
    for (const auto& [key, text] : item.more) {
      const bool number =
          !text.empty() && text.size() < 16 && text.find_first_not_of("0123456789") == std::string::npos;
      if (number)
        one[key] = std::stoll(text);
      else
        one[key] = text;
    }
    all.push_back(std::move(one));
  }
  return nlohmann::ordered_json{{kind, all}}.dump(2) + "\n";
}

} // namespace squall::reports
