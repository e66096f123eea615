#include "faults/disk/vfs.hpp"

#include "tests/faults/sqlite_on_disk.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace squall::faults::testing {
namespace {

constexpr const char* table = "CREATE TABLE t(id INTEGER PRIMARY KEY, body TEXT)";

std::string some_random(database& db) { return db.rows("SELECT hex(randomblob(24))"); }

TEST(Vfs, IsSqlitesDefault) {
  disk_set disks(1);
  EXPECT_STREQ(sqlite3_vfs_find(nullptr)->zName, disk_vfs_name);
}

TEST(Vfs, OpensOnlyDisksThatExist) {
  disk_set disks(1);
  disks.add(3);
  EXPECT_EQ(database(3, {}).rc(), SQLITE_OK);
  sqlite3* db = nullptr;
  for (const char* path : {"p4.db", "p3.dbx", "q3.db", "/etc/passwd", "p.db"}) {
    EXPECT_EQ(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr), SQLITE_CANTOPEN) << path;
    sqlite3_close(db);
  }
}

class VfsModes : public ::testing::TestWithParam<const char*> {};

TEST_P(VfsModes, TwoConnectionsShareADatabase) {
  disk_set disks(1);
  disks.add(1);
  const database_settings settings{GetParam()};
  database a(1, settings);
  database b(1, settings);
  ASSERT_TRUE(a.run(table));
  ASSERT_TRUE(a.run("BEGIN IMMEDIATE; INSERT INTO t VALUES(1,'x')"));
  EXPECT_FALSE(b.run("BEGIN IMMEDIATE"));
  EXPECT_EQ(b.rc(), SQLITE_BUSY);
  EXPECT_EQ(b.rows("SELECT count(*) FROM t"), "0|");
  ASSERT_TRUE(a.run("COMMIT"));
  EXPECT_EQ(b.rows("SELECT body FROM t"), "x|");
  ASSERT_TRUE(b.run("INSERT INTO t VALUES(2,'y')"));
  EXPECT_EQ(a.rows("SELECT group_concat(body) FROM t"), "x,y|");
}

TEST_P(VfsModes, AProcessThatCrashedCanDoNothingMore) {
  disk_set disks(1);
  disk& d = disks.add(1);
  const database_settings settings{GetParam()};
  {
    database db(1, settings);
    ASSERT_TRUE(db.run(table));
    ASSERT_TRUE(db.run("INSERT INTO t VALUES(1,'kept')"));
    ASSERT_TRUE(db.run("BEGIN; INSERT INTO t VALUES(2,'lost')"));
    d.freeze();
    const std::uint64_t content = d.content_hash();
    EXPECT_FALSE(db.run("COMMIT"));
    db.close();
    EXPECT_EQ(d.content_hash(), content);
    EXPECT_EQ(d.open_handles(), 0u);
  }
  d.crash({1, 1});
  database again(1, settings);
  EXPECT_EQ(again.rows("SELECT body FROM t"), "kept|");
}

TEST_P(VfsModes, AHandleFromBeforeTheCrashStaysDead) {
  disk_set disks(1);
  disk& d = disks.add(1);
  const database_settings settings{GetParam()};
  database old(1, settings);
  ASSERT_TRUE(old.run(table));
  d.crash({1, 1});
  EXPECT_FALSE(old.run("INSERT INTO t VALUES(1,'ghost')"));
  database young(1, settings);
  ASSERT_TRUE(young.run("INSERT INTO t VALUES(2,'real')"));
  old.close();
  EXPECT_EQ(young.rows("SELECT body FROM t"), "real|");
  ASSERT_TRUE(young.run("INSERT INTO t VALUES(3,'more')"));
}

TEST_P(VfsModes, ACloneOfAnImageIsADatabaseOfItsOwn) {
  disk_set disks(1);
  disks.add(0);
  const database_settings settings{GetParam()};
  {
    database db(0, settings);
    ASSERT_TRUE(db.run(table));
  }
  for (std::uint32_t i = 1; i <= 3; ++i)
    disks.add_clone(i, disks.at(0));
  for (std::uint32_t i = 1; i <= 3; ++i)
    ASSERT_TRUE(database(i, settings).run("INSERT INTO t VALUES(" + std::to_string(i) + ",'x')"));
  for (std::uint32_t i = 1; i <= 3; ++i)
    EXPECT_EQ(database(i, settings).rows("SELECT id FROM t"), std::to_string(i) + "|");
  EXPECT_EQ(database(0, settings).rows("SELECT count(*) FROM t"), "0|");
}

TEST(Vfs, AnOpenDatabaseShowsOneImageAfterAnother) {
  disk_set disks(1);
  constexpr std::uint32_t images = 3, place = 9;
  for (std::uint32_t i = 0; i < images; ++i) {
    disk& d = disks.add(i);
    database db(i, {"TRUNCATE"});
    ASSERT_TRUE(db.run(table));
    ASSERT_TRUE(db.run("INSERT INTO t VALUES(1,'of " + std::to_string(i) + "')"));
    if (i == 2) { // this one has a journal to roll back
      ASSERT_TRUE(db.run("BEGIN; UPDATE t SET body = 'half'"));
      d.arm_crash(d.counters().mutating() > 0 ? 5 : 1, crash_moment::after);
      EXPECT_FALSE(db.run("COMMIT"));
      EXPECT_GT(d.length(file_kind::journal), 0);
    }
  }
  disks.show(place, disks.at(0));
  database reader(place, {"TRUNCATE"});
  EXPECT_EQ(reader.rows("SELECT body FROM t"), "of 0|");
  for (const std::uint32_t i : {1u, 2u, 0u}) {
    ASSERT_TRUE(reader.run("PRAGMA shrink_memory")); // the images count as many changes: nothing else would tell
    disks.show(place, disks.at(i));
    EXPECT_EQ(reader.rows("SELECT body FROM t"), "of " + std::to_string(i) + "|");
  }
  ASSERT_TRUE(reader.run("UPDATE t SET body = 'shown'"));
  reader.close();
  EXPECT_EQ(database(0, {"TRUNCATE"}).rows("SELECT body FROM t"), "of 0|");
}

INSTANTIATE_TEST_SUITE_P(Modes, VfsModes, ::testing::Values("DELETE", "TRUNCATE", "WAL"),
                         [](const auto& mode) { return std::string(mode.param); });

TEST(VfsRandomness, IsKeyedByParticipantAndLineageAlone) {
  disk_set disks(1);
  disks.add(1);
  database db(1, {});
  const auto draw = [&](std::uint32_t participant, std::uint64_t lineage) {
    disks.set_current(participant, lineage);
    return some_random(db);
  };
  const std::string first = draw(1, 1);
  EXPECT_NE(draw(1, 2), first);
  EXPECT_NE(draw(2, 1), first);
  some_random(db);
  EXPECT_EQ(draw(1, 1), first);
  EXPECT_NE(some_random(db), first); // goes on within one key
}

TEST(VfsRandomness, FollowsTheSeed) {
  const auto draw = [](std::uint64_t seed) {
    disk_set disks(seed);
    disks.add(1);
    database db(1, {});
    disks.set_current(1, 1);
    return some_random(db);
  };
  EXPECT_EQ(draw(5), draw(5));
  EXPECT_NE(draw(5), draw(6));
}

/// A little of everything: random numbers, time, a crash, a rollback.
std::uint64_t little_run(std::uint64_t seed) {
  disk_set disks(seed);
  disk& d = disks.add(1);
  disks.set_wall(1'700'000'000 * second_ns);
  std::uint64_t end = 0;
  for (std::uint64_t round = 0; round < 5; ++round) {
    disks.set_current(1, round);
    {
      database db(1, {round % 2 ? "DELETE" : "TRUNCATE"});
      db.run("CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, body TEXT)");
      d.arm_crash(20 + round);
      for (int i = 0; i < 5; ++i)
        db.run("INSERT INTO t(body) VALUES(hex(randomblob(40)) || datetime('now'))");
    }
    d.crash({seed, round});
    end ^= d.content_hash() * (round + 1);
  }
  return end;
}

TEST(Vfs, RunsAfterEachOtherDoNotInfluenceEachOther) {
  const std::uint64_t alone = little_run(3);
  EXPECT_NE(little_run(4), alone);
  EXPECT_EQ(little_run(3), alone);
}

TEST(Vfs, TellsSqliteTheHostsTime) {
  disk_set disks(1);
  disks.add(1);
  database db(1, {});
  disks.set_wall(1'700'000'000 * second_ns + 500 * millisecond_ns);
  EXPECT_EQ(db.rows("SELECT strftime('%s %f', 'now')"), "1700000000 20.500|");
}

TEST(Vfs, TakesNoMemoryInSteadyState) {
  disk_set disks(1);
  disks.add(1);
  database db(1, {});
  ASSERT_TRUE(db.run(table));
  std::size_t reserved = 0;
  for (int i = 0; i < 2000; ++i) {
    ASSERT_TRUE(
        db.run("INSERT OR REPLACE INTO t VALUES(" + std::to_string(i % 50) + ",'" + std::string(150, 'x') + "')"));
    if (i == 200)
      reserved = disks.pool().bytes_reserved();
  }
  EXPECT_EQ(disks.pool().bytes_reserved(), reserved);
}

TEST(Vfs, LargeSortsAndStatementJournalsFindTheirTemporaryFiles) {
  disk_set disks(1);
  disks.add(1);
  database db(1, {});
  ASSERT_TRUE(db.run("PRAGMA temp_store=FILE"));
  ASSERT_TRUE(db.run(table));
  ASSERT_TRUE(db.run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 3000)"
                     "INSERT INTO t SELECT i, hex(randomblob(100)) FROM n"));
  EXPECT_EQ(db.rows("SELECT count(*) FROM (SELECT body FROM t ORDER BY body)"), "3000|");
  // Fails at the last row, so that the statement, not the transaction, is rolled back.
  ASSERT_TRUE(db.run("BEGIN; INSERT INTO t VALUES(9001,'x')"));
  EXPECT_FALSE(db.run("UPDATE t SET id = CASE WHEN id = 9001 THEN 3001 ELSE id + 1 END"));
  EXPECT_EQ(db.rc(), SQLITE_CONSTRAINT);
  ASSERT_TRUE(db.run("COMMIT"));
  EXPECT_EQ(db.rows("SELECT count(*), max(id) FROM t"), "3001|9001|");
  EXPECT_EQ(db.rows("PRAGMA integrity_check"), "ok|");
}

} // namespace
} // namespace squall::faults::testing
