// What a well-formed scenario must still make sense of: names that refer, sizes that fit, keys that belong to their kind.
#pragma once

#include "scenarios/data_model.hpp"
#include "scenarios/loader.hpp"

#include <vector>

namespace squall::scenarios {

/// Fills in what the file may leave out. The planner relies on it.
void fill_defaults(Scenario& scenario);

/// Expects the defaults filled in. `given` says which keys the file has, by path ("workload.0.fields").
struct given_keys {
  virtual ~given_keys() = default;
  virtual bool has(const std::string& path) const = 0;
};
std::vector<path_problem> check_scenario(const Scenario& scenario, const given_keys& given,
                                         const load_options& options);

/// Number of teams.
std::uint32_t team_count(const DeviceGroup& devices);
/// 1..team_count.
std::uint32_t team_of(const DeviceGroup& devices, std::uint32_t device);

} // namespace squall::scenarios
