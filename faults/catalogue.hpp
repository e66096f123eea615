// The catalogue: every fault that Squall can inject, declared once. Loaders validate by it, the simulation injects by it, the
// history names faults by its numbers, and docs/faults.md is generated from it. Immutable; no state; deterministic.
#pragma once

#include "engine/base/result.hpp"
#include "engine/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace squall::faults {

/// A fault's number in the history. Stable for ever: numbers are never reused. From 64 up: what the network's own noise did,
/// which no plan entry names.
enum class fault_number : std::uint8_t {
  none = 0,
  offline = 1,
  partition = 2,
  latency = 3,
  loss = 4,
  duplication = 5,
  reordering = 6,
  corruption = 7,
  drop_message = 8,
  clock_offset = 9,
  clock_drift = 10,
  clock_step = 11,
  crash = 12,
  restart = 13,
  slow_disk = 14,
  token_expiry = 15,
  refused_refresh = 16,
  server_unavailable = 17,
  server_crash = 18,
  server_restart = 19,
  delay_message = 20,
  duplicate_message = 21,
  corrupt_message = 22,
  offline_flag = 33,
  grant_withdrawn = 34,
  grant_given = 35,
  role_changed = 36,
  device_revoked = 43,
  refresh_reused = 44,
  issuer_key_rotation = 45,
  server_restore = 46,
  noise_loss = 64,
  noise_duplicate = 65,
  noise_corrupt = 66,
  noise_reorder = 67,
};

/// What a fault is done to. `link`: the links of the named devices, to the server and to the issuer alike.
enum class target_kind : std::uint8_t { device, server, issuer, link, message };

/// How long a fault lasts: `momentary` ignores a duration, `lasting` needs one, `either` takes both meanings.
enum class extent : std::uint8_t { momentary, lasting, either };

enum class parameter_unit : std::uint8_t { ns, ppm, ppb, count, bytes };

struct parameter_info {
  const char* name = "";
  parameter_unit unit = parameter_unit::count;
  std::int64_t low = 0;      ///< inclusive
  std::int64_t high = 0;     ///< inclusive
  std::int64_t fallback = 0; ///< the value where a plan gives none; within [low, high]
  const char* meaning = "";
};

struct fault_info {
  fault_number number = fault_number::none;
  const char* name = "";
  const char* meaning = ""; ///< one sentence
  target_kind target = target_kind::device;
  extent lasts = extent::momentary;
  bool planned = true; ///< false: noise, in the history only; a plan may not name it
  std::vector<parameter_info> parameters;
  const char* may_destroy = "";            ///< what is legitimately gone afterwards
  std::vector<std::string_view> must_keep; ///< invariants that it must not break, beyond the duration of the fault
  const char* effect = "";                 ///< what a history's `fault_effect` entry counts in its `value`
};

const char* to_string(target_kind kind) noexcept;
const char* to_string(extent lasts) noexcept;
const char* to_string(parameter_unit unit) noexcept;

/// All faults, ascending by number.
const std::vector<fault_info>& catalogue();

/// Null if there is no such fault.
const fault_info* find_fault(std::string_view name) noexcept;
const fault_info* find_fault(fault_number number) noexcept;
/// Null if the fault has no such parameter.
const parameter_info* find_parameter(const fault_info& fault, std::string_view name) noexcept;

/// The name of the fault that `name` begins, or else the closest by edit distance, for messages ("did you mean ..."); the
/// first of equals.
const char* nearest_fault(std::string_view name);
/// The same among a fault's parameters; empty if it has none.
const char* nearest_parameter(const fault_info& fault, std::string_view name);

/// A planned fault's parameters, complete: what the plan gave, else the fallback.
class fault_values {
public:
  /// Errors: `invalid_argument` (not planned, unknown parameter, given twice, out of range; a duration where none is allowed
  /// or none where one is needed). The message names the nearest right thing.
  static result<fault_values> resolve(const fault_info& fault, duration_ns duration,
                                      const std::vector<std::pair<std::string, std::int64_t>>& given);

  /// Precondition: the fault has this parameter.
  std::int64_t get(std::string_view parameter) const;
  const fault_info& fault() const noexcept { return *fault_; }

private:
  const fault_info* fault_ = nullptr;
  std::vector<std::int64_t> values_; ///< in the order of fault_->parameters
};

/// docs/faults.md, whole. Same catalogue -> same bytes.
std::string catalogue_markdown();

} // namespace squall::faults
