#include "faults/disk/disk_file.hpp"

#include <algorithm>
#include <cstring>

namespace squall::faults {
namespace {

std::size_t chunks_for(std::int64_t length) noexcept {
  return (static_cast<std::size_t>(length) + chunk_bytes - 1) / chunk_bytes;
}

} // namespace

disk_file::~disk_file() { release_all(); }

void disk_file::release_all() noexcept {
  for (const slot& s : slots_)
    pool_.release(s.chunk);
  for (const saved& s : saved_)
    pool_.release(s.chunk);
}

std::shared_ptr<disk_file> disk_file::clone() const {
  auto copy = std::make_shared<disk_file>(pool_);
  copy->show(*this);
  return copy;
}

void disk_file::show(const disk_file& image) {
  CHECK(&image != this);
  release_all();
  slots_ = image.slots_;
  saved_ = image.saved_;
  length_ = image.length_;
  durable_length_ = image.durable_length_;
  for (const slot& s : slots_)
    pool_.retain(s.chunk);
  for (const saved& s : saved_)
    pool_.retain(s.chunk);
}

std::size_t disk_file::durable_chunks() const noexcept { return chunks_for(durable_length_); }

std::size_t disk_file::read(std::byte* to, std::size_t count, std::int64_t offset) const {
  if (offset >= length_)
    return 0;
  const std::size_t available = std::min(count, static_cast<std::size_t>(length_ - offset));
  std::size_t at = static_cast<std::size_t>(offset);
  for (std::size_t left = available; left > 0;) {
    const std::size_t within = at % chunk_bytes;
    const std::size_t part = std::min(left, chunk_bytes - within);
    std::memcpy(to, pool_.data(slots_[at / chunk_bytes].chunk) + within, part);
    to += part;
    at += part;
    left -= part;
  }
  return available;
}

std::byte* disk_file::writable(std::size_t index, bool whole) {
  const slot& s = slots_[index];
  return s.dirty && !pool_.shared(s.chunk) ? pool_.data(s.chunk) : replace(index, whole);
}

std::byte* disk_file::replace(std::size_t index, bool whole) {
  slot& s = slots_[index];
  const chunk_id old = s.chunk;
  const chunk_id fresh = pool_.take();
  if (!whole)
    std::memcpy(pool_.data(fresh), pool_.data(old), chunk_bytes);
  if (s.dirty)
    pool_.release(old);
  else
    saved_.push_back({static_cast<std::uint32_t>(index), old});
  s.chunk = fresh;
  s.dirty = 1;
  return pool_.data(fresh);
}

void disk_file::grow(std::int64_t length) {
  for (std::size_t need = chunks_for(length); slots_.size() < need;) {
    slot s{};
    s.chunk = pool_.take();
    s.dirty = 1;
    std::memset(pool_.data(s.chunk), 0, chunk_bytes);
    slots_.push_back(s);
  }
  length_ = std::max(length_, length);
}

void disk_file::write(const std::byte* from, std::size_t count, std::int64_t offset) {
  std::size_t at = static_cast<std::size_t>(offset);
  const std::size_t end = at + count;
  if (end > slots_.size() * chunk_bytes)
    grow(static_cast<std::int64_t>(end));
  length_ = std::max(length_, static_cast<std::int64_t>(end));
  while (count > 0) {
    const std::size_t within = at % chunk_bytes;
    const std::size_t part = std::min(count, chunk_bytes - within);
    std::memcpy(writable(at / chunk_bytes, part == chunk_bytes) + within, from, part);
    from += part;
    at += part;
    count -= part;
  }
}

void disk_file::truncate(std::int64_t length) {
  if (length >= length_) {
    grow(length);
    return;
  }
  const std::size_t keep = chunks_for(length);
  const std::size_t durable = durable_chunks();
  while (slots_.size() > keep) {
    const std::size_t index = slots_.size() - 1;
    const slot s = slots_.back();
    slots_.pop_back();
    if (!s.dirty && index < durable)
      saved_.push_back({static_cast<std::uint32_t>(index), s.chunk});
    else
      pool_.release(s.chunk);
  }
  // Growing again must read zeros.
  if (const std::size_t tail = static_cast<std::size_t>(length) % chunk_bytes; tail != 0)
    std::memset(writable(keep - 1, false) + tail, 0, chunk_bytes - tail);
  length_ = length;
}

void disk_file::sync() {
  for (const saved& s : saved_) {
    pool_.release(s.chunk);
    if (s.index < slots_.size())
      slots_[s.index].dirty = 0;
  }
  for (std::size_t i = durable_chunks(); i < slots_.size(); ++i)
    slots_[i].dirty = 0;
  // One large transaction must not cost each of ten thousand disks its memory for ever.
  if (saved_.capacity() > 64)
    std::vector<saved>().swap(saved_);
  else
    saved_.clear();
  durable_length_ = length_;
}

std::vector<disk_file::changed_chunk> disk_file::changes() const {
  std::vector<changed_chunk> all;
  all.reserve(saved_.size());
  for (const saved& s : saved_)
    all.push_back({s.index, s.chunk, s.index < slots_.size() ? slots_[s.index].chunk : no_chunk});
  for (std::size_t i = durable_chunks(); i < slots_.size(); ++i)
    all.push_back({static_cast<std::uint32_t>(i), no_chunk, slots_[i].chunk});
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.index < b.index; });
  return all;
}

void disk_file::become(std::int64_t length, const std::vector<survivor>& surviving) {
  const std::size_t need = chunks_for(length);
  std::vector<slot> next;
  next.reserve(need);
  auto drawn = surviving.begin();
  for (std::size_t i = 0; i < need; ++i) {
    slot s{};
    if (drawn != surviving.end() && drawn->index == i) {
      s.chunk = (drawn++)->chunk;
    } else {
      CHECK(i < slots_.size() && !slots_[i].dirty);
      s.chunk = slots_[i].chunk;
      pool_.retain(s.chunk);
    }
    next.push_back(s);
  }
  CHECK(drawn == surviving.end());
  release_all();
  slots_ = std::move(next);
  saved_.clear();
  length_ = durable_length_ = length;
}

} // namespace squall::faults
