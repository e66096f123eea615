// Counters of one replica: code probes (probes.def) and sabotage points (sabotage.def). Plain members of the replica, no
// global: two replicas in one process never share one. Not thread safe.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace squall::telemetry {

enum class probe : std::uint16_t {
#define SQUALL_PROBE(name, meaning) name,
#include "engine/telemetry/probes.def"
#undef SQUALL_PROBE
  count_
};

enum class sabotage : std::uint16_t {
#define SQUALL_SABOTAGE(name, bug, invariant, meaning) name,
#include "engine/telemetry/sabotage.def"
#undef SQUALL_SABOTAGE
  count_
};

inline constexpr std::size_t probe_count = static_cast<std::size_t>(probe::count_);
inline constexpr std::size_t sabotage_count = static_cast<std::size_t>(sabotage::count_);

struct probe_info {
  std::string_view name, meaning;
};
struct sabotage_info {
  std::string_view name;
  int bug = 0; ///< number in docs/sabotage.md
  std::string_view invariant, meaning;
};

const probe_info& info(probe p) noexcept;
const sabotage_info& info(sabotage s) noexcept;
std::optional<sabotage> find_sabotage(std::string_view name) noexcept;

/// The bugs switched on in one replica; fixed for its life.
using sabotage_set = std::bitset<(sabotage_count == 0 ? 1 : sabotage_count)>;

class counters {
public:
  counters() = default;
  explicit counters(sabotage_set active) : active_(active) {}

  void hit(probe p) noexcept { ++probes_[static_cast<std::size_t>(p)]; }

  /// True if the bug is switched on; counts the hit. Compiled to `false` where SQUALL_NO_SABOTAGE is defined.
  bool sabotaged(sabotage s) noexcept {
#ifdef SQUALL_NO_SABOTAGE
    (void)s;
    return false;
#else
    if (!active_[static_cast<std::size_t>(s)])
      return false;
    ++sabotages_[static_cast<std::size_t>(s)];
    return true;
#endif
  }

  std::uint64_t hits(probe p) const noexcept { return probes_[static_cast<std::size_t>(p)]; }
  std::uint64_t hits(sabotage s) const noexcept { return sabotages_[static_cast<std::size_t>(s)]; }

private:
  sabotage_set active_;
  std::array<std::uint32_t, probe_count + 1> probes_{};
  std::array<std::uint32_t, sabotage_count + 1> sabotages_{};
};

} // namespace squall::telemetry
