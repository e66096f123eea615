// The last writer wins the whole record: by commit, or by stamp.
#include "engine/merge/judging.hpp"

namespace squall::merge {

write_fate judge_by_commit(const field_schema&, const intent& in, const field_write&, const cell& at,
                           const position& now) {
  return {write_outcome::takes_effect, unseen(in, at, now)};
}

namespace {

row_fate row_by_commit(const collection_schema&, const intent& in, const operation& op, const row& at,
                       const position& now) {
  if (!update_of_deleted(op, at))
    return {};
  if (saw_presence(in, at, now))
    return {row_outcome::gone};
  return {row_outcome::superseded, at.presence_writer, verdict_rule::delete_update};
}

row_fate row_by_stamp(const collection_schema&, const intent& in, const operation& op, const row& at,
                      const position& now) {
  const bool revives = update_of_deleted(op, at);
  if (revives && saw_presence(in, at, now))
    return {row_outcome::gone};
  const record_stamp* held = at.stamp.get();
  if (held != nullptr && held->holder != in.id && !later(in, now, held->stamp, held->holder))
    return {row_outcome::superseded, held->holder, verdict_rule::later_stamp};
  return {revives ? row_outcome::revives : row_outcome::proceed};
}

} // namespace

constexpr policy lww_server_policy{.name = "lww_server",
                                   .meaning = "the last write to commit at the server wins the whole record",
                                   .counters_add = false,
                                   .judge_row = row_by_commit,
                                   .judge_write = judge_by_commit};

constexpr policy lww_clock_policy{
    .name = "lww_clock",
    .meaning = "the operation with the greatest stamp wins the whole record, deletes too, whenever it commits",
    .counters_add = false,
    .one_register = true,
    .judge_row = row_by_stamp,
    .judge_write = judge_by_commit};

} // namespace squall::merge
