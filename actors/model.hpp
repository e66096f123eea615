// A plan's data model as the engine is configured with it, and the numbers behind its names. Built once, then read only.
#pragma once

#include "engine/base/result.hpp"
#include "engine/merge/schema.hpp"
#include "scenarios/plan.pb.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace squall::actors {

class model {
public:
  /// Errors: `invalid_argument` (an unknown type, rule, policy, role or name).
  static result<model> from(const scenarios::DataModel& source);
  /// A plan's, with what follows from its topology.
  static scenarios::DataModel complete(const scenarios::Plan& plan);
  static result<model> from(const scenarios::Plan& plan);

  const std::shared_ptr<const merge::schema>& schema() const noexcept { return schema_; }
  std::optional<collection_number> collection(std::string_view name) const;
  std::optional<field_number> field(collection_number collection, std::string_view name) const;
  /// The role's number, from 1; 0 if there is none of that name.
  std::uint8_t role(std::string_view name) const;
  /// True if fields merge one by one, false if the whole record is the unit.
  bool merges_fields(collection_number collection) const;
  /// True if the field only knows `add` there: a counter of a collection that merges fields.
  bool adds_only(collection_number collection, field_number field) const;
  bool is_set(collection_number collection, field_number field) const;
  bool derived(collection_number collection, field_number field) const;

private:
  using name_index = std::map<std::string, std::uint16_t, std::less<>>;
  result<void> number_names(const scenarios::DataModel& source);
  result<void> read_collection(const scenarios::Collection& source, merge::collection_schema& to) const;
  result<void> read_field(const scenarios::Field& source, merge::field_schema& to) const;
  result<void> read_derivation(const scenarios::Field& source, merge::derivation& to) const;

  std::shared_ptr<const merge::schema> schema_;
  name_index collections_;
  std::vector<name_index> fields_;
  std::vector<std::string> roles_;
};

} // namespace squall::actors
