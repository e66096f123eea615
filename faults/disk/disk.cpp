#include "faults/disk/disk.hpp"

#include "engine/base/hash.hpp"
#include "faults/disk/power_loss.hpp"

#include <utility>

namespace squall::faults {

disk::disk(chunk_pool& pool, disk_options o) : pool_(pool), options_(o) {}

std::unique_ptr<disk> disk::clone() const {
  auto copy = std::make_unique<disk>(pool_, options_);
  copy->show(*this);
  return copy;
}

void disk::show(const disk& image) {
  options_ = image.options_;
  counters_ = {};
  cost_ = 0;
  frozen_ = false;
  disarm_crash();
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const directory_entry& from = image.entries_[i];
    directory_entry& to = entries_[i];
    const bool stays = to.live && open_handles_ > 0 && i == static_cast<std::size_t>(file_kind::database);
    if (!stays)
      to.live = from.live ? from.live->clone() : nullptr;
    else if (from.live)
      to.live->show(*from.live);
    else
      to.live->show(disk_file(pool_));
    if (from.durable == from.live)
      to.durable = from.live ? to.live : nullptr;
    else
      to.durable = from.durable ? from.durable->clone() : nullptr;
  }
}

// -- the host's side ---------------------------------------------------------------------------------------------------

void disk::kill_handles() {
  ++epoch_;
  for (directory_entry& e : entries_)
    for (disk_file* f : {e.live.get(), e.durable.get()})
      if (f != nullptr) {
        f->locks = {};
        f->wal_index.reset();
      }
}

void disk::thaw() {
  kill_handles();
  frozen_ = false;
  disarm_crash();
}

void disk::arm_crash(std::uint64_t k, crash_moment moment) {
  CHECK(k >= 1);
  crash_in_ = k;
  crash_moment_ = moment;
}

crash_report disk::crash(const crash_name& name) {
  const crash_draws draws(name.seed, name.key);
  const crash_temper temper = draws.temper();
  crash_report report;
  for (std::uint32_t i = 0; i < file_kind_count; ++i) {
    directory_entry& e = entries_[i];
    const std::uint64_t unsynced_before = e.live ? faults::unsynced_bytes(*e.live) : 0;
    if (e.live != e.durable) {
      const bool keeps =
          temper == crash_temper::keeps_everything || (temper == crash_temper::mixed && draws.keeps_entry(i));
      if (!keeps) {
        report.unsynced_bytes += unsynced_before;
        report.lost_bytes += unsynced_before;
        e.live = e.durable;
      }
      e.durable = e.live;
      if (!keeps && e.live) {
        // What the entry led to before it was replaced or removed; nothing of that is the present process's loss.
        lose_power(*e.live, i, temper, draws);
        continue;
      }
    }
    if (!e.live)
      continue;
    const power_loss_report lost = lose_power(*e.live, i, temper, draws);
    report.unsynced_bytes += lost.unsynced_bytes;
    report.lost_bytes += lost.lost_bytes;
    report.torn_sectors += lost.torn_sectors;
  }
  thaw();
  return report;
}

void disk::sync_all() {
  for (directory_entry& e : entries_)
    if (e.live)
      e.live->sync();
  sync_directory();
}

duration_ns disk::take_cost() noexcept { return std::exchange(cost_, 0); }

std::uint64_t disk::unsynced_bytes() const {
  std::uint64_t bytes = 0;
  for (const directory_entry& e : entries_)
    bytes += e.live ? faults::unsynced_bytes(*e.live) : 0;
  return bytes;
}

std::int64_t disk::length(file_kind kind) const { return at(kind).live ? at(kind).live->length() : -1; }

std::uint64_t disk::content_hash() const {
  std::uint64_t hash = 0;
  for (int i = 0; i < file_kind_count; ++i) {
    const auto kind = static_cast<file_kind>(i);
    hash = mix(hash, static_cast<std::uint64_t>(length(kind)));
    if (!at(kind).live)
      continue;
    const disk_file& file = *at(kind).live;
    for (std::size_t c = 0; c < file.chunk_count(); ++c)
      hash = squall::content_hash({reinterpret_cast<const char*>(pool_.data(file.chunk(c))), chunk_bytes}, hash);
  }
  return hash;
}

// -- the VFS's side ----------------------------------------------------------------------------------------------------

disk::gate disk::admit(std::uint64_t& counter) noexcept {
  if (frozen_)
    return gate::fail;
  ++counter;
  if (crash_in_ == 0 || --crash_in_ != 0)
    return gate::proceed;
  frozen_ = true;
  switch (crash_moment_) {
    case crash_moment::before: return gate::fail;
    case crash_moment::during: return gate::fail_in_flight;
    case crash_moment::after: break;
  }
  return gate::fail_when_done;
}

void disk::sync_directory() {
  for (directory_entry& e : entries_)
    e.durable = e.live;
}

std::shared_ptr<disk_file> disk::open(file_kind kind, bool create) {
  if (frozen_)
    return nullptr;
  directory_entry& e = at(kind);
  if (e.live || !create)
    return e.live;
  const gate g = admit(counters_.creates);
  if (g == gate::fail)
    return nullptr;
  e.live = std::make_shared<disk_file>(pool_);
  return g == gate::proceed ? e.live : nullptr;
}

bool disk::read(const disk_file& file, std::byte* to, std::size_t count, std::int64_t offset, std::size_t& got) {
  if (frozen_)
    return false;
  ++counters_.reads;
  got = file.read(to, count, offset);
  return true;
}

bool disk::write(disk_file& file, const std::byte* from, std::size_t count, std::int64_t offset) {
  const gate g = admit(counters_.writes);
  if (g == gate::fail)
    return false;
  cost_ += options_.cost.write_ns;
  counters_.bytes_written += count;
  file.write(from, count, offset);
  return g == gate::proceed;
}

bool disk::truncate(disk_file& file, std::int64_t length) {
  const gate g = admit(counters_.truncates);
  if (g == gate::fail)
    return false;
  cost_ += options_.cost.write_ns;
  file.truncate(length);
  return g == gate::proceed;
}

bool disk::sync(disk_file& file, file_kind kind) {
  const gate g = admit(counters_.syncs);
  if (g == gate::fail || g == gate::fail_in_flight)
    return false;
  cost_ += options_.cost.sync_ns;
  if (!options_.lying_sync) {
    file.sync();
    const directory_entry& e = at(kind);
    if (kind != file_kind::database && e.live.get() == &file && e.durable != e.live)
      sync_directory();
  }
  return g == gate::proceed;
}

bool disk::remove(file_kind kind, bool sync_the_directory) {
  const gate g = admit(counters_.deletes);
  if (g == gate::fail)
    return false;
  directory_entry& e = at(kind);
  e.live = nullptr;
  // In flight, not even a durable unlink has reached the platter for certain.
  if (g == gate::fail_in_flight)
    return false;
  if (options_.durable_unlink && !options_.lying_sync)
    e.durable = nullptr;
  if (sync_the_directory) {
    cost_ += options_.cost.sync_ns;
    if (!options_.lying_sync)
      sync_directory();
  }
  return g == gate::proceed;
}

} // namespace squall::faults
