// The data model that a replica and its server share: collections, fields, and the rule that each follows when writes are
// concurrent. Built once, then read only.
#pragma once

#include "engine/base/ids.hpp"
#include "engine/base/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace squall::merge {

enum class field_type : std::uint8_t { integer, text, reference, counter, set, derived };

/// How concurrent writes of one field are settled under `field_merge`. The names are those of scenario files.
enum class field_rule : std::uint8_t {
  lww_server,
  lww_clock,
  precedence,
  role_precedence,
  max,
  min,
  manual,
  counter,
  add_wins,
  remove_wins,
  derived,
};

enum class derivation_kind : std::uint8_t { sum, hash };

/// Over the live child rows whose `reference` names this row: the sum of the product of their `factors` (integers, counters), or a hash
/// of their `factors` (any but sets and derived fields).
struct derivation {
  derivation_kind kind = derivation_kind::sum;
  collection_number child = 0;
  field_number reference = 0;
  std::vector<field_number> factors; ///< one or two of a sum, at least one of a hash
};

/// What becomes of a reference whose record is removed. `none`: nobody looks.
enum class on_delete : std::uint8_t { none, restrict, cascade, task };

struct state_rule {
  std::string name;
  std::vector<std::string> next; ///< the states that may follow
};

struct field_schema {
  std::string name;
  field_type type = field_type::text;
  field_rule rule = field_rule::lww_server;
  std::vector<std::string> precedence; ///< for `precedence`: highest first; a value not in it ranks below all
  std::vector<std::uint8_t> roles;     ///< for `role_precedence`: highest first; a role not in it ranks below all
  derivation derived;                  ///< for `derived`
  collection_number target = 0;        ///< for `reference`
  squall::merge::on_delete on_delete = squall::merge::on_delete::none; ///< for `reference`
  std::optional<std::int64_t> at_least, at_most;                       ///< for `integer` and `counter`
  std::vector<state_rule> states;                                      ///< for `text`; empty: any
};

/// What becomes of a delete and a concurrent update under `crdt`.
enum class delete_rule : std::uint8_t { add_wins, remove_wins };

struct collection_schema {
  std::string name;
  std::string policy; ///< name in the policy registry: "lww_server", "lww_clock", "field_merge", "manual", "crdt"
  std::vector<field_schema> fields;
  delete_rule deletes = delete_rule::add_wins;   ///< for `crdt`
  std::vector<std::vector<field_number>> unique; ///< keys, each of one or more fields
  bool wide = false;                             ///< its records are created in the scope that everybody holds
  std::vector<std::uint8_t> writers;             ///< roles that may write there; empty: all
  bool offline = false; ///< may be changed out of contact where the server's flag says `limited`
};

struct schema {
  std::uint32_t version = 1;
  std::uint32_t policy_version = 1;
  std::vector<collection_schema> collections;
  scope_id wide_scope{}; ///< of the records of wide collections; 0: there are none
};

} // namespace squall::merge
