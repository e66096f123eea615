// The rules of concurrent writes of one field.
#include "engine/merge/judging.hpp"

#include <algorithm>

namespace squall::merge {

namespace {

/// 0 is the highest; what is not listed ranks below all.
std::size_t rank(const field_schema& field, const value& v) {
  const auto* text = std::get_if<std::string>(&v);
  if (text == nullptr)
    return field.precedence.size();
  const auto found = std::find(field.precedence.begin(), field.precedence.end(), *text);
  return static_cast<std::size_t>(found - field.precedence.begin());
}

std::ptrdiff_t role_rank(const field_schema& field, std::uint8_t role) {
  return std::find(field.roles.begin(), field.roles.end(), role) - field.roles.begin();
}

cell_details details_of(const cell& at) { return at.details ? *at.details.get() : cell_details{}; }

std::int64_t number(const value& v) {
  const auto* n = std::get_if<std::int64_t>(&v);
  return n != nullptr ? *n : 0;
}

constexpr write_fate wins{write_outcome::takes_effect, true};

write_fate overridden_if(bool lost, verdict_rule rule) {
  return lost ? write_fate{write_outcome::overridden, true, rule} : wins;
}

write_fate by_stamp(const intent& in, const field_write& write, const cell& at, const position& now) {
  if (later(in, now, details_of(at).stamp, at.writer))
    return wins;
  if (write.to == at.current)
    return {write_outcome::changes_nothing, true};
  return {write_outcome::overridden, true, verdict_rule::later_stamp};
}

} // namespace

write_fate judge_by_field_rule(const field_schema& field, const intent& in, const field_write& write, const cell& at,
                               const position& now) {
  const bool concurrent = unseen(in, at, now);
  if (!concurrent || write.kind != write_kind::set)
    return {write_outcome::takes_effect, concurrent};
  if (field.rule == field_rule::lww_clock)
    return by_stamp(in, write, at, now);
  if (write.to == at.current)
    return wins;
  switch (field.rule) {
    case field_rule::precedence:
      return overridden_if(rank(field, write.to) > rank(field, at.current), verdict_rule::precedence);
    case field_rule::role_precedence:
      return overridden_if(role_rank(field, now.role) > role_rank(field, details_of(at).role), verdict_rule::role);
    case field_rule::max: return overridden_if(number(write.to) < number(at.current), verdict_rule::extreme);
    case field_rule::min: return overridden_if(number(write.to) > number(at.current), verdict_rule::extreme);
    case field_rule::manual: return {write_outcome::conflicted, true, verdict_rule::manual};
    default: return wins;
  }
}

} // namespace squall::merge
