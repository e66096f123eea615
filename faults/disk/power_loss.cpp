#include "faults/disk/power_loss.hpp"

#include "engine/base/hash.hpp"
#include "engine/base/keyed_draw.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace squall::faults {
namespace {

using sector_buffer = std::array<std::byte, sector_bytes>;

// Numbers that no sector has.
constexpr std::uint64_t length_place = ~std::uint64_t{0};
constexpr std::uint64_t entry_place = ~std::uint64_t{1};
constexpr std::uint32_t whole_disk = ~std::uint32_t{0};

constexpr std::size_t sectors_per_chunk = chunk_bytes / sector_bytes;

/// One sector in both versions, and how many bytes of it the volatile image has.
struct sector_pair {
  sector_buffer before{};
  sector_buffer now{};
  std::size_t now_bytes = 0;
  bool existed = false; ///< some byte of it is in the durable image
  /// What the durable image does not have counts as zeros.
  bool differs() const { return now_bytes > 0 && before != now; }
};

sector_pair load(const disk_file& file, const disk_file::changed_chunk& c, std::uint64_t number) {
  const chunk_pool& pool = file.pool();
  const std::size_t within = number % sectors_per_chunk * sector_bytes;
  const std::int64_t start = static_cast<std::int64_t>(number * sector_bytes);
  sector_pair s;
  if (c.before != no_chunk)
    std::memcpy(s.before.data(), pool.data(c.before) + within, sector_bytes);
  if (c.now != no_chunk)
    std::memcpy(s.now.data(), pool.data(c.now) + within, sector_bytes);
  s.existed = start < file.durable_length();
  s.now_bytes = static_cast<std::size_t>(
      std::clamp<std::int64_t>(file.length() - start, 0, static_cast<std::int64_t>(sector_bytes)));
  // A shrink is atomic: where the old length survives, what was cut off is there as it was.
  std::copy(s.before.begin() + static_cast<std::ptrdiff_t>(s.now_bytes), s.before.end(),
            s.now.begin() + static_cast<std::ptrdiff_t>(s.now_bytes));
  return s;
}

/// The surviving bytes of one sector; returns whether it is torn.
bool survive(const sector_pair& s, crash_temper temper, const crash_draws& draws, std::uint32_t file,
             std::uint64_t number, sector_buffer& out) {
  if (temper == crash_temper::keeps_everything) {
    out = s.now;
    return false;
  }
  out = s.before;
  if (temper == crash_temper::keeps_nothing || (s.existed && s.before == s.now))
    return false;
  const crash_draws::sector_draw d = draws.sector(file, number);
  if (!s.existed && d.garbage)
    draws.noise(file, number, out.data());
  if (d.fate == crash_draws::sector_fate::now)
    out = s.now;
  if (d.fate != crash_draws::sector_fate::torn)
    return false;
  const std::size_t from = d.head_is_now ? 0 : d.cut;
  const std::size_t to = d.head_is_now ? d.cut : sector_bytes;
  std::memcpy(out.data() + from, s.now.data() + from, to - from);
  return true;
}

} // namespace

std::uint64_t crash_draws::place(std::uint32_t file, std::uint64_t number) const noexcept {
  return mix(mix(key_, file), number);
}

crash_temper crash_draws::temper() const noexcept {
  switch (below(draw(seed_, draw_domain::crash, place(whole_disk, 0)).low, 5)) {
    case 0: return crash_temper::keeps_nothing;
    case 1: return crash_temper::keeps_everything;
    default: return crash_temper::mixed;
  }
}

bool crash_draws::keeps_entry(std::uint32_t file) const noexcept {
  return draw(seed_, draw_domain::crash, place(file, entry_place)).low & 1;
}

std::int64_t crash_draws::length(std::uint32_t file, std::int64_t before, std::int64_t now) const noexcept {
  if (before == now)
    return now;
  const draw_block d = draw(seed_, draw_domain::crash, place(file, length_place));
  // Losing half of a shrink is nothing that file systems do or SQLite defends against.
  if (now < before)
    return d.low & 1 ? now : before;
  switch (below(d.low, 3)) {
    case 0: return before;
    case 1: return now;
    default: {
      const std::uint64_t sectors = static_cast<std::uint64_t>(now - before) / sector_bytes + 1;
      const std::int64_t grown = before + static_cast<std::int64_t>(below(d.high, sectors) * sector_bytes);
      return std::min(grown, now);
    }
  }
}

crash_draws::sector_draw crash_draws::sector(std::uint32_t file, std::uint64_t number) const noexcept {
  const draw_block d = draw(seed_, draw_domain::crash, place(file, number));
  const std::uint64_t percent = below(d.low, 100);
  sector_draw s;
  s.fate = percent < 42 ? sector_fate::before : percent < 84 ? sector_fate::now : sector_fate::torn;
  s.cut = 1 + static_cast<std::uint32_t>(below(d.high << 2, sector_bytes - 1));
  s.head_is_now = d.high >> 63;
  s.garbage = d.high >> 62 & 1;
  return s;
}

void crash_draws::noise(std::uint32_t file, std::uint64_t number, std::byte* to) const noexcept {
  for (std::uint32_t i = 0; i < sector_bytes / 16; ++i) {
    // Block 0 is the sector's fate.
    const draw_block d = draw(seed_, draw_domain::crash, place(file, number), i + 1);
    for (std::uint32_t b = 0; b < 16; ++b)
      to[i * 16 + b] = static_cast<std::byte>((b < 8 ? d.low : d.high) >> (b % 8 * 8));
  }
}

power_loss_report lose_power(disk_file& file, std::uint32_t file_number, crash_temper temper,
                             const crash_draws& draws) {
  const std::int64_t before = file.durable_length();
  const std::int64_t now = file.length();
  const std::int64_t length = temper == crash_temper::keeps_nothing      ? before
                              : temper == crash_temper::keeps_everything ? now
                                                                         : draws.length(file_number, before, now);
  power_loss_report report;
  std::vector<disk_file::survivor> surviving;
  for (const disk_file::changed_chunk& c : file.changes()) {
    std::array<std::byte, chunk_bytes> merged{};
    for (std::size_t i = 0; i < sectors_per_chunk; ++i) {
      const std::uint64_t number = c.index * sectors_per_chunk + i;
      const std::int64_t start = static_cast<std::int64_t>(number * sector_bytes);
      const sector_pair pair = load(file, c, number);
      sector_buffer out;
      const bool torn = survive(pair, temper, draws, file_number, number, out);
      const std::size_t kept = static_cast<std::size_t>(
          std::clamp<std::int64_t>(length - start, 0, static_cast<std::int64_t>(sector_bytes)));
      std::memcpy(merged.data() + i * sector_bytes, out.data(), kept);
      if (!pair.differs())
        continue;
      const bool whole = kept >= pair.now_bytes && std::memcmp(out.data(), pair.now.data(), pair.now_bytes) == 0;
      report.unsynced_bytes += pair.now_bytes;
      report.lost_bytes += whole ? 0 : pair.now_bytes;
      report.torn_sectors += torn && kept > 0 ? 1 : 0;
    }
    if (static_cast<std::int64_t>(c.index * chunk_bytes) >= length)
      continue;
    const chunk_id id = file.pool().take();
    std::memcpy(file.pool().data(id), merged.data(), chunk_bytes);
    surviving.push_back({c.index, id});
  }
  file.become(length, surviving);
  return report;
}

std::uint64_t unsynced_bytes(const disk_file& file) {
  std::uint64_t bytes = 0;
  for (const disk_file::changed_chunk& c : file.changes())
    for (std::size_t i = 0; i < sectors_per_chunk; ++i) {
      const sector_pair pair = load(file, c, c.index * sectors_per_chunk + i);
      bytes += pair.differs() ? pair.now_bytes : 0;
    }
  return bytes;
}

} // namespace squall::faults
