// A disk that can lose power. Each participant has one; SQLite reaches it through the VFS (faults/disk/vfs.hpp).
//
// Model. A disk holds three files: a database, its rollback journal and its write-ahead log. Each has a volatile image (what
// reads see) and a durable one (what the last sync made safe). Power loss keeps, of every 512-byte sector that differs, the
// old bytes, the new bytes, or a torn mix of both; a grown length may survive in part, a shrunk one wholly or not at all; a
// created or removed directory entry survives only once the directory was synced. Which of these happens is drawn by (crash,
// file, sector), so that one crash more or less changes no other.
//
// Images are chunks of 1 KiB, shared copy-on-write between clones and between volatile and durable. In steady state a write
// allocates nothing. Not thread safe. Deterministic.
#pragma once

#include "engine/base/time.hpp"
#include "faults/disk/chunk_pool.hpp"
#include "faults/disk/disk_file.hpp"

#include <array>
#include <cstdint>
#include <memory>

namespace squall::faults {

enum class file_kind : std::uint8_t { database = 0, journal = 1, wal = 2 };
inline constexpr int file_kind_count = 3;

/// What operations take, in virtual time.
struct disk_cost {
  duration_ns sync_ns = 0;
  duration_ns write_ns = 0;
};

struct disk_options {
  disk_cost cost;
  /// False: an unlink without a directory sync may come undone, as on file systems without ordered metadata. SQLite's
  /// DELETE journal mode then loses commits unless synchronous=EXTRA.
  bool durable_unlink = true;
  /// True: syncs report success and do nothing.
  bool lying_sync = false;
};

/// When, relative to the operation that it strikes, a crash happens.
enum class crash_moment : std::uint8_t {
  before = 0, ///< the operation has not begun
  during = 1, ///< the operation is in flight: its effect may survive in part; a sync has not finished
  after = 2,  ///< the operation is complete, but its caller never learns that
};

/// What a crash left.
struct crash_report {
  std::uint64_t unsynced_bytes = 0; ///< in sectors that differed from the durable image when the power went
  std::uint64_t lost_bytes = 0;     ///< of those, in sectors that did not survive whole
  std::uint32_t torn_sectors = 0;
};

struct disk_counters {
  std::uint64_t reads = 0, writes = 0, syncs = 0, truncates = 0, deletes = 0, creates = 0;
  std::uint64_t bytes_written = 0;
  /// Operations that change something: what `arm_crash` counts.
  std::uint64_t mutating() const noexcept { return writes + syncs + truncates + deletes + creates; }
};

class disk {
public:
  explicit disk(chunk_pool& pool, disk_options o = {});
  disk(const disk&) = delete;
  disk& operator=(const disk&) = delete;

  /// A disk with the same content, synced and unsynced, and options; sharing chunks until either writes. Not frozen, not
  /// armed, counters at zero. Open handles stay with the original.
  std::unique_ptr<disk> clone() const;
  /// Becomes what a clone of `image` would be. A handle of the database that is open here stays open and sees the image's; of
  /// the other files none may be open.
  void show(const disk& image);

  // -- the host's side -------------------------------------------------------------------------------------------------

  /// From now on every operation fails and nothing changes, until `crash` or `thaw`. Call it before a crashed process is
  /// torn down.
  void freeze() noexcept { frozen_ = true; }
  bool frozen() const noexcept { return frozen_; }
  /// The disk works again with its content as it is: for a process that was killed while the machine stayed up. Handles
  /// opened before stay dead.
  void thaw();

  /// The disk freezes at the k-th mutating operation from now (k >= 1), which itself fails. Replaces an earlier arming.
  void arm_crash(std::uint64_t k, crash_moment moment = crash_moment::during);
  void disarm_crash() noexcept { crash_in_ = 0; }
  bool armed() const noexcept { return crash_in_ != 0; }

  /// Names a crash: draws come from (seed, `key`), and nothing else.
  struct crash_name {
    std::uint64_t seed = 0;
    std::uint64_t key = 0; ///< from the crash's own lineage
  };
  /// Power was lost: what survives becomes the content, all of it durable. Not frozen and not armed afterwards; handles
  /// opened before stay dead.
  crash_report crash(const crash_name& name);

  /// Makes everything durable: for images and clean shutdowns.
  void sync_all();

  const disk_options& options() const noexcept { return options_; }
  void set_cost(const disk_cost& cost) noexcept { options_.cost = cost; }
  void set_lying_sync(bool lying) noexcept { options_.lying_sync = lying; }
  void set_durable_unlink(bool durable) noexcept { options_.durable_unlink = durable; }

  /// Virtual time that operations took since the last call; the host delays the replica's effects by it.
  duration_ns take_cost() noexcept;
  const disk_counters& counters() const noexcept { return counters_; }
  /// In sectors that differ from the durable image.
  std::uint64_t unsynced_bytes() const;
  /// Length of a file as reads see it; -1 if there is none.
  std::int64_t length(file_kind kind) const;
  /// Hash over all volatile content, for comparisons: equal content, equal hash.
  std::uint64_t content_hash() const;
  std::uint32_t open_handles() const noexcept { return open_handles_; }

  // -- the VFS's side: false or null means that the operation failed ----------------------------------------------------

  /// A handle opened in epoch `e` still works.
  bool alive(std::uint32_t e) const noexcept { return !frozen_ && e == epoch_; }
  std::uint32_t epoch() const noexcept { return epoch_; }
  std::shared_ptr<disk_file> open(file_kind kind, bool create);
  bool exists(file_kind kind) const noexcept { return length(kind) >= 0; }
  bool read(const disk_file& file, std::byte* to, std::size_t count, std::int64_t offset, std::size_t& got);
  bool write(disk_file& file, const std::byte* from, std::size_t count, std::int64_t offset);
  bool truncate(disk_file& file, std::int64_t length);
  /// The first sync of a new journal or log makes the directory durable, too, as SQLite's own VFS does.
  bool sync(disk_file& file, file_kind kind);
  /// Precondition: the file exists.
  bool remove(file_kind kind, bool sync_the_directory);
  void handle_opened() noexcept { ++open_handles_; }
  void handle_closed() noexcept { --open_handles_; }

private:
  struct directory_entry {
    std::shared_ptr<disk_file> live;    ///< null: there is no such file
    std::shared_ptr<disk_file> durable; ///< what power loss would leave
  };
  /// Whether an operation goes on.
  enum class gate : std::uint8_t { proceed, fail, fail_in_flight, fail_when_done };

  gate admit(std::uint64_t& counter) noexcept;
  void sync_directory();
  void kill_handles();
  directory_entry& at(file_kind kind) noexcept { return entries_[static_cast<std::size_t>(kind)]; }
  const directory_entry& at(file_kind kind) const noexcept { return entries_[static_cast<std::size_t>(kind)]; }

  chunk_pool& pool_;
  disk_options options_;
  std::array<directory_entry, file_kind_count> entries_;
  disk_counters counters_;
  duration_ns cost_ = 0;
  std::uint64_t crash_in_ = 0; ///< mutating operations until the crash; 0: not armed
  crash_moment crash_moment_ = crash_moment::during;
  std::uint32_t epoch_ = 0; ///< handles of an earlier epoch are dead
  std::uint32_t open_handles_ = 0;
  bool frozen_ = false;
};

} // namespace squall::faults
