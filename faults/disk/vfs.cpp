#include "faults/disk/vfs.hpp"

#include "engine/base/hash.hpp"
#include "engine/base/keyed_draw.hpp"
#include "faults/disk/sqlite_heap.hpp"
#include "faults/disk/vfs_file.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <new>
#include <optional>
#include <string_view>

namespace squall::faults {
namespace {

// The one disk_set alive: SQLite's interface has no other place for it.
disk_set* current_set = nullptr;

struct place {
  disk* where = nullptr;
  file_kind kind = file_kind::database;
};

std::optional<place> parse(const char* path) {
  const std::string_view all(path);
  const char* end = all.data() + all.size();
  std::uint32_t index = 0;
  if (current_set == nullptr || all.empty() || all.front() != 'p')
    return std::nullopt;
  const auto [rest, failed] = std::from_chars(all.data() + 1, end, index);
  if (failed != std::errc{})
    return std::nullopt;
  const std::string_view suffix(rest, static_cast<std::size_t>(end - rest));
  place p{current_set->find(index), file_kind::database};
  if (suffix == ".db-journal")
    p.kind = file_kind::journal;
  else if (suffix == ".db-wal")
    p.kind = file_kind::wal;
  else if (suffix != ".db")
    return std::nullopt;
  if (p.where == nullptr)
    return std::nullopt;
  return p;
}

int open(sqlite3_vfs*, const char* path, sqlite3_file* f, int flags, int* flags_out) {
  f->pMethods = nullptr;
  if (current_set == nullptr)
    return SQLITE_CANTOPEN;
  std::shared_ptr<disk_file> file;
  place p;
  if (path == nullptr) {
    file = std::make_shared<disk_file>(current_set->pool());
  } else {
    const auto found = parse(path);
    if (!found)
      return SQLITE_CANTOPEN;
    p = *found;
    file = p.where->open(p.kind, (flags & SQLITE_OPEN_CREATE) != 0);
    if (!file)
      return SQLITE_CANTOPEN;
  }
  auto* o = new (f) open_file;
  o->file = std::move(file);
  o->owner = p.where;
  o->kind = p.kind;
  o->delete_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
  if (p.where != nullptr) {
    o->epoch = p.where->epoch();
    p.where->handle_opened();
  }
  o->base.pMethods = &file_methods();
  if (flags_out != nullptr)
    *flags_out = flags;
  return SQLITE_OK;
}

int remove(sqlite3_vfs*, const char* path, int sync_directory) {
  const auto p = parse(path);
  if (!p || (!p->where->frozen() && !p->where->exists(p->kind)))
    return SQLITE_IOERR_DELETE_NOENT;
  return p->where->remove(p->kind, sync_directory != 0) ? SQLITE_OK : SQLITE_IOERR_DELETE;
}

int access(sqlite3_vfs*, const char* path, int /*flags*/, int* yes) {
  const auto p = parse(path);
  *yes = 0;
  if (!p)
    return SQLITE_OK;
  if (p->where->frozen())
    return SQLITE_IOERR_ACCESS;
  // An empty file counts as none, as in SQLite's own VFS: a truncated journal is not hot.
  *yes = p->where->length(p->kind) > 0;
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* path, int room, char* to) {
  sqlite3_snprintf(room, to, "%s", path);
  return SQLITE_OK;
}

int randomness(sqlite3_vfs*, int count, char* to) {
  std::memset(to, 0, static_cast<std::size_t>(count));
  if (current_set != nullptr)
    current_set->random(reinterpret_cast<std::byte*>(to), static_cast<std::size_t>(count));
  return count;
}

// Nobody else could let go of a lock meanwhile: one thread, and time stands still within an event.
int sleep(sqlite3_vfs*, int microseconds) { return microseconds; }

int current_time_ms(sqlite3_vfs*, sqlite3_int64* julian_ms) {
  constexpr sqlite3_int64 epoch_julian_ms = 210'866'760'000'000;
  *julian_ms = epoch_julian_ms + (current_set != nullptr ? current_set->wall() / millisecond_ns : 0);
  return SQLITE_OK;
}

int current_time(sqlite3_vfs* vfs, double* julian_days) {
  sqlite3_int64 ms = 0;
  current_time_ms(vfs, &ms);
  *julian_days = static_cast<double>(ms) / 86'400'000.0;
  return SQLITE_OK;
}

int last_error(sqlite3_vfs*, int, char*) { return 0; }

void register_vfs() {
  static bool done = false;
  if (done)
    return;
  // These fail harmlessly where the process has set SQLite up already. Arenas for each connection would cost ten thousand
  // devices more than all they store.
  sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  sqlite3_config(SQLITE_CONFIG_PAGECACHE, nullptr, 0, 0);
  sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
  configure_sqlite_heap();
  static sqlite3_vfs vfs{};
  vfs.iVersion = 2;
  vfs.szOsFile = sizeof(open_file);
  vfs.mxPathname = 32;
  vfs.zName = disk_vfs_name;
  vfs.xOpen = open;
  vfs.xDelete = remove;
  vfs.xAccess = access;
  vfs.xFullPathname = full_path;
  vfs.xRandomness = randomness;
  vfs.xSleep = sleep;
  vfs.xCurrentTime = current_time;
  vfs.xGetLastError = last_error;
  vfs.xCurrentTimeInt64 = current_time_ms;
  CHECK(sqlite3_vfs_register(&vfs, 1) == SQLITE_OK);
  done = true;
}

/// SQLite draws its next random bytes from a fresh seed, asked of the default VFS.
void reset_sqlite_randomness() { sqlite3_randomness(0, nullptr); }

} // namespace

disk_set::disk_set(std::uint64_t seed) : seed_(seed) {
  CHECK(current_set == nullptr);
  register_vfs();
  current_set = this;
  reset_sqlite_randomness();
}

disk_set::~disk_set() {
  for (const auto& d : disks_)
    CHECK(!d || d->open_handles() == 0);
  reset_sqlite_randomness();
  current_set = nullptr;
}

std::string disk_set::path(std::uint32_t index) {
  std::string name("p");
  return name.append(std::to_string(index)).append(".db");
}

disk& disk_set::add(std::uint32_t index, const disk_options& o) {
  CHECK(find(index) == nullptr);
  disks_.resize(std::max<std::size_t>(disks_.size(), std::size_t{index} + 1));
  disks_[index] = std::make_unique<disk>(pool_, o);
  return *disks_[index];
}

disk& disk_set::add_clone(std::uint32_t index, const disk& image) {
  auto copy = image.clone();
  remove(index);
  disks_.resize(std::max<std::size_t>(disks_.size(), std::size_t{index} + 1));
  disks_[index] = std::move(copy);
  return *disks_[index];
}

disk& disk_set::show(std::uint32_t index, const disk& image) {
  if (find(index) == nullptr)
    return add_clone(index, image);
  at(index).show(image);
  return at(index);
}

void disk_set::remove(std::uint32_t index) {
  disk* d = find(index);
  if (d == nullptr)
    return;
  CHECK(d->open_handles() == 0);
  disks_[index].reset();
}

disk* disk_set::find(std::uint32_t index) noexcept { return index < disks_.size() ? disks_[index].get() : nullptr; }

disk& disk_set::at(std::uint32_t index) {
  disk* d = find(index);
  CHECK(d != nullptr);
  return *d;
}

void disk_set::set_current(std::uint32_t participant, std::uint64_t lineage) {
  random_key_ = mix(participant, lineage);
  random_calls_ = 0;
  reset_sqlite_randomness();
}

void disk_set::random(std::byte* to, std::size_t count) noexcept {
  for (std::size_t at = 0; at < count;) {
    const draw_block d = draw(seed_, draw_domain::sqlite, random_key_, random_calls_++);
    const std::size_t part = std::min(count - at, sizeof d);
    std::memcpy(to + at, &d, part);
    at += part;
  }
}

} // namespace squall::faults
