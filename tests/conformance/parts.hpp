// The table's chapters.
#pragma once

#include "tests/conformance/table.hpp"

#include <initializer_list>
#include <vector>

namespace squall::conformance {

/// Sections of a chapter, or chapters, one after the other.
std::vector<row> joined(std::initializer_list<std::vector<row>> parts);

std::vector<row> field_merge_rows();    ///< concurrent and sequential writes of fields
std::vector<row> last_writer_rows();    ///< the same under lww_server
std::vector<row> life_and_death_rows(); ///< deletes, restores, and updates that meet them
std::vector<row> guard_rows();
std::vector<row> group_rows();   ///< several operations in one intent; derived fields
std::vector<row> refusal_rows(); ///< malformed, denied, gone, dependency, and which of them comes first

// On enterprise_model().
std::vector<row> clock_rows();     ///< lww_clock: stamps, registers, tombstones
std::vector<row> cell_rule_rows(); ///< lww_clock, role_precedence, max, min and manual as a field's rule
std::vector<row> set_rows();
std::vector<row> crdt_rows();
std::vector<row> task_rows(); ///< manual, branches, resolutions
std::vector<row> bound_rows();
std::vector<row> reference_rows();
std::vector<row> unique_rows();
std::vector<row> hash_rows();

// With fences.
std::vector<row> fence_rows();     ///< how far the server forgets
std::vector<row> forgotten_rows(); ///< what becomes of intents about what it has forgotten

// On scope_model().
std::vector<row> writer_rows();
std::vector<row> move_rows();         ///< what a move takes along, and what becomes of it under each policy
std::vector<row> refused_move_rows(); ///< what stands against one
std::vector<row> moved_rows();        ///< what becomes of intents on a record that has moved

} // namespace squall::conformance
