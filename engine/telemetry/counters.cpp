#include "engine/telemetry/counters.hpp"

namespace squall::telemetry {

namespace {

constexpr std::array<probe_info, probe_count + 1> probe_infos{{
#define SQUALL_PROBE(name, meaning) {#name, meaning},
#include "engine/telemetry/probes.def"
#undef SQUALL_PROBE
    {},
}};

constexpr std::array<sabotage_info, sabotage_count + 1> sabotage_infos{{
#define SQUALL_SABOTAGE(name, bug, invariant, meaning) {#name, bug, invariant, meaning},
#include "engine/telemetry/sabotage.def"
#undef SQUALL_SABOTAGE
    {},
}};

} // namespace

const probe_info& info(probe p) noexcept { return probe_infos[static_cast<std::size_t>(p)]; }
const sabotage_info& info(sabotage s) noexcept { return sabotage_infos[static_cast<std::size_t>(s)]; }

std::optional<sabotage> find_sabotage(std::string_view name) noexcept {
  for (std::size_t i = 0; i < sabotage_count; ++i)
    if (sabotage_infos[i].name == name)
      return static_cast<sabotage>(i);
  return std::nullopt;
}

} // namespace squall::telemetry
