#include "engine/merge/policy.hpp"

#include <algorithm>

namespace squall::merge {

namespace {

bool unseen(const intent& in, const cell& at, position now) {
  return !had_seen(in, at.writer, {now.generation, at.sequence});
}

bool update_of_deleted(const operation& op, const row& at) { return op.kind == operation_kind::update && at.deleted; }

bool saw_presence(const intent& in, const row& at, position now) {
  return had_seen(in, at.presence_writer, {now.generation, at.presence_sequence});
}

// -- lww_server: the last to commit wins -------------------------------------------------------------------------------

row_fate lww_row(const intent& in, const operation& op, const row& at, position now) {
  if (!update_of_deleted(op, at))
    return {};
  if (saw_presence(in, at, now))
    return {row_outcome::gone, {}};
  return {row_outcome::superseded, at.presence_writer};
}

write_fate lww_write(const field_schema&, const intent& in, const field_write&, const cell& at, position now) {
  return {true, unseen(in, at, now), verdict_rule::none};
}

// -- field_merge: what is not concurrent applies, the rest by the field's rule -----------------------------------------

/// The newest write of the row that the author had not seen; null if there is none.
const cell* newest_unseen(const intent& in, const row& at, position now) {
  const cell* newest = nullptr;
  for (const cell& c : at.fields)
    if (unseen(in, c, now) && (newest == nullptr || c.sequence > newest->sequence))
      newest = &c;
  return newest;
}

row_fate merge_row(const intent& in, const operation& op, const row& at, position now) {
  if (update_of_deleted(op, at)) {
    if (saw_presence(in, at, now))
      return {row_outcome::gone, {}};
    return {row_outcome::conflicted, at.presence_writer};
  }
  if (op.kind == operation_kind::remove && !at.deleted)
    if (const cell* c = newest_unseen(in, at, now))
      return {row_outcome::conflicted, c->writer};
  return {};
}

/// 0 is the highest; what is not listed ranks below all.
std::size_t rank(const field_schema& field, const value& v) {
  const auto* text = std::get_if<std::string>(&v);
  if (text == nullptr)
    return field.precedence.size();
  const auto found = std::find(field.precedence.begin(), field.precedence.end(), *text);
  return static_cast<std::size_t>(found - field.precedence.begin());
}

write_fate merge_write(const field_schema& field, const intent& in, const field_write& write, const cell& at,
                       position now) {
  const bool concurrent = unseen(in, at, now);
  if (!concurrent || write.kind == write_kind::add || write.to == at.current || field.rule != field_rule::precedence)
    return {true, concurrent, verdict_rule::none};
  if (rank(field, write.to) > rank(field, at.current))
    return {false, true, verdict_rule::precedence};
  return {true, true, verdict_rule::none};
}

} // namespace

const std::vector<policy>& policies() {
  static const std::vector<policy> all{
      {"field_merge",
       "fields merge one by one; concurrent writes of one field follow its rule; delete against update: a task", true,
       merge_row, merge_write},
      {"lww_server", "the last write to commit at the server wins the whole record", false, lww_row, lww_write},
  };
  return all;
}

const policy* find_policy(std::string_view name) {
  for (const policy& p : policies())
    if (p.name == name)
      return &p;
  return nullptr;
}

} // namespace squall::merge
