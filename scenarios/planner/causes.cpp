#include "scenarios/planner/causes.hpp"

#include "engine/base/hash.hpp"
#include "engine/base/keyed_draw.hpp"
#include "engine/base/time.hpp"

namespace squall::scenarios {

namespace {

/// Millionths of an event per hour, times ns, over this: a probability.
constexpr unsigned __int128 certain = static_cast<unsigned __int128>(hour_ns) * 1'000'000;
constexpr std::uint64_t probability_one = std::uint64_t{1} << 48;

} // namespace

std::uint32_t name_code(std::string_view name) noexcept {
  return static_cast<std::uint32_t>(content_hash(name) >> (64 - name_bits));
}

slotting slots_for(std::uint64_t rate_uph, std::int64_t span_ns) noexcept {
  std::int64_t length = millisecond_ns;
  const auto events = [&](std::int64_t ns) {
    return static_cast<unsigned __int128>(rate_uph) * static_cast<std::uint64_t>(ns);
  };
  // Powers of two of a millisecond: a small change of the rate leaves most slots where they are.
  while (events(length) * 16 <= certain && length < span_ns)
    length *= 2;
  while (span_ns / length >= (std::int64_t{1} << slot_bits))
    length *= 2;
  const unsigned __int128 threshold =
      events(length) >= certain ? probability_one : events(length) * probability_one / certain;
  return {length, static_cast<std::uint64_t>(threshold)};
}

void events_of(const slotting& slots, const stream_of_events& s, std::vector<event>& out) {
  if (s.from_ns >= s.until_ns)
    return;
  const std::uint64_t first = static_cast<std::uint64_t>(s.from_ns / slots.length_ns);
  const std::uint64_t last = static_cast<std::uint64_t>((s.until_ns - 1) / slots.length_ns);
  for (std::uint64_t slot = first; slot <= last; ++slot) {
    const draw_block bits = draw(s.seed, draw_domain::plan, key_of(s.is, s.id_base + slot));
    if (bits.low >> 16 >= slots.threshold)
      continue;
    const std::int64_t at = static_cast<std::int64_t>(slot) * slots.length_ns +
                            static_cast<std::int64_t>(below(bits.high, static_cast<std::uint64_t>(slots.length_ns)));
    if (at >= s.from_ns && at < s.until_ns)
      out.push_back({slot, at});
  }
}

} // namespace squall::scenarios
