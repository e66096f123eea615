// The registry of conflict policies. A policy says what becomes of one operation on one row; `decide` (decide.hpp) puts the
// operations of an intent together. Pure functions.
//
// | policy      | set                                          | add  | remove of a live row     | update of a deleted row |
// |-------------|----------------------------------------------|------|--------------------------|-------------------------|
// | lww_server  | takes effect                                 | sums | takes effect             | superseded (delete_update) if concurrent with the delete, else gone |
// | field_merge | not concurrent, or equal value: takes effect | sums | conflicted if concurrent | conflicted (delete_update) if concurrent with the delete, else gone |
// |             | concurrent: the field's rule                 |      | with a write of the row  |                         |
//
// A write is judged against the write that is visible in its cell: concurrent iff the author had not seen that one. A write
// that takes effect becomes the cell's writer, with an equal value too. Rules of concurrent sets under field_merge:
// lww_server: takes effect; precedence: the value that ranks higher stays or takes effect, equal ranks: the later commit.
// A counter's `set` is malformed under field_merge; its `add`s always sum. `restore` of a deleted row makes it live with the
// values it had. To remove what is deleted, or restore what is live, takes effect and changes nothing.
#pragma once

#include "engine/merge/decide.hpp"

#include <string_view>
#include <vector>

namespace squall::merge {

/// What becomes of one write on one cell.
struct write_fate {
  bool takes_effect = true;
  bool concurrent = false;                ///< with the write that is visible in the cell
  verdict_rule rule = verdict_rule::none; ///< why it does not take effect
};

enum class row_outcome : std::uint8_t { proceed, superseded, conflicted, gone };

/// What becomes of an operation on a row as a whole, before its writes are looked at.
struct row_fate {
  row_outcome outcome = row_outcome::proceed;
  intent_id winner; ///< who stands in the way: for superseded and conflicted
};

struct policy {
  std::string_view name;
  std::string_view meaning;       ///< one line, for `squall list policies`
  bool counters_only_add = false; ///< a `set` of a counter is malformed
  /// Not asked of a create.
  row_fate (*judge_row)(const intent& in, const operation& op, const row& at, position now);
  /// Of a create's writes neither.
  write_fate (*judge_write)(const field_schema& field, const intent& in, const field_write& write, const cell& at,
                            position now);
};

/// All policies, by name.
const std::vector<policy>& policies();
/// Null if there is none of this name.
const policy* find_policy(std::string_view name);

} // namespace squall::merge
