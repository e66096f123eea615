// Causes and their ids. An id is made of what causes it, so it survives the removal of everything else:
//
//   intention      device (19 bits) . workload's name hashed (16) . slot (19)
//   fault      1 . rule's name hashed (16) . device (19) . slot (19)
//
// so a symbolic record, (intention << 8) | index, fits in 64 bits, too. A rate becomes at most one event in each slot of
// time, with the probability that gives the rate; a slot's draw is keyed by the id that the event would have.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace squall::scenarios {

inline constexpr std::uint32_t slot_bits = 19;
inline constexpr std::uint32_t device_bits = 19;
inline constexpr std::uint32_t name_bits = 16;

/// What a draw of the planner is for; a key is (purpose << 56) | what.
enum class purpose : std::uint64_t {
  slot = 1,       ///< does a user act in this slot, and when in it
  content = 2,    ///< what the user does
  fault_slot = 3, ///< does a fault happen in this slot, and when in it
  share = 4,      ///< is this device hit
  length = 5,     ///< how long a fault lasts, and its parameters
  chance = 6,     ///< does this seed have this rule
  knob = 7,       ///< a setting
  clock = 8,      ///< a device's offset and drift
  reaction = 9,   ///< what a user who is shown something does about it
  role = 10,      ///< a device's role
  span = 11,      ///< does its user hold another team
};

constexpr std::uint64_t key_of(purpose p, std::uint64_t what) noexcept {
  return static_cast<std::uint64_t>(p) << 56 | (what & ((std::uint64_t{1} << 56) - 1));
}

/// 16 bits of a name. Two names of workloads, or of fault rules, must differ in them; the loader sees to it.
std::uint32_t name_code(std::string_view name) noexcept;

constexpr std::uint64_t intention_id(std::uint32_t device, std::uint32_t code, std::uint64_t slot) noexcept {
  return std::uint64_t{device} << (name_bits + slot_bits) | std::uint64_t{code} << slot_bits | slot;
}
constexpr std::uint64_t fault_id(std::uint32_t code, std::uint32_t device, std::uint64_t slot) noexcept {
  return std::uint64_t{1} << (name_bits + device_bits + slot_bits) | std::uint64_t{code} << (device_bits + slot_bits) |
         std::uint64_t{device} << slot_bits | slot;
}

/// Time cut into slots for a rate: short enough that two events in one are unlikely to be missed (at most one event in eight
/// slots), but no more than 2^19 of them.
struct slotting {
  std::int64_t length_ns = 0;
  std::uint64_t threshold = 0; ///< of 2^48: the probability of an event in a slot
};
/// Precondition: rate > 0; `span_ns` > 0. Rates above one event a slot of the shortest length are cut there.
slotting slots_for(std::uint64_t rate_uph, std::int64_t span_ns) noexcept;

struct event {
  std::uint64_t slot = 0;
  std::int64_t at_ns = 0;
};

/// The events of one cause in [from, until). `id_base` is the id of slot 0.
struct stream_of_events {
  std::uint64_t seed = 0;
  purpose is = purpose::slot;
  std::uint64_t id_base = 0;
  std::int64_t from_ns = 0;
  std::int64_t until_ns = 0;
};
void events_of(const slotting& slots, const stream_of_events& s, std::vector<event>& out);

} // namespace squall::scenarios
