// What kernel events mean to the nodes of a simulation, and which of an event's words hold what.
#pragma once

#include "actors/kernel/event.hpp"
#include "actors/lineage.hpp"

#include <cstdint>

namespace squall::actors {

enum class event_kind : std::uint32_t {
  message = 1,       ///< a: sender, b: message, c: this delivery's lineage, d: class, e: exchange; bytes
  timer = 2,         ///< a: timer id, b: generation, c: lineage, e: exchange that it waits for, f: delay asked for
  resume = 3,        ///< a: job, c: lineage, d: class of the request, e: exchange, f: who asked
  awake = 4,         ///< the disk is done
  intention = 5,     ///< a: index in the plan, b: looks already taken, c: lineage
  connectivity = 6,  ///< a: online, c: lineage
  availability = 7,  ///< a: serving, b: retry after (ns), d: refuse refresh, c: lineage
  boot = 8,          ///< a: fault id, c: lineage
  fault_begin = 9,   ///< a: index in the plan
  fault_end = 10,    ///< a: index in the plan
  crash_due = 11,    ///< a: index in the plan, b: target
  ruling = 12,       ///< a: io::offline_rule, c: lineage
  revocation = 20,   ///< a: device, b: revoked, c: lineage
  key_rotation = 21, ///< c: lineage
  backup = 22,       ///< a: its number, from 1, c: lineage
  grant_change = 13, ///< a: user, b: scope, d: role, e: withdrawn, c: lineage
};

inline lineage& lineage_of(kernel_event& event) noexcept { return event.c; }
inline event_kind kind_of(const kernel_event& event) noexcept { return static_cast<event_kind>(event.kind); }

} // namespace squall::actors
