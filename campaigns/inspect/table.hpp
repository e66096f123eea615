// Text in columns.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace squall::campaigns::inspect {

class table {
public:
  /// Empty titles all: no line of titles.
  explicit table(std::vector<std::string> titles) {
    const bool titled = std::any_of(titles.begin(), titles.end(), [](const auto& t) { return !t.empty(); });
    widths_.resize(titles.size());
    if (titled)
      row(std::move(titles));
  }
  void row(std::vector<std::string> cells) {
    for (std::size_t i = 0; i < cells.size() && i < widths_.size(); ++i)
      widths_[i] = std::max(widths_[i], cells[i].size());
    rows_.push_back(std::move(cells));
  }
  std::string text() const {
    std::string out;
    for (const auto& cells : rows_) {
      std::string line = " ";
      for (std::size_t i = 0; i < cells.size(); ++i)
        line += " " + cells[i] + std::string(widths_[i] - cells[i].size() + 1, ' ');
      line.erase(line.find_last_not_of(' ') + 1);
      out += line + "\n";
    }
    return out;
  }

private:
  std::vector<std::size_t> widths_;
  std::vector<std::vector<std::string>> rows_;
};

} // namespace squall::campaigns::inspect
