// The scenario's data model, in the form that the resolver asks it in. Immutable.
#pragma once

#include "reports/invariants/model/types.hpp"
#include "scenarios/model.pb.h"

#include <optional>
#include <string>
#include <vector>

namespace squall::invariants {

enum class policy_kind : std::uint8_t { last_commit, last_stamp, field_merge, manual, crdt };
enum class field_type : std::uint8_t { integer, text, reference, counter, set, derived, unsupported };
enum class field_rule : std::uint8_t {
  last_commit,
  last_stamp,
  precedence,
  role,
  max,
  min,
  manual,
  counter,
  add_wins,
  remove_wins,
  derived
};
enum class on_delete : std::uint8_t { nothing, restrict, cascade, task };

struct state_rule {
  std::int64_t name = 0; ///< digests of texts
  std::vector<std::int64_t> next;
};

struct field_rules {
  std::string name;
  field_type type = field_type::unsupported;
  field_rule rule = field_rule::last_commit;
  std::vector<std::int64_t> precedence; ///< digests of the texts, or numbers of the roles; highest first

  // Of a derived field: over the live rows of `child` whose `child_reference` names the row, the sum of the products of their
  // `factors`, or of their hashes.
  std::uint16_t child = 0;
  std::uint16_t child_reference = 0;
  std::vector<std::uint16_t> factors;
  bool hashes = false;
  bool indexes_parents =
      false; ///< a reference that somebody follows backwards: it says in which scope a record belongs

  std::optional<std::int64_t> at_least;
  std::optional<std::int64_t> at_most;
  std::vector<state_rule> states;
  on_delete when_deleted = on_delete::nothing;

  bool is_derived() const { return type == field_type::derived; }
  bool is_set() const { return type == field_type::set; }
  /// Smaller is better; what is not listed ranks below all.
  std::size_t rank(std::int64_t key) const;
  bool within(std::int64_t number) const {
    return (!at_least || number >= *at_least) && (!at_most || number <= *at_most);
  }
  /// Whether the state may become that one; `before` none: any listed one may.
  bool may_become(const cell_value& before, std::int64_t after) const;
};

struct collection_rules {
  std::string name;
  policy_kind policy = policy_kind::last_commit;
  bool add_wins_deletes = false;      ///< of crdt
  bool wide = false;                  ///< its records are everybody's
  std::vector<std::uint32_t> writers; ///< roles that may write there; none: all
  std::vector<field_rules> fields;
  std::vector<std::uint16_t> derived; ///< numbers of the derived fields
  std::vector<std::uint16_t> sets;
  std::vector<std::uint16_t> references; ///< those with a rule for deletes
  std::vector<std::vector<std::uint16_t>> keys;

  bool is_register() const { return policy == policy_kind::last_stamp; }
  bool by_field() const { return policy == policy_kind::field_merge || policy == policy_kind::crdt; }
  /// An update carries the record as its author read it, with the change in it.
  bool whole_record() const { return policy == policy_kind::last_commit || policy == policy_kind::last_stamp; }
  bool may_write(std::uint32_t role) const;
  bool sums(const field_rules& field) const { return field.type == field_type::counter && !whole_record(); }
};

class rule_book {
public:
  /// `teams`: as many scopes there are beside the one for all.
  explicit rule_book(const scenarios::DataModel& model, std::uint32_t teams = 0);

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

  const std::vector<collection_rules>& collections() const { return collections_; }
  /// The scope of the records of wide collections.
  std::uint32_t wide_scope() const { return teams_ + 1; }
  bool has_wide() const;
  bool has_stamps() const;      ///< some register or field goes by stamps
  bool has_constraints() const; ///< some reference has a rule for deletes, or some collection a unique key

private:
  void add_collection(const scenarios::DataModel& model, const scenarios::Collection& from);
  void link_derived(const scenarios::DataModel& model);

  std::vector<collection_rules> collections_;
  std::uint32_t teams_;
};

} // namespace squall::invariants
