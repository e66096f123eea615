// The table in the engine's terms: its model as a schema, its steps as intents, its labels as record ids.
#pragma once

#include "engine/merge/decide.hpp"
#include "tests/conformance/table.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace squall::conformance {

/// Of scope_model(), which begins with enterprise_model(), and that with model().
std::shared_ptr<const merge::schema> engine_model();
/// Number of a role; 0 for none.
std::uint8_t role_number(const std::string& name);

/// A task as the table speaks of it.
struct task_outline {
  record_id record;
  collection_number collection = 0;
  field_number subject = 0;
  bool open = false;
  std::vector<intent_id> branches;
  bool operator==(const task_outline&) const = default;
};

/// Turns the steps of one row into intents. Tell it after each step how far the server's sequence has come: later authors'
/// contexts are made of that.
class translator {
public:
  static constexpr std::uint32_t user_granted = 1;
  static constexpr std::uint32_t user_denied = 3;
  /// Of the users that are granted the scope with a role: the one with the first role.
  static constexpr std::uint32_t user_of_first_role = 11;
  /// In rows about scopes each device has a user of its own.
  static constexpr std::uint32_t user_of_first_device = 101;
  static constexpr std::uint64_t generation = 1;

  intent next(const step& s);
  void judged(std::uint64_t head) { sequence_after_.push_back(head); }

  /// The intent of a step, numbered from 1; null for 0.
  intent_id at(int step_number) const;
  /// A label that no create made names a record that nobody knows.
  record_id record(const std::string& label);
  squall::value plain(const conformance::value& v);
  /// For who has ids of its own: what `label` stands for.
  void learn(const std::string& label, const record_id& id) { records_[label] = id; }
  squall::operation translate(const conformance::operation& from);
  task_outline translate(const conformance::task& from);

  static collection_number collection(const std::string& name);
  static field_number field(const std::string& of, const std::string& name);

private:
  std::map<int, std::uint64_t> seqs_;
  std::map<std::string, record_id> records_;
  std::vector<intent_id> intents_;
  std::vector<std::uint64_t> sequence_after_;
};

/// The verdict that a step expects, for comparison: kind, rule, winner and the writes that lost.
verdict expected_of(const step& s, translator& names);
/// Fails the running case where the two differ in what the table speaks of.
void expect_same(const verdict& got, const verdict& want);

} // namespace squall::conformance
