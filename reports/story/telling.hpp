// Beats into lines: which are told, in which words, and whom they bring under suspicion.
#pragma once

#include "reports/story/account.hpp"
#include "reports/story/chronicle.hpp"
#include "reports/story/words.hpp"

namespace squall::story {

class telling {
public:
  telling(const cast& who, const chronicle& told, const vocabulary& words, const reports::Violation& about);

  /// Of all that is told.
  std::vector<suspect> suspects() const;
  /// What there is room for; the rest are counted. Call once, at the end.
  std::vector<told_line> take(const room& space, std::size_t& left_out);

private:
  int worth(const beat& b) const;
  void collapse();
  told_line line_of(const beat& b) const;
  std::string what(const beat& b) const;
  std::string what_of_device(const beat& b) const;
  std::string what_of_server(const beat& b) const;
  std::string sent(const beat& b) const;
  std::vector<deed> deeds_of(history::intent_index intent) const;
  std::optional<suspect> disturbance(const beat& b) const;

  const cast& cast_;
  const chronicle& told_;
  const vocabulary& words_;
  const reports::Violation& about_;
  std::vector<beat> beats_;
};

} // namespace squall::story
