#include "engine/base/hash.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/value.hpp"

#include <gtest/gtest.h>

#include <set>

namespace squall {
namespace {

TEST(RecordId, KnowsItsCreator) {
  const intent_id creator{3, 2, 7};
  const record_id r = record_id::derive(creator, 255);
  EXPECT_EQ(r.creator(), creator);
  EXPECT_NE(r, record_id::derive(creator, 254));
  EXPECT_FALSE(r.null());
}

TEST(RecordId, IsNeverSharedByTwoIntents) {
  std::set<record_id> seen;
  for (std::uint32_t device : {1u, 2u})
    for (std::uint32_t incarnation : {1u, 2u})
      for (std::uint64_t seq : {1u, 2u, 256u})
        for (int ordinal : {0, 1, 255})
          EXPECT_TRUE(
              seen.insert(record_id::derive({device, incarnation, seq}, static_cast<std::uint8_t>(ordinal))).second);
  EXPECT_EQ(seen.size(), 36u);
}

TEST(Ids, PrintTheirParts) {
  EXPECT_EQ(to_string(intent_id{3, 1, 7}), "d3.1:7");
  EXPECT_EQ(to_string(record_id::derive({3, 1, 7}, 2)), "d3.1:7/2");
}

TEST(Digest, OfAnIntegerIsItself) {
  EXPECT_EQ(digest_of(value{std::int64_t{-5}}), (value_digest{value_kind::integer, -5}));
}

TEST(Digest, TellsKindsApart) {
  const value text{std::string{"5"}};
  EXPECT_EQ(digest_of(text), digest_of_text("5"));
  EXPECT_NE(digest_of(text), digest_of(value{std::int64_t{5}}));
  EXPECT_EQ(digest_of(value{}), value_digest{});
  EXPECT_EQ(digest_of(value{record_id{1, 2, 3}}).kind, value_kind::reference);
  EXPECT_NE(digest_of(value{record_id{1, 2, 3}}), digest_of(value{record_id{1, 3, 2}}));
}

TEST(ContentHash, OfTwoPartsIsThatOfTheWhole) {
  const std::string text(1'000, 'x');
  for (const std::size_t cut : {0u, 1u, 24u, 999u, 1'000u})
    EXPECT_EQ(content_hash(std::string_view(text).substr(0, cut), std::string_view(text).substr(cut)),
              content_hash(text));
}

TEST(ContentHash, IsTheSameOnEveryMachine) {
  EXPECT_EQ(content_hash(""), 0x2D06800538D394C2ull); // XXH3-64's published value for no input
  EXPECT_NE(content_hash("a"), content_hash("a", 1));
}

} // namespace
} // namespace squall
