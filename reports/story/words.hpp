// The words of stories: entries of plans and histories, said so that one who never read Squall's documents understands them.
#pragma once

#include "reports/story/chronicle.hpp"
#include "scenarios/plan.pb.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace squall::story {

class vocabulary {
public:
  vocabulary(const scenarios::Plan& plan, const history::name_table& names) : plan_(plan), names_(names) {}

  /// "d3", "the server", "the issuer".
  std::string who(std::uint32_t actor) const;
  /// "d3:7", "d3:7 and d3:8", "d3:7, d3:8 and 4 more".
  std::string intents(const std::vector<history::intent_index>& all) const;
  std::string intent(history::intent_index one) const { return intents({one}); }
  std::string record(history::record_index record, std::uint16_t collection) const;
  std::string field(std::uint16_t collection, std::uint16_t field) const;
  std::string value(history::value_tag tag, std::int64_t value) const;
  /// "changes orders d1:4/0: quantity by +3"
  std::string deeds(const std::vector<deed>& all) const;
  /// What was decided about `names`: "d3:7 was applied", "d3:7 was superseded by d2:4 (last commit)".
  std::string verdict(const std::vector<history::intent_index>& of, std::uint8_t code, std::uint8_t rule,
                      std::uint64_t winner) const;
  /// "the fault offline (d3, from 00:10:01.000 for 5 min)"; 0: "the network's own noise".
  std::string fault(std::uint64_t id) const;
  /// What became of a message: "it arrives 80 ms later", "it is lost: ...".
  std::string fate(const letter& l) const;

private:
  /// `first`: in a create, where there is nothing before.
  std::string write_text(const history::entry& write, bool first) const;
  std::string deed_text(const deed& one) const;
  std::string operation_text(const deed& one) const;

  const scenarios::Plan& plan_;
  const history::name_table& names_;
};

/// How stories name an intention of the plan: "operation 12", the twelfth of the plan (ids are for programs).
std::string operation(std::uint64_t intention, const scenarios::Plan& plan);
/// An intention of the plan: "d3's user adds 3 to quantity of the lines that operation 12 made".
std::string say(const scenarios::Intention& intention, const scenarios::Plan& plan);
/// A fault of the plan: "offline (d3, from 00:10:01.000 for 5 min)".
std::string say(const scenarios::Fault& fault, const scenarios::Plan& plan);
/// "a", "a and b", "a, b and c".
std::string join(const std::vector<std::string>& all);

} // namespace squall::story
