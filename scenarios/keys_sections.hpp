// The parts of the key table, for keys.cpp alone. keys_model.cpp: who has what data and does what with it; keys_script.cpp: work
// written out; keys_world.cpp: what surrounds them.
#pragma once

#include "scenarios/keys.hpp"

namespace squall::scenarios {

inline constexpr std::int64_t devices_max = 500'000; // ids hold 19 bits of a device

const section& device_section();
const section& collection_section();
const section& workload_section();
const section& network_section();
const section& fault_section();
const section& engine_section(); // fields of Knobs, not of Scenario
const section& clock_section();
const section& step_section();
const section& reaction_section();
const section& rule_section();
const section& spread_section(); // a length of time

} // namespace squall::scenarios
