// Scenario x seed -> Plan. Pure: integers and keyed draws only, so the same on every machine.
//
// Ids name causes: a workload's or a fault rule's name, a device and a time slot make an id, and the id is the key of its
// draws. Without one workload, rule or device all that is left keeps its ids, times, targets and values; only what was about
// a record that nobody creates any more looks elsewhere.
#pragma once

#include "scenarios/scenario.pb.h"

#include <cstdint>

namespace squall::scenarios {

/// Precondition: `scenario` comes from the loader (or would pass it).
Plan plan(const Scenario& scenario, std::uint64_t seed);

} // namespace squall::scenarios
