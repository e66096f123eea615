#include "reports/history/names.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace squall::history {
namespace {

TEST(NameTable, GivesDenseIndicesInOrderOfAppearance) {
  name_table names;
  EXPECT_EQ(names.intern(intent_name{3, 1, 7}), 1U);
  EXPECT_EQ(names.intern(intent_name{3, 2, 7}), 2U);
  EXPECT_EQ(names.intern(intent_name{3, 1, 7}), 1U);
  EXPECT_EQ(names.intern(record_name{{3, 1, 7}, 0}), 1U);
  EXPECT_EQ(names.intern(record_name{{3, 1, 7}, 1}), 2U);
  EXPECT_EQ(names.intents(), 2U);
  EXPECT_EQ(names.records(), 2U);
  EXPECT_EQ(names.find(intent_name{3, 2, 7}), 2U);
  EXPECT_EQ(names.find(intent_name{4, 1, 7}), 0U);
}

TEST(NameTable, KeepsCopiesApart) {
  name_table names;
  names.intern(intent_name{1, 1, 1});
  name_table copy(names);
  EXPECT_EQ(copy.intern(intent_name{2, 1, 1}), 2U);
  EXPECT_EQ(names.intern(intent_name{3, 1, 1}), 2U);
  EXPECT_EQ(names.find(intent_name{2, 1, 1}), 0U);
  EXPECT_EQ(copy.find(intent_name{3, 1, 1}), 0U);
}

TEST(NameTable, SpeaksOfIncarnationsOnlyAfterTheFirst) {
  EXPECT_EQ(to_string(intent_name{3, 1, 7}), "d3:7");
  EXPECT_EQ(to_string(intent_name{3, 2, 7}), "d3.2:7");
  EXPECT_EQ(to_string(record_name{{3, 1, 7}, 2}), "d3:7/2");
}

RC_GTEST_PROP(NameTable, FindsWhatItWasGiven,
              (const std::vector<std::tuple<std::uint8_t, std::uint8_t, std::uint8_t>>& all)) {
  name_table names;
  std::vector<intent_index> given;
  for (const auto& [device, incarnation, seq] : all)
    given.push_back(names.intern(intent_name{device, incarnation, seq}));
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& [device, incarnation, seq] = all[i];
    const intent_name name{device, incarnation, seq};
    RC_ASSERT(names.find(name) == given[i]);
    RC_ASSERT(names.intent(given[i]) == name);
  }
}

} // namespace
} // namespace squall::history
