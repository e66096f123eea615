// What power loss leaves of a file. See faults/disk/disk.hpp for the model.
#pragma once

#include "faults/disk/disk_file.hpp"

#include <cstdint>

namespace squall::faults {

/// How a crash treats what was not synced, as a whole: one in five keeps nothing, one in five keeps everything, and the rest
/// decide for each sector, length and directory entry.
enum class crash_temper : std::uint8_t { keeps_nothing, keeps_everything, mixed };

/// The draws of one crash, by place. Stateless.
class crash_draws {
public:
  crash_draws(std::uint64_t seed, std::uint64_t crash_key) noexcept : seed_(seed), key_(crash_key) {}

  crash_temper temper() const noexcept;
  /// Under a mixed temper: does the change of the file's directory entry survive?
  bool keeps_entry(std::uint32_t file) const noexcept;
  /// The length that survives, of `before` (durable) and `now`.
  std::int64_t length(std::uint32_t file, std::int64_t before, std::int64_t now) const noexcept;

  enum class sector_fate : std::uint8_t { before, now, torn };
  struct sector_draw {
    sector_fate fate = sector_fate::before;
    std::uint32_t cut = 0;   ///< torn: where, in [1, sector)
    bool head_is_now = true; ///< torn: the part before the cut is the new one
    bool garbage = false;    ///< where there are no bytes of before: noise instead of zeros
  };
  sector_draw sector(std::uint32_t file, std::uint64_t number) const noexcept;
  /// Fills a sector with the noise that a never-written place holds.
  void noise(std::uint32_t file, std::uint64_t number, std::byte* to) const noexcept;

private:
  std::uint64_t place(std::uint32_t file, std::uint64_t number) const noexcept;

  std::uint64_t seed_;
  std::uint64_t key_;
};

struct power_loss_report {
  std::uint64_t unsynced_bytes = 0;
  std::uint64_t lost_bytes = 0;
  std::uint32_t torn_sectors = 0;
};

/// Turns `file` into what survives; it is all durable afterwards.
power_loss_report lose_power(disk_file& file, std::uint32_t file_number, crash_temper temper, const crash_draws& draws);

/// Bytes of the volatile image in sectors that differ from the durable one.
std::uint64_t unsynced_bytes(const disk_file& file);

} // namespace squall::faults
