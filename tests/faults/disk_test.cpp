#include "faults/disk/disk.hpp"

#include "engine/base/hash.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace squall::faults {
namespace {

constexpr file_kind db = file_kind::database;
constexpr file_kind journal = file_kind::journal;

struct DiskTest : ::testing::Test {
  chunk_pool pool;
  disk d{pool};

  static bool write(disk& on, disk_file& f, char c, std::size_t count = 4096, std::int64_t at = 0) {
    const std::string bytes(count, c);
    return on.write(f, reinterpret_cast<const std::byte*>(bytes.data()), count, at);
  }
  /// A durable database of a's.
  std::shared_ptr<disk_file> prepare(disk& on) {
    auto f = on.open(db, true);
    EXPECT_TRUE(write(on, *f, 'a'));
    on.sync_all();
    return f;
  }
};

TEST_F(DiskTest, AWriteAfterTheCrashPointHasNoEffect) {
  for (const auto moment : {crash_moment::before, crash_moment::during, crash_moment::after}) {
    const auto copy = d.clone();
    auto f = prepare(*copy);
    copy->arm_crash(2, moment);
    EXPECT_TRUE(write(*copy, *f, 'b', 512));
    EXPECT_FALSE(write(*copy, *f, 'c', 512, 512));
    EXPECT_TRUE(copy->frozen());
    const std::uint64_t content = copy->content_hash();
    const std::uint64_t unsynced = copy->unsynced_bytes();
    EXPECT_FALSE(write(*copy, *f, 'd'));
    EXPECT_FALSE(copy->truncate(*f, 0));
    EXPECT_FALSE(copy->sync(*f, db));
    EXPECT_FALSE(copy->remove(db, true));
    EXPECT_EQ(copy->open(journal, true), nullptr);
    EXPECT_EQ(copy->content_hash(), content);
    EXPECT_EQ(copy->unsynced_bytes(), unsynced);
  }
}

TEST_F(DiskTest, TheMomentDecidesWhatTheStruckWriteDid) {
  auto f = prepare(d);
  const auto struck = [&](crash_moment m) {
    const auto copy = d.clone();
    auto file = copy->open(db, false);
    copy->arm_crash(1, m);
    EXPECT_FALSE(write(*copy, *file, 'b'));
    return copy->unsynced_bytes();
  };
  EXPECT_EQ(struck(crash_moment::before), 0u);
  EXPECT_EQ(struck(crash_moment::during), 4096u);
  EXPECT_EQ(struck(crash_moment::after), 4096u);
}

TEST_F(DiskTest, AStruckSyncIsDoneOnlyAfterwards) {
  prepare(d);
  const auto unsynced = [&](crash_moment m) {
    const auto copy = d.clone();
    auto file = copy->open(db, false);
    write(*copy, *file, 'b');
    copy->arm_crash(1, m);
    EXPECT_FALSE(copy->sync(*file, db));
    return copy->unsynced_bytes();
  };
  EXPECT_EQ(unsynced(crash_moment::before), 4096u);
  EXPECT_EQ(unsynced(crash_moment::during), 4096u);
  EXPECT_EQ(unsynced(crash_moment::after), 0u);
}

TEST_F(DiskTest, FreezesUntilTheCrashAndKillsOldHandles) {
  auto f = prepare(d);
  const std::uint32_t old = d.epoch();
  d.freeze();
  EXPECT_FALSE(write(d, *f, 'b'));
  EXPECT_FALSE(d.alive(old));
  d.crash({1, 1});
  EXPECT_FALSE(d.frozen());
  EXPECT_FALSE(d.alive(old));
  EXPECT_TRUE(d.alive(d.epoch()));
  EXPECT_TRUE(write(d, *d.open(db, false), 'b'));
}

TEST_F(DiskTest, AKilledProcessLosesNothingThatItWrote) {
  auto f = prepare(d);
  write(d, *f, 'b');
  const std::uint64_t content = d.content_hash();
  d.freeze();
  d.thaw();
  EXPECT_EQ(d.content_hash(), content);
  EXPECT_EQ(d.unsynced_bytes(), 4096u);
}

TEST_F(DiskTest, ACrashReportsWhatWasLost) {
  bool none = false, all = false, some = false;
  for (std::uint64_t key = 0; key < 40; ++key) {
    disk one(pool);
    auto f = prepare(one);
    write(one, *f, 'b', 2048);
    const crash_report r = one.crash({1, key});
    EXPECT_EQ(r.unsynced_bytes, 2048u);
    none |= r.lost_bytes == 0;
    all |= r.lost_bytes == 2048;
    some |= r.torn_sectors > 0;
    EXPECT_EQ(one.unsynced_bytes(), 0u);
  }
  EXPECT_TRUE(none && all && some);
}

TEST_F(DiskTest, ACrashMoreOrLessShiftsNoOther) {
  for (std::uint64_t key = 0; key < 50; ++key) {
    const auto end = [&](bool earlier_crash) {
      disk one(pool), other(pool);
      auto f = prepare(one);
      if (earlier_crash) {
        auto g = prepare(other);
        write(other, *g, 'x');
        other.crash({1, mix(key, 77)});
        one.crash({1, mix(key, 78)}); // of nothing unsynced
        f = one.open(db, false);
      }
      write(one, *f, 'b', 3000, 100);
      auto j = one.open(journal, true);
      write(one, *j, 'j', 1500);
      one.crash({1, key});
      return one.content_hash();
    };
    EXPECT_EQ(end(true), end(false)) << key;
  }
}

// A change of this changes every recorded run with a crash. It is the same on every machine and compiler.
TEST_F(DiskTest, CrashesLeaveThisForEver) {
  std::uint64_t all = 0;
  for (std::uint64_t key = 0; key < 100; ++key) {
    disk one(pool);
    auto f = prepare(one);
    write(one, *f, 'b', 3000, 2000);
    auto j = one.open(journal, true);
    write(one, *j, 'j', 1500);
    const crash_report r = one.crash({7, key});
    all = mix(mix(all, one.content_hash()), r.lost_bytes);
  }
  EXPECT_EQ(all, 16137082693328018998u);
}

TEST_F(DiskTest, CrashesByDifferentNamesDiffer) {
  std::vector<std::uint64_t> ends;
  for (std::uint64_t key = 0; key < 60; ++key) {
    disk one(pool);
    auto f = prepare(one);
    write(one, *f, 'b', 4096);
    one.crash({1, key});
    ends.push_back(one.content_hash());
  }
  std::sort(ends.begin(), ends.end());
  EXPECT_GT(std::unique(ends.begin(), ends.end()) - ends.begin(), 25);
}

TEST_F(DiskTest, ANewFileSurvivesForCertainOnlyOnceItsDirectoryIsSynced) {
  int there = 0;
  for (std::uint64_t key = 0; key < 60; ++key) {
    disk one(pool);
    auto j = one.open(journal, true);
    write(one, *j, 'j');
    one.crash({1, key});
    there += one.exists(journal);
  }
  EXPECT_GT(there, 5);
  EXPECT_LT(there, 55);

  disk synced(pool);
  auto j = synced.open(journal, true);
  synced.sync(*j, journal);
  for (std::uint64_t key = 0; key < 20; ++key) {
    synced.crash({1, key});
    EXPECT_TRUE(synced.exists(journal));
  }
}

TEST_F(DiskTest, AnUnlinkComesUndoneOnlyWhereItIsNotDurable) {
  const auto came_back = [&](bool durable, bool sync_directory) {
    int times = 0;
    for (std::uint64_t key = 0; key < 60; ++key) {
      disk one(pool, {.durable_unlink = durable});
      auto j = one.open(journal, true);
      write(one, *j, 'j');
      one.sync(*j, journal);
      EXPECT_TRUE(one.remove(journal, sync_directory));
      EXPECT_FALSE(one.exists(journal));
      one.crash({1, key});
      times += one.exists(journal);
    }
    return times;
  };
  EXPECT_EQ(came_back(true, false), 0);
  EXPECT_EQ(came_back(false, true), 0);
  EXPECT_GT(came_back(false, false), 10);
}

TEST_F(DiskTest, ACloneIsIndependentAndUnarmed) {
  auto f = prepare(d);
  write(d, *f, 'b', 1000);
  d.arm_crash(5);
  const auto copy = d.clone();
  EXPECT_EQ(copy->content_hash(), d.content_hash());
  EXPECT_EQ(copy->unsynced_bytes(), d.unsynced_bytes());
  EXPECT_FALSE(copy->armed());
  EXPECT_EQ(copy->counters().mutating(), 0u);
  const std::uint64_t content = d.content_hash();
  auto g = copy->open(db, false);
  write(*copy, *g, 'c');
  copy->crash({1, 1});
  copy->truncate(*copy->open(db, false), 10);
  EXPECT_EQ(d.content_hash(), content);
  EXPECT_NE(copy->content_hash(), content);
  EXPECT_TRUE(d.armed());
}

TEST_F(DiskTest, AClonedImageTakesNoChunks) {
  prepare(d);
  const std::size_t before = pool.chunks_in_use();
  std::vector<std::unique_ptr<disk>> copies;
  for (int i = 0; i < 100; ++i)
    copies.push_back(d.clone());
  EXPECT_EQ(pool.chunks_in_use(), before);
  write(*copies[0], *copies[0]->open(db, false), 'z', 10);
  EXPECT_EQ(pool.chunks_in_use(), before + 1);
}

TEST_F(DiskTest, AddsUpWhatOperationsCost) {
  d.set_cost({.sync_ns = 1000, .write_ns = 10});
  auto f = d.open(db, true);
  write(d, *f, 'a');
  write(d, *f, 'b');
  d.sync(*f, db);
  EXPECT_EQ(d.take_cost(), 1020);
  EXPECT_EQ(d.take_cost(), 0);
  EXPECT_EQ(d.counters().mutating(), 4u);
}

TEST_F(DiskTest, ALyingSyncChangesNothing) {
  auto f = prepare(d);
  d.set_lying_sync(true);
  write(d, *f, 'b');
  EXPECT_TRUE(d.sync(*f, db));
  EXPECT_EQ(d.unsynced_bytes(), 4096u);
}

} // namespace
} // namespace squall::faults
