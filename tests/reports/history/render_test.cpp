#include "reports/history/recorder.hpp"
#include "reports/history/render.hpp"

#include <filesystem>
#include <gtest/gtest.h>

namespace squall::history {
namespace {

scenarios::DataModel model() {
  scenarios::DataModel out;
  auto& orders = *out.add_collections();
  orders.set_name("orders");
  orders.add_fields()->set_name("status");
  return out;
}

TEST(Render, SaysWhoWhatAndWhen) {
  name_table names;
  const auto intent = names.intern(intent_name{3, 1, 7});
  const auto record = names.intern(record_name{{3, 1, 7}, 0});
  names.remember_text(42, "shipped");
  const auto line = render({.at_ns = 1'500'000'000,
                            .kind = entry_kind::value_read,
                            .tag = value_tag::text,
                            .actor = 2,
                            .intent = intent,
                            .record = record,
                            .value = 42},
                           names, model());
  EXPECT_NE(line.find("1.500000s d2 "), std::string::npos) << line;
  EXPECT_NE(line.find("value_read by d3:7 record d3:7/0 field orders.status = 'shipped'"), std::string::npos) << line;
}

TEST(Render, NamesVerdictsAndTheirWinners) {
  name_table names;
  const auto loser = names.intern(intent_name{3, 1, 7});
  const auto winner = names.intern(intent_name{4, 2, 1});
  const auto line = render({.kind = entry_kind::verdict_released, .code = 3, .rule = 2, .intent = loser, .ref = winner},
                           names, model());
  EXPECT_NE(line.find("the server"), std::string::npos) << line;
  EXPECT_NE(line.find("intent d3:7 : superseded winner d4.2:1 rule precedence"), std::string::npos) << line;
}

TEST(Render, HasANameForEveryKind) {
  for (const auto& [from, to] : {std::pair(1, 10), std::pair(16, 26), std::pair(32, 41), std::pair(48, 52),
                                 std::pair(64, 70), std::pair(80, 82), std::pair(96, 103)})
    for (int kind = from; kind <= to; ++kind)
      EXPECT_NE(name_of(static_cast<entry_kind>(kind)), "?") << kind;
  EXPECT_EQ(name_of(static_cast<entry_kind>(127)), "?");
  EXPECT_EQ(name_of(entry_kind::run_ended), "run_ended");
}

class Difference : public testing::Test {
protected:
  std::string write(const std::string& name, const std::vector<entry>& entries) {
    // Each test of this file may run beside the others.
    const auto path =
        testing::TempDir() + testing::UnitTest::GetInstance()->current_test_info()->name() + "_difference_" + name;
    recorder to(path);
    to.append(entries, names);
    EXPECT_TRUE(to.finish(names));
    return path;
  }
  void SetUp() override {
    for (int i = 0; i < 20'000; ++i)
      entries.push_back({.at_ns = i, .kind = entry_kind::clock_read, .value = i});
  }
  std::vector<entry> entries;
  name_table names;
  std::string error;
};

TEST_F(Difference, IsNoneBetweenEqualHistories) {
  EXPECT_FALSE(first_difference(write("a", entries), write("b", entries), model(), error));
  EXPECT_EQ(error, "");
}

TEST_F(Difference, IsTheFirstEntryThatDiffers) {
  const auto a = write("a", entries);
  entries[17'000].value = 5;
  entries[18'000].value = 5;
  const auto found = first_difference(a, write("b", entries), model(), error);
  ASSERT_TRUE(found) << error;
  EXPECT_EQ(found->index, 17'000U);
  EXPECT_NE(found->first.find("value 17000"), std::string::npos);
  EXPECT_NE(found->second.find("value 5"), std::string::npos);
}

TEST_F(Difference, IsTheEndOfTheShorterOne) {
  const auto a = write("a", entries);
  entries.pop_back();
  const auto found = first_difference(a, write("b", entries), model(), error);
  ASSERT_TRUE(found) << error;
  EXPECT_EQ(found->index, 19'999U);
  EXPECT_EQ(found->second, "the history ends here");
}

TEST_F(Difference, SeesTheSameIndexStandForAnotherName) {
  names.intern(intent_name{1, 1, 1});
  entries[3].intent = 1;
  const auto a = write("a", entries);
  names = name_table();
  names.intern(intent_name{2, 1, 1});
  const auto found = first_difference(a, write("b", entries), model(), error);
  ASSERT_TRUE(found) << error;
  EXPECT_EQ(found->index, 3U);
}

} // namespace
} // namespace squall::history
