// Fields merge one by one, and a delete against an update goes to a person; or any concurrent change of the record does.
#include "engine/merge/judging.hpp"

#include <algorithm>

namespace squall::merge {

namespace {

row_fate row_to_person(const collection_schema&, const intent& in, const operation& op, const row& at,
                       const position& now) {
  if (update_of_deleted(op, at)) {
    if (saw_presence(in, at, now))
      return {row_outcome::gone};
    return {row_outcome::conflicted, at.presence_writer, verdict_rule::delete_update};
  }
  if (remove_of_live(op, at))
    if (const cell* c = newest_unseen(in, at, now))
      return {row_outcome::conflicted, c->writer, verdict_rule::delete_update};
  return {};
}

/// True if the write would change what a reader sees.
bool differs(const field_write& w, const cell& at) {
  switch (w.kind) {
    case write_kind::set: return w.to != at.current;
    case write_kind::add: return w.to != value{std::int64_t{0}};
    case write_kind::set_insert:
    case write_kind::set_erase: break;
  }
  const auto& members = members_of(at);
  const bool there = std::any_of(members.begin(), members.end(),
                                 [&](const set_member& m) { return value{m.text} == w.to && is_member(m); });
  return there == (w.kind == write_kind::set_erase);
}

row_fate row_by_person(const collection_schema& of, const intent& in, const operation& op, const row& at,
                       const position& now) {
  const row_fate fate = row_to_person(of, in, op, at, now);
  if (fate.outcome != row_outcome::proceed || op.kind != operation_kind::update)
    return fate;
  const cell* newest = newest_unseen(in, at, now);
  const bool presence = !saw_presence(in, at, now) && (newest == nullptr || at.presence_sequence > newest->sequence);
  if (newest == nullptr && !presence)
    return fate;
  if (std::none_of(op.writes.begin(), op.writes.end(),
                   [&](const field_write& w) { return differs(w, at.fields[w.field]); }))
    return fate;
  return {row_outcome::conflicted, presence ? at.presence_writer : newest->writer, verdict_rule::manual};
}

} // namespace

constexpr policy field_merge_policy{
    .name = "field_merge",
    .meaning = "fields merge one by one; concurrent writes of one field follow its rule; delete against update: a task",
    .by_field_rules = true,
    .judge_row = row_to_person,
    .judge_write = judge_by_field_rule};

constexpr policy manual_policy{
    .name = "manual",
    .meaning = "a concurrent change of the record goes to a person; the first to commit stays visible",
    .judge_row = row_by_person,
    .judge_write = judge_by_commit};

} // namespace squall::merge
