#include "engine/base/result.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace squall {
namespace {

TEST(Result, HoldsAValueOrAnError) {
  result<int> good = 5;
  ASSERT_TRUE(good);
  EXPECT_EQ(*good, 5);
  result<int> bad = error{errc::corrupt, "torn"};
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.err().code, errc::corrupt);
  EXPECT_EQ(bad.err().message, "torn");
}

TEST(Result, GivesUpWhatCannotBeCopied) {
  result<std::unique_ptr<int>> r = std::make_unique<int>(7);
  const std::unique_ptr<int> taken = *std::move(r);
  EXPECT_EQ(*taken, 7);
}

TEST(Result, OfNothingIsSuccessUnlessToldOtherwise) {
  EXPECT_TRUE(result<void>{});
  const result<void> bad = error{errc::storage, "full"};
  EXPECT_FALSE(bad);
  EXPECT_EQ(bad.err().code, errc::storage);
}

TEST(ResultDeathTest, StopsWhoTakesAValueThatIsNotThere) {
  const result<int> bad = error{errc::not_found, "none"};
  EXPECT_DEATH((void)bad.value(), "CHECK\\(ok\\(\\)\\) failed");
  const result<int> good = 1;
  EXPECT_DEATH((void)good.err(), "CHECK\\(!ok\\(\\)\\) failed");
}

TEST(Errc, HasANameForEachCode) {
  for (int i = 0; i <= static_cast<int>(errc::unavailable); ++i)
    EXPECT_STRNE(to_string(static_cast<errc>(i)), "?");
}

} // namespace
} // namespace squall
