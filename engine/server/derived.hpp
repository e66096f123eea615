// Derived fields as sums kept up to date: a child row contributes an amount to each parent field that counts it, so when a
// row changes, its parents change by the difference. 64-bit wrap-around makes that exact.
#pragma once

#include "engine/merge/decide.hpp"
#include "engine/telemetry/counters.hpp"

#include <cstdint>
#include <vector>

namespace squall::server {

/// What one row adds to one derived field of another.
struct contribution {
  record_id parent;
  collection_number collection = 0; ///< of the parent, as the schema has it
  field_number field = 0;
  std::int64_t amount = 0;
};

/// The schema's derivations, by child and by parent.
class derivations {
public:
  derivations(const merge::schema& model, telemetry::counters& counts);

  /// What `row` contributes as it is: nothing if it is deleted or names no parent.
  std::vector<contribution> of(const merge::row& row) const;
  /// The derived fields of a collection.
  const std::vector<field_number>& fields_of(collection_number parent) const { return by_parent_[parent]; }

private:
  struct use {
    collection_number parent = 0;
    field_number field = 0;
    const merge::derivation* how = nullptr;
  };
  telemetry::counters& counts_;
  std::vector<std::vector<use>> by_child_;
  std::vector<std::vector<field_number>> by_parent_;
};

} // namespace squall::server
