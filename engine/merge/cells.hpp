// How a write that takes effect changes its cell.
#pragma once

#include "engine/merge/decide.hpp"
#include "engine/merge/policy.hpp"

#include <optional>

namespace squall::merge {

/// What a write is done with: whose it is, where it stands, and what its field and policy ask for.
struct writing {
  const policy& rules;
  const field_schema& field;
  const intent& in;
  const position& at;
  telemetry::counters& counts;
};

/// The cell becomes `v`, with all that the field's rule will compare.
void put_value(const writing& how, cell& c, value v);

/// What an `add` makes of the cell: the sum, wrapping.
std::int64_t sum_of(const writing& how, const field_write& w, const cell& c, bool concurrent);

/// Who keeps an `insert` from making its text a member, or an `erase` from taking it out.
struct obstacle {
  intent_id intent;
  verdict_rule rule = verdict_rule::none;
};
/// Leaves and takes away marks, as `w` (an insert or an erase) says.
std::optional<obstacle> put_member(const writing& how, const field_write& w, cell& c, bool concurrent);

std::int64_t wrapping_add(std::int64_t a, std::int64_t b) noexcept;
std::int64_t wrapping_multiply(std::int64_t a, std::int64_t b) noexcept;
std::int64_t integer_or_zero(const value& v) noexcept;

} // namespace squall::merge
