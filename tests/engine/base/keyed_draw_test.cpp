#include "engine/base/keyed_draw.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <set>

namespace squall {
namespace {

TEST(KeyedDraw, IsAFunctionOfItsName) {
  const auto a = draw(1, draw_domain::link, 42, 3);
  const auto b = draw(1, draw_domain::link, 42, 3);
  EXPECT_EQ(a.low, b.low);
  EXPECT_EQ(a.high, b.high);
}

TEST(KeyedDraw, ChangesWithEachPartOfItsName) {
  std::set<std::uint64_t> seen;
  for (const std::uint64_t seed : {1ull, 1ull << 40})
    for (const auto domain : {draw_domain::plan, draw_domain::link})
      for (const std::uint64_t key : {7ull, 7ull << 32})
        for (const std::uint32_t index : {0u, 1u})
          EXPECT_TRUE(seen.insert(draw(seed, domain, key, index).low).second);
  EXPECT_EQ(seen.size(), 16u);
}

TEST(KeyedStream, GivesTheBlocksOfItsKeyInOrder) {
  keyed_stream s({5, draw_domain::disk, 9});
  for (std::uint32_t i = 0; i < 4; ++i) {
    const auto block = draw(5, draw_domain::disk, 9, i);
    EXPECT_EQ(s.next(), block.low);
    EXPECT_EQ(s.next(), block.high);
  }
}

TEST(Below, SpreadsOverTheWholeRange) {
  keyed_stream s({1, draw_domain::plan, 1});
  std::array<int, 10> hits{};
  for (int i = 0; i < 10'000; ++i)
    ++hits[s.below(10)];
  for (const int h : hits) {
    EXPECT_GT(h, 850);
    EXPECT_LT(h, 1'150);
  }
}

RC_GTEST_PROP(Below, StaysUnderItsBound, (std::uint64_t bits)) {
  const auto bound = *rc::gen::suchThat(rc::gen::arbitrary<std::uint64_t>(), [](std::uint64_t b) { return b > 0; });
  RC_ASSERT(below(bits, bound) < bound);
}

TEST(Happens, KnowsNeverAndAlways) {
  for (const std::uint64_t bits : {std::uint64_t{0}, ~std::uint64_t{0}}) {
    EXPECT_FALSE(happens(bits, 0));
    EXPECT_TRUE(happens(bits, 1'000'000));
  }
}

} // namespace
} // namespace squall
