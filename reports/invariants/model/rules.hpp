// The scenario's data model, in the form that the resolver asks it in. Immutable.
#pragma once

#include "reports/invariants/model/types.hpp"
#include "scenarios/model.pb.h"

#include <string>
#include <vector>

namespace squall::invariants {

enum class field_type : std::uint8_t { integer, text, reference, counter, derived, unsupported };
enum class field_rule : std::uint8_t { last_commit, precedence, counter, derived };

struct field_rules {
  std::string name;
  field_type type = field_type::unsupported;
  field_rule rule = field_rule::last_commit;
  std::vector<std::int64_t> precedence; ///< digests of the texts, highest first

  // Of a derived field: the sum, over the live rows of `child` whose `child_reference` names the row, of the product of
  // their `factors`.
  std::uint16_t child = 0;
  std::uint16_t child_reference = 0;
  std::vector<std::uint16_t> factors;
  bool indexes_parents = false; ///< a reference that some derived field follows

  bool is_derived() const { return type == field_type::derived; }
  /// Smaller is better; what is not listed ranks below all.
  std::size_t rank(std::int64_t digest) const;
};

struct collection_rules {
  std::string name;
  bool field_merge = false;
  std::vector<field_rules> fields;
  std::vector<std::uint16_t> derived; ///< numbers of the derived fields
};

class rule_book {
public:
  explicit rule_book(const scenarios::DataModel& model);

  /// Null if there is no such collection or field.
  const collection_rules* collection(std::uint16_t number) const {
    return number < collections_.size() ? &collections_[number] : nullptr;
  }
  const field_rules* field(std::uint16_t collection_number, std::uint16_t number) const {
    const auto* found = collection(collection_number);
    return found != nullptr && number < found->fields.size() ? &found->fields[number] : nullptr;
  }
  /// Number of the collection or field of that name, -1 if there is none.
  int find(const std::string& collection_name) const;
  int find(std::uint16_t collection_number, const std::string& field_name) const;

private:
  void link_derived(const scenarios::DataModel& model);

  std::vector<collection_rules> collections_;
};

} // namespace squall::invariants
