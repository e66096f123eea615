// Whom a violation is about: the intents, the record, the field and the participants that its story must follow. Taken from
// what the judge said and from the history; knows no invariant by name, and no bug.
#pragma once

#include "reports/history/sink.hpp"
#include "reports/run.pb.h"
#include "scenarios/plan.pb.h"

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace squall::story {

/// Gives a whole history, from its start, to a sink; as often as asked. False and a sentence if it cannot.
using history_source = std::function<bool(history::sink&, std::string& error)>;

/// "d3:7", "d3.2:7", "d3:7/0" in a sentence, in order, each once.
struct named_in_text {
  std::vector<history::intent_name> intents;
  std::vector<history::record_name> records;
};
named_in_text names_in(std::string_view text);

struct cast {
  std::vector<history::intent_index> subjects; ///< named by the violation; or else what it must be about
  std::vector<history::intent_index> related; ///< others that wrote what the violation is about, in order of appearance
  history::record_index record = 0;
  bool field_known = false; ///< the violation is about one field of `record`
  std::uint16_t collection = 0;
  std::uint16_t field = 0;
  std::set<std::uint32_t> watched; ///< devices: the one of the violation, and the authors of its subjects

  bool plays(history::intent_index intent) const;
  bool is_subject(history::intent_index intent) const;
};

/// `names` must cover the whole history.
cast cast_of(const reports::Violation& about, const scenarios::Plan& plan, const history::name_table& names,
             const history_source& source);

} // namespace squall::story
