#include "scenarios/reactions/lengths.hpp"

#include "engine/base/keyed_draw.hpp"
#include "engine/base/time.hpp"
#include "faults/sampling.hpp"

#include <limits>

namespace squall::scenarios {

namespace {

/// faults::lognormal_ns takes medians up to an hour; lengths of faults are longer, so the factor is drawn of a second.
std::int64_t lognormal(const Lognormal& l, std::uint64_t bits) {
  const std::int64_t factor = faults::lognormal_ns(second_ns, l.sigma_milli(), static_cast<std::uint32_t>(bits >> 32));
  const __int128 product = static_cast<__int128>(l.median_ns()) * factor / second_ns;
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  return product > most ? most : static_cast<std::int64_t>(product);
}

} // namespace

std::int64_t draw_between(std::int64_t low, std::int64_t high, std::uint64_t bits) {
  const auto range = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  if (range == std::numeric_limits<std::uint64_t>::max())
    return static_cast<std::int64_t>(bits);
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + below(bits, range + 1));
}

std::int64_t draw_length(const Latency& spread, std::uint64_t bits) {
  switch (spread.kind_case()) {
    case Latency::kConstantNs: return spread.constant_ns();
    case Latency::kUniform: return draw_between(spread.uniform().low_ns(), spread.uniform().high_ns(), bits);
    case Latency::kLognormal: return lognormal(spread.lognormal(), bits);
    case Latency::KIND_NOT_SET: break;
  }
  return 0;
}

} // namespace squall::scenarios
