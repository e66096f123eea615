// The key table: every key of a scenario file, declared once. The loader reads by it, the JSON Schema is made from it, and
// messages name the nearest key of it, so the three cannot drift apart. A test keeps it equal to scenario.proto: each field
// there is a key here or is listed as filled in by the loader.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace squall::scenarios {

/// How a key's value is written.
enum class form : std::uint8_t {
  name,       ///< letters, digits, `-` and `_`, beginning with a letter
  text,       ///< any one line
  integer,    ///< 12
  duration,   ///< 80ms
  share,      ///< 30%
  rate,       ///< 6/h
  drift,      ///< 20ppm
  milli,      ///< 0.5
  bytes,      ///< 64KiB
  choice,     ///< one of `names()`
  section,    ///< a map of `inner`'s keys
  sections,   ///< a list of such maps
  named,      ///< a map from names to such maps
  integers,   ///< a list of integers
  texts,      ///< a list of texts
  range,      ///< [low, high], both of the form `element`; where that is integer, also one number
  amounts,    ///< a map from names to integers
  values,     ///< a map from names to texts or numbers, as written
  thresholds, ///< a map from names to ">= 10"
  choices,    ///< a map of `inner`'s keys, each with a value, {any_of: [...]} or {uniform: [low, high]}
  flag,       ///< true or false
  shares,     ///< a map from names to shares
  keys,       ///< a list of names, or of lists of names that belong together
  graph,      ///< a map from names to lists of names
  variants,   ///< a map from names to changes of this file
};

struct section;

struct key {
  std::string_view name;
  std::string_view field; ///< in the section's message
  form is = form::text;
  std::string_view about;
  bool required = false;
  std::int64_t low = 0; ///< of numbers, in the field's unit
  std::int64_t high = std::numeric_limits<std::int64_t>::max();
  const section* inner = nullptr;
  form element = form::integer;                       ///< of a range
  std::vector<std::string_view> (*names)() = nullptr; ///< of a choice; of amounts and thresholds, where they are known
  /// Why a name that people know is not one of `names()` here; empty if there is nothing to say.
  std::string (*explain)(std::string_view) = nullptr;
};

struct section {
  std::string_view what; ///< as messages call it
  std::vector<key> keys;
  std::string_view scalar_key;   ///< the key that a plain value stands for; empty: none
  bool exactly_one = false;      ///< of its keys
  bool fault_parameters = false; ///< takes the parameters of the fault that it names, too
};

/// The whole file.
const section& scenario_section();

/// Message fields that are filled in otherwise than from a key of the same section: "Workload.name" and the like.
const std::vector<std::string_view>& fields_without_key();

/// The key's name, or null.
const key* find_key(const section& in, std::string_view name);
std::vector<std::string_view> key_names(const section& in);

/// The fault's parameters as keys; nothing if there is no such fault. One whose name every fault rule has a key of already
/// gets the fault's name in front: `loss_rate`.
std::vector<key> fault_parameter_keys(std::string_view fault);
std::vector<std::string_view> fault_names();

} // namespace squall::scenarios
