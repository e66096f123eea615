// The disks of one run, and the SQLite VFS through which SQLite uses them.
//
// SQLite keeps some state for the whole process, and forces this on us: the VFS is registered once and stays SQLite's
// *default* (its random generator is seeded by the default VFS, and its current time has no file to belong to), and it serves
// the one `disk_set` that is alive. A `disk_set` takes its whole state with it, and resets SQLite's generator when it comes
// and goes, so that two runs after each other do not influence each other. One thread; seeds in parallel take processes.
#pragma once

#include "engine/base/time.hpp"
#include "faults/disk/disk.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace squall::faults {

/// The VFS's name for sqlite3_open_v2. Being the default it may be left out, too.
inline constexpr const char* disk_vfs_name = "squall_disk";

class disk_set {
public:
  /// Registers the VFS on first use, with SQLite set up for one thread, without memory statistics and arenas
  /// (SQLite must not have been used in another setting before). Precondition: no other disk_set is alive.
  explicit disk_set(std::uint64_t seed);
  /// Precondition: no file of these disks is open any more.
  ~disk_set();
  disk_set(const disk_set&) = delete;
  disk_set& operator=(const disk_set&) = delete;

  /// The path of a disk's database: "p17.db".
  static std::string path(std::uint32_t index);

  /// A new empty disk. Precondition: there is none with this index.
  disk& add(std::uint32_t index, const disk_options& o = {});
  /// Puts a clone of `image` at `index`, for templates and for reading a stopped participant's store without touching it.
  /// Replaces what is there. Precondition: no file of the replaced disk is open.
  disk& add_clone(std::uint32_t index, const disk& image);
  /// The disk at `index` shows `image`, as `disk::show` does; it is made where there is none.
  disk& show(std::uint32_t index, const disk& image);
  /// Precondition as for `add_clone`.
  void remove(std::uint32_t index);
  /// Null if there is none.
  disk* find(std::uint32_t index) noexcept;
  /// Precondition: it exists.
  disk& at(std::uint32_t index);

  /// Before a participant handles an event: SQLite's generator starts again, keyed by (seed, participant, lineage), so that
  /// what it draws depends on nothing that came before.
  void set_current(std::uint32_t participant, std::uint64_t lineage);
  /// What SQLite takes for the current time, in ns since the Unix epoch.
  void set_wall(time_ns wall) noexcept { wall_ = wall; }

  const chunk_pool& pool() const noexcept { return pool_; }

  // -- the VFS's side --------------------------------------------------------------------------------------------------

  chunk_pool& pool() noexcept { return pool_; }
  time_ns wall() const noexcept { return wall_; }
  /// The next bytes of the current key's stream.
  void random(std::byte* to, std::size_t count) noexcept;

private:
  chunk_pool pool_;
  std::vector<std::unique_ptr<disk>> disks_; ///< by index
  std::uint64_t seed_ = 0;
  std::uint64_t random_key_ = 0;
  std::uint32_t random_calls_ = 0; ///< since set_current
  time_ns wall_ = 0;
};

} // namespace squall::faults
