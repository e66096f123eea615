#include "reports/history/digest.hpp"
#include "reports/history/recorder.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

namespace squall::history {
namespace {

class Recorder : public testing::Test {
protected:
  Recorder()
      : path(testing::TempDir() + "recorder_" + testing::UnitTest::GetInstance()->current_test_info()->name() +
             ".history") {
    std::filesystem::remove(path);
  }
  ~Recorder() override { std::filesystem::remove(path); }

  // 40,000 entries: more than two blocks.
  void record() {
    recorder to(path);
    for (std::uint64_t i = 1; i <= 40'000; ++i) {
      const auto intent = names.intern(intent_name{static_cast<std::uint32_t>(i % 100), 1, i / 100 + 1});
      const auto record = names.intern(record_name{{static_cast<std::uint32_t>(i % 100), 1, i / 1000 + 1}, 0});
      const entry e{.at_ns = static_cast<std::int64_t>(i),
                    .kind = entry_kind::intent_carried,
                    .intent = intent,
                    .record = record,
                    .message = i * 7919};
      entries.push_back(e);
      to.append(std::span(&e, 1), names);
    }
    names.remember_text(42, "a text");
    names.remember_text(-1, std::string(3, '\0'));
    ASSERT_TRUE(to.finish(names)) << to.error();
  }

  std::string damage(std::streamoff at) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(at);
    const char was = static_cast<char>(file.get());
    file.seekp(at);
    file.put(static_cast<char>(was ^ 0x10));
    file.close();
    std::string error;
    digest sink;
    static_cast<void>(replay(
        path, sink, [](const name_table&) {}, error));
    return error;
  }

  std::string path;
  std::vector<entry> entries;
  name_table names;
};

TEST_F(Recorder, GivesBackEntriesNamesAndTexts) {
  record();
  std::string error;
  auto from = reader::open(path, error);
  ASSERT_TRUE(from) << error;
  EXPECT_EQ(*from->names().text(42), "a text");
  std::vector<entry> got;
  for (auto some = from->next(); !some.empty(); some = from->next())
    got.insert(got.end(), some.begin(), some.end());
  EXPECT_EQ(from->error(), "");
  EXPECT_EQ(got, entries);
  ASSERT_EQ(from->names().intents(), names.intents());
  ASSERT_EQ(from->names().records(), names.records());
  for (std::uint32_t i = 1; i <= names.intents(); ++i)
    ASSERT_EQ(from->names().intent(i), names.intent(i));
  for (std::uint32_t i = 1; i <= names.records(); ++i)
    ASSERT_EQ(from->names().record(i), names.record(i));
}

TEST_F(Recorder, KeepsTheDigest) {
  record();
  digest live;
  live.append(entries, names);
  digest read;
  std::string error;
  ASSERT_TRUE(replay(
      path, read, [](const name_table&) {}, error))
      << error;
  EXPECT_EQ(read.value(), live.value());
}

TEST_F(Recorder, LeavesNothingBehindIfItDoesNotFinish) {
  {
    recorder to(path);
    const entry e{.at_ns = 1};
    to.append(std::span(&e, 1), names);
    EXPECT_TRUE(std::filesystem::exists(path + ".part"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_FALSE(std::filesystem::exists(path + ".part"));
}

TEST_F(Recorder, SaysThatItCouldNotWrite) {
  recorder to("/nowhere/at/all");
  EXPECT_FALSE(to.finish(names));
  EXPECT_NE(to.error(), "");
}

TEST_F(Recorder, RefusesDamageWhereverItIs) {
  record();
  const auto size = static_cast<std::streamoff>(std::filesystem::file_size(path));
  for (std::streamoff at = 0; at < size; at += size / 97 + 1) {
    if (at >= 12 && at < 16)
      continue; // reserved
    EXPECT_NE(damage(at), "") << "byte " << at << " of " << size;
    static_cast<void>(damage(at)); // and back
  }
  EXPECT_EQ(damage(12), "") << "an undamaged file reads";
}

TEST_F(Recorder, RefusesAFileThatWasCutOff) {
  record();
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 40);
  std::string error;
  EXPECT_FALSE(reader::open(path, error));
  EXPECT_NE(error, "");
}

TEST_F(Recorder, RefusesWhatIsNoHistory) {
  std::ofstream(path) << "this is no history at all";
  std::string error;
  EXPECT_FALSE(reader::open(path, error));
  EXPECT_NE(error.find("not a recorded history"), std::string::npos);
}

} // namespace
} // namespace squall::history
