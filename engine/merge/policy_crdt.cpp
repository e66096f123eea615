// Fields whose rules do not care about the order of commits; what becomes of a delete and a concurrent update is declared.
#include "engine/merge/judging.hpp"

namespace squall::merge {

namespace {

row_fate row_as_declared(const collection_schema& of, const intent& in, const operation& op, const row& at,
                         const position& now) {
  const bool add_wins = of.deletes == delete_rule::add_wins;
  if (update_of_deleted(op, at)) {
    if (saw_presence(in, at, now))
      return {row_outcome::gone};
    if (add_wins)
      return {row_outcome::revives};
    return {row_outcome::superseded, at.presence_writer, verdict_rule::delete_update};
  }
  if (add_wins && remove_of_live(op, at))
    if (const cell* c = newest_unseen(in, at, now))
      return {row_outcome::superseded, c->writer, verdict_rule::delete_update};
  return {};
}

} // namespace

constexpr policy crdt_policy{
    .name = "crdt",
    .meaning = "counters, sets and greatest stamps or numbers, in whatever order they commit; deletes as declared",
    .by_field_rules = true,
    .judge_row = row_as_declared,
    .judge_write = judge_by_field_rule};

} // namespace squall::merge
