// A history in readable lines, and where two of them part. For people; nothing decides by it.
#pragma once

#include "reports/history/names.hpp"
#include "scenarios/model.pb.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace squall::history {

std::string_view name_of(entry_kind kind);
std::string_view name_of(verdict_code code);
std::string_view name_of(rule_code rule);
/// "the server", "d3".
std::string name_of_participant(std::uint32_t actor);
/// "7", "'shipped'", "nothing".
std::string describe(value_tag tag, std::int64_t value, const name_table& names);
/// "orders.status", or numbers where the model does not know them.
std::string describe_field(std::uint16_t collection, std::uint16_t field, const scenarios::DataModel& model);

/// One line: time, who, what, and what the entry's kind says of it.
std::string render(const entry& e, const name_table& names, const scenarios::DataModel& model);

struct difference {
  std::uint64_t index = 0; ///< of the first entry that differs, from 0
  std::int64_t at_ns = 0;  ///< of the earlier of the two
  std::string first;       ///< rendered; "the history ends here" if it does
  std::string second;
  std::string in; ///< what of the two entries differs: "time", "value and actor"; empty if one has ended
  std::vector<std::string> before;      ///< the last entries that they share, rendered
  std::vector<std::string> first_after; ///< how each went on
  std::vector<std::string> second_after;
};

/// Where two recorded histories part: nullopt if nowhere. `error` is not empty if one could not be read.
std::optional<difference> first_difference(const std::string& path, const std::string& other,
                                           const scenarios::DataModel& model, std::string& error);

} // namespace squall::history
