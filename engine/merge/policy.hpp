// The registry of conflict policies. A policy says what becomes of one operation on one row; `decide` (decide.hpp) puts the
// operations of an intent together.
//
// | policy      | set, concurrent or not                     | add               | remove                   | update of a deleted row |
// |-------------|--------------------------------------------|-------------------|--------------------------|-------------------------|
// | lww_server  | takes effect                               | sums              | takes effect             | superseded (last_commit) if concurrent with the delete, else rejected(gone) |
// | field_merge | not concurrent, or equal value: takes      | sums              | conflicted if concurrent | conflicted (delete_update) if concurrent, else rejected(gone) |
// |             | effect; concurrent: the field's rule       |                   | with a write of the row  |                         |
//
// A write is judged against the write that is visible in its cell: concurrent iff the author had not seen that one. A write
// that takes effect becomes the cell's writer, with an equal value too. Rules of concurrent sets under field_merge:
// lww_server: takes effect; precedence: the value that ranks higher stays or takes effect, equal ranks: the later commit.
// A counter's `set` is malformed; its `add`s always sum. Removing what is deleted takes effect (nothing changes but the
// presence's writer); `restore` of a deleted row makes it live with the values it had; of a live row it takes effect without
// a change.
#pragma once

#include "engine/merge/decide.hpp"

#include <string_view>
#include <vector>

namespace squall::merge {

/// What becomes of one write on one cell.
struct write_fate {
  bool takes_effect = true;
  verdict_rule rule = verdict_rule::none; ///< why not
};

/// What becomes of an operation on a row as a whole, before its writes are looked at.
enum class row_fate : std::uint8_t { proceed, superseded, conflicted, gone };

struct policy {
  std::string_view name;
  std::string_view meaning; ///< one line, for `squall list policies`
  row_fate (*judge_row)(const intent& in, const operation& op, const row& at, position now);
  write_fate (*judge_write)(const field_schema& field, const intent& in, const field_write& write, const cell& at,
                            position now);
};

/// All policies, by name.
const std::vector<policy>& policies();
const policy* find_policy(std::string_view name);

} // namespace squall::merge
