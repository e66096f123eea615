// The story of a violation, from the history of its run: what the users did, which messages carried it and what became of
// them, what the server decided and who learned of it, where it took a turn that it should not have taken, and which fault
// stood before that turn.
#pragma once

#include "reports/story/cast.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace squall::story {

struct told_line {
  std::int64_t at_ns = 0;
  std::string who;
  std::string what;
  bool turn = false; ///< this should not have happened
};

/// What disturbed the story: a fault of the plan, or the network's noise.
struct suspect {
  std::uint64_t fault = 0; ///< plan id; 0: none
  std::string noise;       ///< where it was the network's own: "loss", "duplicates", "reordering", "corruption"
  std::int64_t at_ns = 0;  ///< when it struck
  std::string what;        ///< "the fault offline (...): the answer about d3:7 was lost"
};

/// One field of the record that it is about, as participants have it.
struct state_line {
  std::string field;
  std::vector<std::string> values; ///< by `account::holders`
  bool differs = false;
};

struct account {
  std::string record;               ///< "orders d1:4/0"; empty where it is about none
  std::vector<std::string> players; ///< "d3:7: d3's user changes orders d1:4/0: quantity by +3"
  std::vector<told_line> lines;
  std::size_t left_out = 0;         ///< lines that there was no room for
  std::vector<suspect> suspects;    ///< the likeliest first
  std::string is;                   ///< what the judge saw ...
  std::string should_be;            ///< ... and what it should have seen; empty where the first says both
  std::vector<std::string> holders; ///< "the server", "d3 (confirmed)", "d3 (shown)"
  std::vector<state_line> state;    ///< of the record, when it was last exported
  std::string trouble;              ///< the history could not be read: why
};

/// How much is told.
struct room {
  std::size_t lines_max = 36;
  int worth_least = 1; ///< of a line, 1..9
};
/// What leaves room on a screen for what was run and what broke.
constexpr room on_a_screen{12, 3};

account tell(const reports::Violation& about, const scenarios::Plan& plan, const history_source& source,
             const room& space = {});

/// The short form of the story of a run's first violation, for its report. Empty if nothing failed.
reports::Story brief(const reports::Run& run, const scenarios::Plan& plan, const history_source& source);

} // namespace squall::story
