// How a user settles a task: the operations on its record, by what the device shows. docs/semantics.md ("How an intention is
// lowered"). Pure.
#pragma once

#include "actors/model.hpp"
#include "engine/io/io.hpp"

#include <vector>

namespace squall::actors {

/// `take`: the newest branch becomes the record's state; else what is visible stays. At least one operation, all on the task's
/// record; the first names the task and its branches. Precondition: `row` is the task's record, and the task has a branch.
std::vector<operation> settle(const io::task_view& task, const io::row_view& row, const model& names, bool take);

} // namespace squall::actors
