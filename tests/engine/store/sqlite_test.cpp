#include "engine/store/sqlite.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace squall::store {
namespace {

class Sqlite : public testing::Test {
protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "squall_store_XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    options_.path = folder_ + "/a.db";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<connection> opened() {
    auto db = connection::open(options_);
    EXPECT_TRUE(db.ok()) << db.err().message;
    return std::move(db).value();
  }

  static void put(connection& db, std::int64_t key, std::string_view bytes) {
    auto s = db.prepare("INSERT INTO t(k, v) VALUES(?1, ?2)");
    ASSERT_TRUE(s.ok()) << s.err().message;
    s->bind(1, key);
    s->bind_blob(2, bytes);
    ASSERT_TRUE(s->run().ok());
  }
  static std::int64_t count(connection& db) {
    auto s = db.prepare("SELECT count(*) FROM t");
    EXPECT_TRUE(s.ok());
    EXPECT_TRUE(s->step().value());
    return s->integer(0);
  }

  std::string folder_;
  open_options options_;
};

constexpr const char* create_table = "CREATE TABLE t(k INTEGER PRIMARY KEY, v BLOB)";

TEST_F(Sqlite, CommittedRowsSurviveReopening) {
  for (const char* mode : {"DELETE", "TRUNCATE", "WAL"}) {
    options_.journal_mode = mode;
    options_.path = folder_ + "/" + mode;
    {
      auto db = opened();
      ASSERT_TRUE(db->execute(create_table).ok());
      auto work = transaction::begin(*db);
      ASSERT_TRUE(work.ok());
      put(*db, 1, "one");
      ASSERT_TRUE(work->commit().ok());
    }
    auto db = opened();
    EXPECT_EQ(count(*db), 1) << mode;
  }
}

TEST_F(Sqlite, TransactionWithoutCommitLeavesNothing) {
  auto db = opened();
  ASSERT_TRUE(db->execute(create_table).ok());
  {
    auto work = transaction::begin(*db);
    ASSERT_TRUE(work.ok());
    put(*db, 1, "one");
    EXPECT_TRUE(db->in_transaction());
  }
  EXPECT_FALSE(db->in_transaction());
  EXPECT_EQ(count(*db), 0);
}

TEST_F(Sqlite, ConnectionDroppedInsideATransactionLeavesNothing) {
  {
    auto db = opened();
    ASSERT_TRUE(db->execute(create_table).ok());
    ASSERT_TRUE(db->execute("BEGIN IMMEDIATE").ok());
    put(*db, 1, "one");
  }
  auto db = opened();
  EXPECT_EQ(count(*db), 0);
}

TEST_F(Sqlite, StatementIsReusedWithClearedBindings) {
  auto db = opened();
  ASSERT_TRUE(db->execute(create_table).ok());
  constexpr const char* echo = "SELECT ?1, ?2";
  {
    auto s = db->prepare(echo);
    ASSERT_TRUE(s.ok());
    s->bind(1, 7);
    s->bind_blob(2, std::string_view{"a\0b", 3});
    ASSERT_TRUE(s->step().value());
    EXPECT_EQ(s->integer(0), 7);
    EXPECT_EQ(s->blob(1), std::string_view("a\0b", 3));
    EXPECT_FALSE(s->step().value());
  }
  auto s = db->prepare(echo);
  ASSERT_TRUE(s.ok());
  ASSERT_TRUE(s->step().value());
  EXPECT_TRUE(s->is_null(0));
  EXPECT_TRUE(s->is_null(1));
}

TEST_F(Sqlite, EmptyBlobIsNotNull) {
  auto db = opened();
  ASSERT_TRUE(db->execute(create_table).ok());
  put(*db, 1, {});
  auto s = db->prepare("SELECT v FROM t");
  ASSERT_TRUE(s.ok());
  ASSERT_TRUE(s->step().value());
  EXPECT_FALSE(s->is_null(0));
  EXPECT_EQ(s->blob(0).size(), 0u);
}

TEST_F(Sqlite, WorksOnAfterReleasingMemory) {
  auto db = opened();
  ASSERT_TRUE(db->execute(create_table).ok());
  put(*db, 1, "one");
  db->release_memory(true);
  put(*db, 2, "two");
  db->release_memory(false);
  EXPECT_EQ(count(*db), 2);
}

TEST_F(Sqlite, ConstraintFailureIsAnErrorAndKeepsTheTransactionUsable) {
  auto db = opened();
  ASSERT_TRUE(db->execute(create_table).ok());
  auto work = transaction::begin(*db);
  ASSERT_TRUE(work.ok());
  put(*db, 1, "one");
  {
    auto s = db->prepare("INSERT INTO t(k, v) VALUES(?1, NULL)");
    ASSERT_TRUE(s.ok());
    s->bind(1, 1);
    auto ran = s->run();
    ASSERT_FALSE(ran.ok());
    EXPECT_EQ(ran.err().code, errc::storage);
  }
  ASSERT_TRUE(work->commit().ok());
  EXPECT_EQ(count(*db), 1);
}

TEST_F(Sqlite, FileThatIsNoDatabaseIsCorrupt) {
  std::ofstream(options_.path) << std::string(4096, 'x');
  auto db = connection::open(options_);
  ASSERT_FALSE(db.ok());
  EXPECT_EQ(db.err().code, errc::corrupt);
}

TEST_F(Sqlite, UnreachablePathIsAStorageError) {
  options_.path = folder_ + "/missing/a.db";
  auto db = connection::open(options_);
  ASSERT_FALSE(db.ok());
  EXPECT_EQ(db.err().code, errc::storage);
}

TEST_F(Sqlite, UnknownJournalModeIsRefused) {
  options_.journal_mode = "OFF; DROP TABLE t";
  auto db = connection::open(options_);
  ASSERT_FALSE(db.ok());
  EXPECT_EQ(db.err().code, errc::invalid_argument);
}

TEST_F(Sqlite, SecondOwnerIsRefusedWhileTheFirstHasWritten) {
  auto first = opened();
  ASSERT_TRUE(first->execute(create_table).ok());
  auto second = connection::open(options_);
  EXPECT_FALSE(second.ok());
}

} // namespace
} // namespace squall::store
