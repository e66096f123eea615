// Derived fields on the client: recomputed in both layers from the rows of that layer, never received. A derived field of a
// parent is the sum over its live children; children are found through the store's links.
#pragma once

#include "engine/client/working_set.hpp"
#include "engine/merge/decide.hpp"

#include <vector>

namespace squall::client {

class derived_fields {
public:
  explicit derived_fields(const merge::schema& model);

  /// True if no collection has one.
  bool none() const noexcept { return none_; }
  /// True if nobody looks for a record's children: neither derived fields, nor removals that take referrers along.
  bool links_nothing() const noexcept { return links_nothing_; }
  /// True if removing a record of the collection may remove others with it.
  bool removes_others(collection_number collection) const { return removes_others_[collection]; }

  /// True of a reference that keeps its record in the scope of the one that it names.
  bool keeps_together(collection_number collection, field_number field) const;

  /// Appends the records whose derived fields `row` bears upon: itself, and the parents that it names. `row` may be null.
  void affected_by(const merge::row* row, std::vector<record_id>& out) const;
  /// Appends the parents that `row` names, and it itself if it is `made` just now: no change of its own fields moves its
  /// sums.
  void affected_by_change(const merge::row& row, bool made, std::vector<record_id>& out) const;
  /// Makes `row` findable as a child of the parents that it names.
  void link(working_set& rows, const merge::row& row) const;
  /// Recomputes the derived fields of each of `parents` (in any order, repeated or not known) in one layer.
  void recompute(layer in, working_set& rows, std::vector<record_id> parents) const;

private:
  const merge::schema& model_;
  std::vector<std::vector<field_number>> references_; ///< by child collection: fields that name a parent that sums
  std::vector<std::vector<field_number>> linked_; ///< those, and fields that take the row along when the parent goes
  std::vector<bool> removes_others_;              ///< by collection
  std::vector<bool> has_derived_;                 ///< by collection
  bool none_ = true;
  bool links_nothing_ = true;
};

} // namespace squall::client
