// The data model that a replica and its server share: collections, fields, and the rule that each follows when writes are
// concurrent. Built once, then read only.
#pragma once

#include "engine/base/ids.hpp"
#include "engine/base/value.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace squall::merge {

enum class field_type : std::uint8_t { integer, text, reference, counter, set, derived };

/// How concurrent writes of one field are settled under `field_merge`. The names are those of scenario files.
enum class field_rule : std::uint8_t { lww_server, precedence, counter, derived };

/// sum over the child rows whose `reference` names this row of the product of their `factors` (integers, counters).
struct derivation {
  collection_number child = 0;
  field_number reference = 0;
  std::vector<field_number> factors; ///< one or two
};

struct field_schema {
  std::string name;
  field_type type = field_type::text;
  field_rule rule = field_rule::lww_server;
  std::vector<std::string> precedence; ///< for `precedence`: highest first; a value not in it ranks below all
  derivation derived;                  ///< for `derived`
  collection_number target = 0;        ///< for `reference`
};

struct collection_schema {
  std::string name;
  std::string policy; ///< name in the policy registry: "lww_server", "field_merge"
  std::vector<field_schema> fields;
};

struct schema {
  std::uint32_t version = 1;
  std::uint32_t policy_version = 1;
  std::vector<collection_schema> collections;
};

} // namespace squall::merge
