// Causes, named. Every event of a run has a lineage: a hash of its parent's lineage, of what it is, of what it is for, and of
// its ordinal among its siblings of the same kind and target. The roots are ids of the plan. What is not caused by a removed
// entry keeps its lineage when a plan is cut, and with it every draw that is keyed by it.
#pragma once

#include "engine/base/hash.hpp"
#include "engine/base/time.hpp"

#include <cstdint>

namespace squall::actors {

using lineage = std::uint64_t;

enum class cause_kind : std::uint32_t {
  intention = 1, ///< root: plan id
  fault = 2,     ///< root: plan id
  start = 3,     ///< root: participant and the ordinal of its start
  timer = 4,
  message = 5,
  copy = 6, ///< a further delivery of one message
  resume = 7,
  look_again = 8,
  host = 9, ///< root: the host's own schedule
};

struct child {
  cause_kind kind{};
  std::uint32_t target = 0;
  std::uint32_t ordinal = 0; ///< among the parent's children of this kind and target
};

constexpr lineage root_lineage(cause_kind kind, std::uint64_t id, std::uint64_t part = 0) noexcept {
  return mix(mix(static_cast<std::uint64_t>(kind), id), part);
}

constexpr lineage child_lineage(lineage parent, child c) noexcept {
  return mix(mix(parent, static_cast<std::uint64_t>(c.kind) << 32 | c.target), c.ordinal);
}

/// Where an event stands among those of its instant.
struct order_place {
  std::uint64_t seed = 0;
  time_ns at = 0;
  std::uint32_t receiver = 0;
  lineage cause = 0;
};
constexpr std::uint64_t order_key(const order_place& p) noexcept {
  return mix(mix(p.seed, static_cast<std::uint64_t>(p.at)), mix(p.receiver, p.cause));
}

} // namespace squall::actors
