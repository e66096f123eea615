// Randomness without a generator: a draw is a pure function of (seed, domain, key, index). A key names a cause or a place,
// never "the next one", so that adding or removing one cause changes no other's draws.
//
// Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011), as Random123
// implements it. Integers only: the same on every machine, compiler and optimisation level. Thread safe: no state.
#pragma once

#include "engine/base/check.hpp"

#include <Random123/philox.h>

#include <array>
#include <cstdint>

namespace squall {

/// What a draw is for. Two domains never share a value, whatever the key.
enum class draw_domain : std::uint32_t {
  plan = 1,    ///< the planner's choices
  link = 2,    ///< the network, by place and time
  order = 3,   ///< events of one instant
  crash = 4,   ///< what survives a crash
  disk = 5,    ///< I/O faults and torn sectors
  engine = 6,  ///< jitter, nonces and keys of a replica
  sqlite = 7,  ///< SQLite's own randomness
  service = 8, ///< how long the server takes between yield points
  swarm = 9,   ///< settings that vary by seed
};

/// 128 random bits.
struct draw_block {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

/// The `index`-th block of the stream named (`seed`, `domain`, `key`).
inline draw_block draw(std::uint64_t seed, draw_domain domain, std::uint64_t key, std::uint32_t index = 0) noexcept {
  using philox = r123::Philox4x32;
  const philox::ctr_type counter{{static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32),
                                  static_cast<std::uint32_t>(domain), index}};
  const philox::key_type secret{{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}};
  const philox::ctr_type r = philox{}(counter, secret);
  return {static_cast<std::uint64_t>(r[1]) << 32 | r[0], static_cast<std::uint64_t>(r[3]) << 32 | r[2]};
}

/// A number in [0, bound) from 64 random bits; bias below bound / 2^64. Precondition: bound > 0.
constexpr std::uint64_t below(std::uint64_t bits, std::uint64_t bound) noexcept {
  return static_cast<std::uint64_t>(static_cast<unsigned __int128>(bits) * bound >> 64);
}

/// True with probability `ppm` / 1,000,000.
constexpr bool happens(std::uint64_t bits, std::uint32_t ppm) noexcept { return below(bits, 1'000'000) < ppm; }

/// A stream under one key, for a place that needs many draws in a fixed order (a planner's entry, a torn sector). The
/// stream is the key's own: two streams never influence each other.
class keyed_stream {
public:
  struct name {
    std::uint64_t seed = 0;
    draw_domain domain = draw_domain::plan;
    std::uint64_t key = 0;
  };

  explicit keyed_stream(name n) noexcept : name_(n) {}

  std::uint64_t next() noexcept {
    if (!half_) {
      block_ = draw(name_.seed, name_.domain, name_.key, index_++);
      half_ = true;
      return block_.low;
    }
    half_ = false;
    return block_.high;
  }
  /// A number in [0, bound). Precondition: bound > 0.
  std::uint64_t below(std::uint64_t bound) noexcept { return squall::below(next(), bound); }
  /// True with probability `ppm` / 1,000,000.
  bool happens(std::uint32_t ppm) noexcept { return squall::happens(next(), ppm); }

private:
  name name_;
  draw_block block_{};
  std::uint32_t index_ = 0;
  bool half_ = false;
};

} // namespace squall
