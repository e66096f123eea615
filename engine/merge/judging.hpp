// What the policies have in common: questions about what an author had seen of a row.
#pragma once

#include "engine/merge/policy.hpp"

namespace squall::merge {

inline bool unseen(const intent& in, const cell& at, const position& now) {
  return !had_seen(in, at.writer, {now.generation, at.sequence});
}

inline bool saw_presence(const intent& in, const row& at, const position& now) {
  return had_seen(in, at.presence_writer, {now.generation, at.presence_sequence});
}

inline bool update_of_deleted(const operation& op, const row& at) {
  return op.kind == operation_kind::update && at.deleted;
}

inline bool remove_of_live(const operation& op, const row& at) {
  return op.kind == operation_kind::remove && !at.deleted;
}

/// The newest write of a cell that the author had not seen; null if there is none.
inline const cell* newest_unseen(const intent& in, const row& at, const position& now) {
  const cell* out = nullptr;
  for (const cell& c : at.fields)
    if (unseen(in, c, now) && (out == nullptr || c.sequence > out->sequence))
      out = &c;
  return out;
}

/// True if the intent at `now` comes after the write of `holder` in the order of stamps.
inline bool later(const intent& in, const position& now, const hlc_stamp& stamp, const intent_id& holder) {
  return now.stamp != stamp ? now.stamp > stamp : in.id > holder;
}

/// Whatever is not concurrent, or equal, takes effect; the rest by the field's rule.
write_fate judge_by_field_rule(const field_schema& field, const intent& in, const field_write& write, const cell& at,
                               const position& now);

/// The later commit takes effect.
write_fate judge_by_commit(const field_schema& field, const intent& in, const field_write& write, const cell& at,
                           const position& now);

// -- the policies, each in the file of its kind --
extern const policy lww_server_policy, lww_clock_policy, field_merge_policy, manual_policy, crdt_policy;

} // namespace squall::merge
