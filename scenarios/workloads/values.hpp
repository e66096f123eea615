// Values that users write. Every one is unique in its plan, made of its cause, so that a value names its writer; but those
// that come from a list (a status, texts that everybody puts into sets), numbers within bounds, and changes of counters.
#pragma once

#include "scenarios/workloads/registry.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace squall::scenarios {

/// How an edit writes `field`: a counter by adding, a set by putting in or taking out, all else by setting. Draws for sets only.
Act::Kind draw_edit_kind(occasion& o, const Field& field);

/// Adds an assignment of a new value to `act`, the `index`-th act of the occasion, as an edit of `field` writes it. For a
/// counter the value is a change. Precondition: the field is neither derived nor a reference.
void assign_edit(occasion& o, const Field& field, int index, Act& act);

/// Fills in `act`, the `index`-th, as a create of a record of `collection`: texts and numbers new, a status at its lowest
/// rank or first state, counters between 20 and 200 or within their bounds, a set with one text of its own, references by `parent` or, if none is given or it refers elsewhere, to any record of
/// the team.
struct parent_record {
  std::string_view collection;
  symbolic_record record = 0;
};
void assign_create(occasion& o, const Collection& collection, int index, const std::optional<parent_record>& parent,
                   Act& act);

/// The record that the occasion's user acts upon. Takes two draws.
std::optional<symbolic_record> pick_record(occasion& o, bool to_delete = false);

} // namespace squall::scenarios
