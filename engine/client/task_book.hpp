// The scope's tasks as the server last told of them: they come with the pages, are kept beside the rows, and are what a user
// sees of changes that wait for a person.
#pragma once

#include "engine/client/core.hpp"
#include "engine/merge/task.hpp"
#include "engine/wire/sync.pb.h"

#include <functional>
#include <optional>
#include <vector>

namespace squall::client {

/// The version of the scope's tasks that the device has, in the generation of its cursor.
std::uint64_t tasks_through(const held_scope& in);

/// True if `page` tells of tasks what is not here yet.
bool brings_tasks(const held_scope& in, const wire::PullResponse& page);

/// True if every task can be read and is of a collection that `model` has.
bool readable(const wire::TaskState& task, const merge::schema& model);

/// Makes what the page tells of tasks part of the transaction at hand. The records of pending resolutions, which may look
/// different now, are appended to `changed`. A page that does not answer what was asked about tasks tells nothing.
void take_tasks(core& c, held_scope& in, const wire::PullResponse& page, std::vector<record_id>& changed);

/// The task as `decide` needs it; nothing if it is not known here.
std::optional<merge::task> find_task(client_store& store, std::uint64_t number, scope_id scope);

/// Every task, closed ones too, ascending by number.
void export_tasks(client_store& store, const std::function<void(const io::task_view&)>& sink);

} // namespace squall::client
