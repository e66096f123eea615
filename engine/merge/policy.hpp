// The registry of conflict policies. A policy says what becomes of one operation on one row, and of one write on one cell;
// `decide` (decide.hpp) puts the operations of an intent together. Pure functions. The tables are in docs/semantics.md.
//
// A write is judged against the write that is visible in its cell: concurrent iff the author had not seen that one.
#pragma once

#include "engine/merge/decide.hpp"

#include <string_view>
#include <vector>

namespace squall::merge {

enum class write_outcome : std::uint8_t {
  takes_effect,
  changes_nothing, ///< counts as having taken effect: the cell is what it would have made of it
  overridden,      ///< by the cell's visible write
  conflicted,      ///< with the cell's visible write
};

/// What becomes of one write on one cell.
struct write_fate {
  write_outcome outcome = write_outcome::takes_effect;
  bool concurrent = false;                ///< with the write that is visible in the cell
  verdict_rule rule = verdict_rule::none; ///< why it is overridden or conflicted
};

enum class row_outcome : std::uint8_t {
  proceed,
  revives, ///< an update makes the deleted row live again, and proceeds
  superseded,
  conflicted,
  gone,
};

/// What becomes of an operation on a row as a whole, before its writes are looked at.
struct row_fate {
  row_outcome outcome = row_outcome::proceed;
  intent_id winner; ///< who stands in the way: for superseded and conflicted
  verdict_rule rule = verdict_rule::none;
};

struct policy {
  std::string_view name;
  std::string_view meaning;    ///< one line, for `squall list policies`
  bool counters_add = true;    ///< a counter only knows `add`; else only `set`
  bool one_register = false;   ///< the row carries the stamp of the last operation that took effect on it
  bool by_field_rules = false; ///< cells carry what their fields' rules compare
  /// Not asked of a create.
  row_fate (*judge_row)(const collection_schema& of, const intent& in, const operation& op, const row& at,
                        const position& now);
  /// Of a create's writes neither.
  write_fate (*judge_write)(const field_schema& field, const intent& in, const field_write& write, const cell& at,
                            const position& now);
};

/// All policies, by name.
const std::vector<policy>& policies();
/// Null if there is none of this name.
const policy* find_policy(std::string_view name);

} // namespace squall::merge
