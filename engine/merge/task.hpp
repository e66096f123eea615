// Tasks: conflicted changes of one subject that wait for a person, as far as judging an intent needs them.
#pragma once

#include "engine/base/intent.hpp"

#include <cstdint>
#include <vector>

namespace squall::merge {

/// What a task is about: one field of a record, the whole record, or one of its unique keys.
struct task_subject {
  record_id record;
  collection_number collection = 0;
  field_number field = whole_record; ///< or `unique_key_subject(k)`
  bool operator==(const task_subject&) const = default;
};

/// A task as whoever judges knows it.
struct task {
  std::uint64_t number = 0;
  task_subject subject;
  bool open = true;
  intent_id settled_by;              ///< of a closed one
  std::vector<operation> settlement; ///< what the settling intent did to the subject's record
};

/// The operations of `in` that are on the record.
std::vector<operation> operations_on(const record_id& record, const intent& in);
/// True if they do the same: kinds, fields and values, in order.
bool same_effect(const std::vector<operation>& a, const std::vector<operation>& b);

} // namespace squall::merge
