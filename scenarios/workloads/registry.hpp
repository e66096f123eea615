// Workload kinds: what a user does, one kind a file. A kind is pure: it turns one occasion (who, when) into one intention,
// by draws of the occasion's own, so kinds compose in any mix without touching each other.
#pragma once

#include "engine/base/keyed_draw.hpp"
#include "scenarios/planner/record_pool.hpp"
#include "scenarios/scenario.pb.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace squall::scenarios {

/// One time at which one user acts.
struct occasion {
  const Workload& workload; ///< with its defaults filled in
  const DataModel& model;
  const record_pool& records; ///< of the user's team
  std::uint64_t id = 0;       ///< of the intention to be
  std::uint32_t device = 0;
  std::uint32_t team = 0;
  std::uint32_t other_team = 0; ///< that the user holds, too, or else the next one; 0: there is one team only
  std::string_view role;        ///< of the user; empty: none
  std::int64_t due_ns = 0;
  std::string_view label; ///< unique in the plan: what texts are made of
  keyed_stream draws;
};

/// What is wrong with a workload's entry: the key that it is about (empty: the entry) and what.
struct workload_problem {
  std::string key;
  std::string message;
};

struct workload_kind {
  std::string_view name;
  std::string_view about;
  std::vector<std::string_view> keys; ///< of the entry that this kind reads, beside those that every kind has
  std::string_view collection;        ///< the default; empty: the entry must say
  std::string_view field;             ///< the default
  bool creates = false;               ///< its records join the pool
  /// Checks what only this kind knows. The collection exists and names in `fields` and `field` are fields of it.
  std::vector<workload_problem> (*check)(const Workload&, const DataModel&) = nullptr;
  /// Adds acts and guards. False: there is nothing to act upon.
  bool (*fill)(occasion&, Intention&) = nullptr;
};

/// All kinds, in a fixed order.
const std::vector<workload_kind>& workload_kinds();
const workload_kind* find_workload(std::string_view name);
std::vector<std::string_view> workload_names();

} // namespace squall::scenarios
